/** What it costs to compute values four at a time along an axis: for choosing the axis. Rough counts of instructions. */
import { attributesOf } from '../../graph/tensor';
import { asCondition, asForm, formKey, type Atom, type Form, type Index, type IndexForms } from '../../plan/index-form';
import type { Placement } from '../../plan/kernel-bindings';
import type { Node } from '../../plan/nodes';

const gatherCost = 10;
const quotientCost = 12;

const differs = ({ terms }: Form, lane: string): boolean => [...terms.keys()].some((atom) => atomDiffers(atom, lane));
const atomDiffers = ({ key, made }: Atom, lane: string): boolean =>
  made ? differs(made.of, lane) : key === lane || key.startsWith('picked');

/** Cost of the numbers that a form takes in four lanes, for addresses: 0 where they are neighbours or all the same. */
function formCost({ terms }: Form, lane: string): number {
  let cost = 0;
  for (const [atom, coefficient] of terms) {
    if (!atomDiffers(atom, lane)) continue;
    if (atom.made) cost += quotientCost + gatherCost;
    else if (coefficient !== 1 || atom.key !== lane) cost += gatherCost;
  }
  return cost;
}

const quotientsIn = ({ terms }: Form, lane: string): number =>
  [...terms.keys()].filter((atom) => atom.made !== null && !atomDiffers(atom, lane)).length;

export interface AccessCost {
  /** Of four elements. */
  readonly lanes: number;
  /** Quotients and remainders that all lanes share. */
  readonly shared: number;
}

/** Of computing all of these, each at its index, with `lane` naming the variable along which four are done at once. */
export function accessCost(
  values: readonly { readonly node: Node; readonly index: readonly Form[] }[],
  forms: IndexForms,
  lane: string,
  placementOf: (node: Node) => Placement | null,
): AccessCost {
  const seen = new Set<string>();
  let lanes = 0;
  let shared = 0;
  const count = (form: Form): void => {
    lanes += formCost(form, lane);
    shared += quotientsIn(form, lane);
  };
  const visit = (node: Node, index: readonly Form[]): void => {
    const key = `${String(node.id)}@${index.map(formKey).join(',')}`;
    if (seen.has(key)) return;
    seen.add(key);
    const { operation, shape } = node.tensor;
    lanes += 1;
    if (placementOf(node)) {
      count(forms.ravel(index, shape));
      return;
    }
    const [input, indices] = node.inputs;
    if (operation.kind === 'view' && input) {
      const types = { input: input.tensor, output: node.tensor };
      const source = operation.source<Index>(index, forms, types, attributesOf(node.tensor));
      if (source.valid) {
        for (const { form } of asCondition(source.valid).ranges) {
          if (differs(form, lane)) lanes += 4;
          count(form);
        }
      }
      visit(input, source.index.map(asForm));
    } else if (operation.kind === 'gather' && input && indices && index[0]) {
      visit(indices, [index[0]]);
      const name = differs(index[0], lane) ? 'picked' : 'row';
      visit(input, [forms.variable(`${name} ${key}`, input.tensor.shape[0] ?? 1), ...index.slice(1)]);
    } else {
      for (const one of node.inputs) visit(one, index);
    }
  };
  for (const { node, index } of values) visit(node, index);
  return { lanes, shared };
}
