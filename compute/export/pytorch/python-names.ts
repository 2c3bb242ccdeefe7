/** Names of nodes as Python writes them: every node one name that is no keyword and no member of the module. */
import type { ModelDocument } from '../../graph/model-document';

/** Python's keywords, what model.py imports, and the members of nn.Module that a submodule would hide. */
const taken: ReadonlySet<string> = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if import in is ' +
    'lambda nonlocal not or pass raise return try while with yield match case print self super torch nn F x math ' +
    'add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr float forward ' +
    'get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules named_buffers named_children ' +
    'named_modules named_parameters parameters register_backward_hook register_buffer register_forward_hook ' +
    'register_forward_pre_hook register_full_backward_hook register_load_state_dict_post_hook register_module register_parameter ' +
    'requires_grad_ set_extra_state share_memory state_dict to to_empty train training type xpu zero_grad frozen T_destination'
  ).split(' '),
);

/** The Python name of each node; those that are names already stay. */
export function pythonNames({ nodes }: ModelDocument): ReadonlyMap<string, string> {
  const used = new Set(taken);
  const names = new Map<string, string>();
  // Names that need no change come first, so that none of them has to give way to a changed one.
  const plain = (id: string): boolean => !id.includes('-') && !taken.has(id);
  for (const { id } of [...nodes].sort((a, b) => Number(plain(b.id)) - Number(plain(a.id)))) {
    const base = id.replaceAll('-', '_');
    let name = base;
    for (let number = 2; used.has(name); number++) name = `${base}_${String(number)}`;
    used.add(name);
    names.set(id, name);
  }
  return names;
}
