/**
 * Joins groups into one kernel where each element or result needs, of the other group, only what stands at its own place:
 * elementwise groups of one size; reductions over loops of the same sizes, also of each other's results (softmax,
 * variance); and elementwise groups with the reductions that they feed or follow and the products that they follow.
 */
import { attributesOf, sameShape, sizeOf, type DeviceProfile } from '../graph/tensor';
import { asForm, formKey, IndexForms, type Form, type Index } from './index-form';
import type { Alias } from './aliases';
import { bindingsOf, type Group, type Grouping } from './group';
import type { Node } from './nodes';
import { isState } from './program';
import { inputIndex, lengthOf, loopSizes, spreadOf, writesElements } from './reduction-loops';

/** The groups of a phase, what each reads, and who waits for whom; kept up to date as groups are joined. */
interface Web {
  readonly groups: Group[];
  readonly home: Map<Node, Group>;
  readonly resolve: (node: Node) => Alias;
  readonly reads: Map<Group, Set<Node>>;
  readonly needs: Map<Group, Set<Group>>;
  readonly profile: DeviceProfile;
  readonly maximumBindings: number;
}

const elements = (node: Node): number => sizeOf(node.tensor.shape);

/** Whether `from` needs `to`, through at least one other group. */
function needsThroughOthers({ needs }: Web, from: Group, to: Group): boolean {
  const seen = new Set<Group>();
  const stack = [...(needs.get(from) ?? [])].filter((group) => group !== to);
  for (let group = stack.pop(); group; group = stack.pop()) {
    if (seen.has(group)) continue;
    seen.add(group);
    for (const next of needs.get(group) ?? []) {
      if (next === to) return true;
      stack.push(next);
    }
  }
  return false;
}

const madeBy = (group: Group): Set<Node> => new Set(group.outputs.map(({ node }) => node));

/** Whether everything that elementwise `from` takes from `to` it takes at the very element that it computes. */
function onlyAtOwnElement({ home, resolve }: Web, from: Group, to: Group): boolean {
  const made = madeBy(to);
  const seen = { own: new Set<Node>(), any: new Set<Node>() };
  const keepsPlace = (node: Node): boolean => {
    if (node.tensor.operation.kind === 'elementwise') return true;
    const { node: base, offset } = resolve(node);
    return base !== node && offset === 0 && elements(base) === elements(node);
  };
  const free = (node: Node, identity: boolean): boolean => {
    if (made.has(node)) return identity;
    if (home.has(node) && home.get(node) !== from) return true;
    const visited = identity ? seen.own : seen.any;
    if (visited.has(node)) return true;
    visited.add(node);
    return node.inputs.every((input) => free(input, identity && keepsPlace(node)));
  };
  return from.outputs.every(({ node }) => free(node, true));
}

/** The place of one invocation of a reduction in symbols: a number of the result, and one for each loop. */
interface Place {
  readonly forms: IndexForms;
  readonly outer: Form;
  readonly inner: readonly Form[];
}

/** Index at which the place's invocation computes an output of the group; null for a shape that is none of its own. */
function ownIndex(group: Group, node: Node, size: number, root: Node, { forms, outer, inner }: Place): Form[] | null {
  if (elements(node) === size) return forms.unravel(outer, node.tensor.shape);
  const reduced = [root, ...group.roots].find((one) => sameShape(one.inputs[0]?.tensor.shape ?? [], node.tensor.shape));
  return reduced ? inputIndex(reduced, forms, outer, inner) : null;
}

/** Whether what `from` takes from `to` it takes at its own place, where both run over the loops of `root`. */
function onlyAtOwnPlace({ home }: Web, from: Group, to: Group, root: Node): boolean {
  const forms = new IndexForms();
  const size = elements(root);
  const inner = loopSizes(root).map((length, number) => forms.variable(`r${String(number)}`, length, number + 1));
  const place: Place = { forms, outer: forms.variable('o', size), inner };
  const made = madeBy(to);
  const own = new Set(from.roots);
  const seen = new Set<string>();
  const free = (node: Node, index: readonly Form[]): boolean => {
    if (made.has(node)) {
      const expected = ownIndex(to, node, size, root, place);
      const { shape } = node.tensor;
      return expected !== null && formKey(forms.ravel(expected, shape)) === formKey(forms.ravel(index, shape));
    }
    if (own.has(node) || isState(node.tensor) || (home.has(node) && home.get(node) !== from)) return true;
    const key = `${String(node.id)}@${index.map(formKey).join(',')}`;
    if (seen.has(key)) return true;
    seen.add(key);
    const { operation } = node.tensor;
    const [input, indices] = node.inputs;
    if (operation.kind === 'view' && input) {
      const types = { input: input.tensor, output: node.tensor };
      const source = operation.source<Index>(index, forms, types, attributesOf(node.tensor));
      return free(input, source.index.map(asForm));
    }
    if (operation.kind === 'gather' && input && indices && index[0]) {
      const row = forms.variable(`row of ${key}`, input.tensor.shape[0] ?? 1);
      return free(indices, [index[0]]) && free(input, [row, ...index.slice(1)]);
    }
    return node.inputs.every((one) => free(one, index));
  };
  for (const one of from.roots) {
    const input = one.inputs[0];
    if (input && !free(input, inputIndex(one, forms, place.outer, inner))) return false;
  }
  return from.outputs.every(({ node }) => {
    const index = ownIndex(from, node, size, root, place);
    return index !== null && free(node, index);
  });
}

const sameLoops = (a: Node, b: Node): boolean => elements(a) === elements(b) && sameShape(loopSizes(a), loopSizes(b));
/** Elements below which keeping an input a little longer costs nothing that matters. */
const smallInput = 65_536;

/** Whether the two together are worth one kernel, and of a kind that can be one. */
function suits({ needs, reads, profile }: Web, first: Group, second: Group): boolean {
  const related = (needs.get(first)?.has(second) ?? false) || (needs.get(second)?.has(first) ?? false);
  const a = first.roots[0];
  const b = second.roots[0];
  if (first.kind === 'kernel' || second.kind === 'kernel') {
    // What follows an operation's own kernel is computed where its result is at hand.
    const [kernel, next] = first.kind === 'kernel' ? [first, second] : [second, first];
    return next.kind === 'elementwise' && next.size === kernel.size && (needs.get(next)?.has(kernel) ?? false);
  }
  if (a && b) {
    if (!sameLoops(a, b)) return false;
    const results = elements(a);
    const length = lengthOf(a);
    if (related) return spreadOf(results, length, profile).parts === 1;
    const other = reads.get(second);
    const shared = [...(reads.get(first) ?? [])].some((node) => elements(node) >= results * length && other?.has(node));
    return shared || results * length <= smallInput;
  }
  const root = a ?? b;
  const elementwise = a ? second : first;
  if (!root || !related) return false;
  if (elementwise.size === elements(root)) return true;
  const shape = root.inputs[0]?.tensor.shape ?? [];
  if (!elementwise.outputs.every(({ node }) => sameShape(node.tensor.shape, shape))) return false;
  return writesElements(elements(root), lengthOf(root), profile);
}

function mayJoin(web: Web, first: Group, second: Group): boolean {
  const { home, reads, maximumBindings } = web;
  const elementwise = first.kind === 'elementwise' && second.kind === 'elementwise';
  if (elementwise ? first.size !== second.size : !suits(web, first, second)) return false;
  const all = [...first.outputs, ...second.outputs];
  if (all.some(({ node }) => node.tensor.type === 'u8')) return false;
  const together = [...(reads.get(first) ?? []), ...(reads.get(second) ?? [])].filter((node) => {
    const maker = home.get(node);
    return maker !== first && maker !== second;
  });
  if (needsThroughOthers(web, second, first) || needsThroughOthers(web, first, second)) return false;
  if (bindingsOf(together, all) > maximumBindings) {
    // What only the two read of each other need not be stored.
    const others = [...reads].filter(([group]) => group !== first && group !== second);
    const stored = all.filter(({ node, target }) => target !== null || others.some(([, nodes]) => nodes.has(node)));
    if (bindingsOf(together, stored) > maximumBindings) return false;
  }
  const [root] = [first, second].flatMap(({ kind, roots }) => (kind === 'reduce' ? roots : []));
  const [there, back] = root
    ? [onlyAtOwnPlace(web, second, first, root), onlyAtOwnPlace(web, first, second, root)]
    : [onlyAtOwnElement(web, second, first), onlyAtOwnElement(web, first, second)];
  return there && back;
}

/** The second group becomes part of the first. */
function join({ groups, home, reads, needs }: Web, first: Group, second: Group): Group {
  const joined: Group = first.roots.length > 0 ? first : { ...second, outputs: [...first.outputs] };
  if (joined === first) first.roots.push(...second.roots);
  joined.outputs.push(...second.outputs);
  for (const group of [first, second]) for (const { node } of group.outputs) if (home.get(node) === group) home.set(node, joined);
  const read = [...(reads.get(first) ?? []), ...(reads.get(second) ?? [])].filter((node) => home.get(node) !== joined);
  const needed = [...(needs.get(first) ?? []), ...(needs.get(second) ?? [])].filter((group) => group !== first && group !== second);
  for (const group of [first, second]) {
    reads.delete(group);
    needs.delete(group);
  }
  reads.set(joined, new Set(read));
  needs.set(joined, new Set(needed));
  for (const others of needs.values()) {
    if (!others.has(first) && !others.has(second)) continue;
    others.delete(first);
    others.delete(second);
    others.add(joined);
  }
  groups[groups.indexOf(first)] = joined;
  groups.splice(groups.indexOf(second), 1);
  return joined;
}

/** Outputs that only their own group reads are not stored. */
function dropUnread({ groups, reads, home }: Web): Group[] {
  const read = new Set([...reads.values()].flatMap((nodes) => [...nodes]));
  return groups.map((group) => {
    const outputs = group.outputs.filter(({ node, target }) => target !== null || read.has(node));
    if (outputs.length === group.outputs.length) return group;
    const kept: Group = { ...group, outputs };
    for (const { node } of group.outputs) {
      if (home.get(node) !== group) continue;
      if (outputs.some((output) => output.node === node)) home.set(node, kept);
      else home.delete(node);
    }
    return kept;
  });
}

/** Joins until nothing more can be joined. `home` is changed to say where what is still stored is made. */
export function mergeGroups(
  groups: readonly Group[],
  home: Map<Node, Group>,
  { reads: readsOf, resolve }: Pick<Grouping, 'reads' | 'resolve'>,
  { profile, maximumBindings }: { readonly profile: DeviceProfile; readonly maximumBindings: number },
): Group[] {
  const reads = new Map(groups.map((group) => [group, new Set(readsOf(group))]));
  const needs = new Map(
    groups.map((group) => {
      const makers = [...(reads.get(group) ?? [])].flatMap((node) => home.get(node) ?? []).filter((other) => other !== group);
      return [group, new Set(makers)];
    }),
  );
  const web: Web = { groups: [...groups], home, resolve, reads, needs, profile, maximumBindings };
  for (let changed = true; changed;) {
    changed = false;
    for (let position = 0; position < web.groups.length; position++) {
      for (let other = position + 1; other < web.groups.length; other++) {
        const first = web.groups[position];
        const second = web.groups[other];
        if (!first || !second || !mayJoin(web, first, second)) continue;
        join(web, first, second);
        changed = true;
        other--;
      }
    }
  }
  return dropUnread(web);
}
