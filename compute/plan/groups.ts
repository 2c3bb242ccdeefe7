/**
 * Decides which values are stored and which are computed where they are used, and gathers what one kernel computes.
 * It knows the kinds of operations, not the operations, and nothing of memory.
 */
import { attributesOf, sizeOf } from '../graph/tensor';
import { aliasResolver, type Alias } from './aliases';
import type { Node, NodeGraph } from './nodes';
import { isState, stateOf, type StateReference } from './program';

export interface GroupOutput {
  readonly node: Node;
  /** Where the phase wants it; null for an intermediate. */
  readonly target: StateReference | null;
}

/** One kernel (two, where a reduction is split): a root with its epilogue, or elementwise outputs of one size. */
export interface Group {
  readonly kind: 'elementwise' | 'reduce' | 'kernel';
  readonly root: Node | null;
  readonly outputs: GroupOutput[];
  /** Elements of each output. */
  readonly size: number;
}

export interface Grouping {
  readonly groups: readonly Group[];
  /** The group that stores the node, for nodes that are stored. */
  readonly home: ReadonlyMap<Node, Group>;
  readonly resolve: (node: Node) => Alias;
  /** The stored nodes and states that the group reads. */
  readonly reads: (group: Group) => ReadonlySet<Node>;
}

const isRoot = (node: Node): boolean => node.tensor.operation.kind === 'kernel' || node.tensor.operation.kind === 'reduce';
const elements = (node: Node): number => sizeOf(node.tensor.shape);

/** Rough cost of one element in simple instructions, its inputs not counted. */
function ownCost(node: Node): number {
  const { operation } = node.tensor;
  if (operation.kind === 'view') return 1;
  if (operation.kind !== 'elementwise' || node.inputs.length === 0) return 0;
  if (operation.wgslFunctions) return 40;
  const operands = node.inputs.map((_, position) => `x${String(position)}`);
  // Operations take as many operands as their `infer` allowed, at most three.
  return /exp|log|pow|tanh|sqrt|sin|cos|\//.test(operation.wgsl(operands as never, attributesOf(node.tensor), 'i')) ? 4 : 1;
}

/** A value used by several kernels is stored if computing it again costs more than this. */
const recomputeLimit = 8;
/** A value repeated along new axes is stored if computing it for every repetition costs more than this. */
const repeatLimit = 6;

interface Decision {
  readonly absorbedBy: ReadonlyMap<Node, Node>;
  readonly endOf: ReadonlyMap<Node, Node>;
  readonly stored: ReadonlySet<Node>;
}

function decide(
  { nodes, values }: NodeGraph,
  resolve: (node: Node) => Alias,
  forced: ReadonlySet<Node>,
  targets: ReadonlyMap<Node, readonly StateReference[]>,
): Decision {
  const isValue = new Set(values);
  const absorbedBy = new Map<Node, Node>();
  const endOf = new Map<Node, Node>();
  // Later roots first: where two could end in the same node, the later one has the earlier one's result at hand.
  for (const root of [...nodes].reverse().filter(isRoot)) {
    let end = root;
    let current = root;
    let names: Node[] = [];
    while (current.consumers.length === 1 && !isValue.has(current) && !forced.has(current)) {
      const next = current.consumers[0];
      if (!next || absorbedBy.has(next)) break;
      if (next.tensor.operation.kind === 'elementwise') {
        for (const node of [...names, next]) absorbedBy.set(node, root);
        names = [];
        end = next;
      } else if (resolve(next).node === resolve(current).node && elements(next) === elements(current)) {
        names.push(next);
      } else {
        break;
      }
      current = next;
    }
    endOf.set(root, end);
  }

  const stored = new Set<Node>([...forced, ...targets.keys()]);
  for (const node of nodes) {
    if (node.tensor.operation.kind !== 'kernel') continue;
    for (const input of node.inputs) {
      const { node: base } = resolve(input);
      if (!isState(base.tensor) && !isRoot(base)) stored.add(base);
    }
  }

  const cost = new Map<Node, number>();
  for (const node of nodes) {
    const leaf = isState(node.tensor) || isRoot(node) || stored.has(node) || absorbedBy.has(node);
    cost.set(node, leaf ? 1 : ownCost(node) + node.inputs.reduce((sum, input) => sum + (cost.get(input) ?? 0), 0));
  }

  const repeated = (node: Node): boolean =>
    node.consumers.some((consumer) => {
      if (consumer.tensor.operation.kind !== 'view') return false;
      return elements(consumer) >= 4 * elements(node) || repeated(consumer);
    });

  // The kernels in which a node is computed, from the last node to the first.
  const sinks = new Map<Node, ReadonlySet<Node>>();
  for (const node of [...nodes].reverse()) {
    const root = isRoot(node) ? node : absorbedBy.get(node);
    if (root) {
      sinks.set(node, new Set([root]));
      continue;
    }
    const users = new Set(node.consumers.flatMap((consumer) => [...(sinks.get(consumer) ?? [])]));
    if (!stored.has(node) && node.tensor.operation.kind === 'elementwise') {
      const price = cost.get(node) ?? 0;
      if ((users.size > 1 && price > recomputeLimit) || (elements(node) > 1 && price > repeatLimit && repeated(node))) stored.add(node);
    }
    sinks.set(node, stored.has(node) ? new Set([node]) : users);
  }
  return { absorbedBy, endOf, stored };
}

/** Groups a phase's nodes so that no kernel binds more than `maximumBindings` buffers. */
export function groupNodes(
  graph: NodeGraph,
  assignments: readonly { readonly target: StateReference }[],
  maximumBindings: number,
): Grouping {
  const resolve = aliasResolver();
  const forced = new Set<Node>();
  for (;;) {
    const grouping = groupOnce(graph, assignments, resolve, forced, maximumBindings);
    const cut = grouping.groups.flatMap((group) => overfull(grouping, group, maximumBindings) ?? []);
    if (cut.length === 0) return grouping;
    for (const node of cut) forced.add(node);
  }
}

function groupOnce(
  graph: NodeGraph,
  assignments: readonly { readonly target: StateReference }[],
  resolve: (node: Node) => Alias,
  forced: ReadonlySet<Node>,
  maximumBindings: number,
): Grouping {
  // What each assignment stores: the node that its value is another name of, or the value itself, copied.
  const targets = new Map<Node, StateReference[]>();
  graph.values.forEach((value, position) => {
    const target = assignments[position]?.target;
    if (!target) return;
    const { node: base, offset } = resolve(value);
    const direct = offset === 0 && elements(base) === elements(value) && !isState(base.tensor);
    const node = direct ? base : value;
    targets.set(node, [...(targets.get(node) ?? []), target]);
  });
  const { absorbedBy, endOf, stored } = decide(graph, resolve, forced, targets);

  const groups: Group[] = [];
  const home = new Map<Node, Group>();
  const outputsOf = (node: Node): GroupOutput[] => {
    const wanted = targets.get(node) ?? [];
    return wanted.length === 0 ? [{ node, target: null }] : wanted.map((target) => ({ node, target }));
  };
  for (const node of graph.nodes) {
    const end = endOf.get(node);
    const { kind } = node.tensor.operation;
    if (end && (kind === 'kernel' || kind === 'reduce')) {
      const group: Group = { kind, root: node, outputs: outputsOf(end), size: elements(end) };
      groups.push(group);
      home.set(end, group);
    } else if (stored.has(node) && !absorbedBy.has(node)) {
      const group: Group = { kind: 'elementwise', root: null, outputs: outputsOf(node), size: elements(node) };
      groups.push(group);
      // A state that is copied elsewhere stays where it is.
      if (!isState(node.tensor)) home.set(node, group);
    }
  }

  const readsCache = new Map<Group, ReadonlySet<Node>>();
  const reads = (group: Group): ReadonlySet<Node> => {
    const before = readsCache.get(group);
    if (before) return before;
    const result = new Set<Node>();
    const seen = new Set<Node>();
    const visit = (node: Node): void => {
      if (seen.has(node)) return;
      seen.add(node);
      const { node: base } = resolve(node);
      if (isState(base.tensor) || (home.has(base) && home.get(base) !== group)) result.add(base);
      else for (const input of node.inputs) visit(input);
    };
    for (const { node } of group.outputs) visit(node);
    readsCache.set(group, result);
    return result;
  };
  const merged = mergeElementwise(groups, home, reads, maximumBindings, () => {
    readsCache.clear();
  });
  return { groups: merged, home, resolve, reads };
}

/** Buffers that a group binds if every intermediate has a buffer of its own. */
export function bindingsOf(reads: ReadonlySet<Node>, outputs: readonly GroupOutput[]): number {
  const keys = new Set<string>();
  for (const node of reads) keys.add(isState(node.tensor) ? `arena ${stateOf(node.tensor).arena}` : String(node.id));
  // A target may have to be written to an intermediate first (see placement.ts).
  for (const { node, target } of outputs) keys.add(target ? `target ${target.arena}` : String(node.id));
  return keys.size;
}

/** Where a group binds too many buffers: an inlined node that, stored, relieves it most. */
function overfull({ home, resolve, reads }: Grouping, group: Group, maximumBindings: number): Node | null {
  if (bindingsOf(reads(group), group.outputs) <= maximumBindings) return null;
  const sets = new Map<Node, ReadonlySet<Node>>();
  const visit = (node: Node): ReadonlySet<Node> => {
    const before = sets.get(node);
    if (before) return before;
    const { node: base } = resolve(node);
    const leaf = isState(base.tensor) || (home.has(base) && home.get(base) !== group);
    const set = leaf ? new Set([base]) : new Set(node.inputs.flatMap((input) => [...visit(input)]));
    sets.set(node, set);
    return set;
  };
  for (const { node } of group.outputs) visit(node);
  const own = new Set(group.outputs.map(({ node }) => node));
  let best: Node | null = null;
  for (const [node, set] of sets) {
    const { kind } = node.tensor.operation;
    const inlined = !own.has(node) && !home.has(resolve(node).node) && (kind === 'elementwise' || kind === 'kernel' || kind === 'reduce');
    if (!inlined || set.size < 2 || set.size >= maximumBindings) continue;
    if (!best || set.size > (sets.get(best)?.size ?? 0)) best = node;
  }
  if (!best) throw new Error(`one kernel would need more than ${String(maximumBindings)} buffers`);
  return best;
}

/** Joins elementwise groups of one size where no third group stands between them. */
function mergeElementwise(
  groups: readonly Group[],
  home: Map<Node, Group>,
  reads: (group: Group) => ReadonlySet<Node>,
  maximumBindings: number,
  changed: () => void,
): Group[] {
  const result = [...groups];
  const dependencies = (group: Group): Group[] =>
    [...reads(group)].flatMap((node) => home.get(node) ?? []).filter((other) => other !== group);
  /** Whether `from` needs `to`, through at least one other group. */
  const needsThroughOthers = (from: Group, to: Group): boolean => {
    const seen = new Set<Group>();
    const stack = dependencies(from).filter((group) => group !== to);
    for (let group = stack.pop(); group; group = stack.pop()) {
      if (seen.has(group)) continue;
      seen.add(group);
      for (const next of dependencies(group)) {
        if (next === to) return true;
        stack.push(next);
      }
    }
    return false;
  };
  /** Whether everything that `from` takes from `to` it takes at the very element that it computes. */
  const onlyAtOwnElement = (from: Group, to: Group): boolean => {
    const made = new Set(to.outputs.map(({ node }) => node));
    const seen = { own: new Set<Node>(), any: new Set<Node>() };
    const free = (node: Node, identity: boolean): boolean => {
      if (made.has(node)) return identity;
      if (home.has(node) && home.get(node) !== from) return true;
      const visited = identity ? seen.own : seen.any;
      if (visited.has(node)) return true;
      visited.add(node);
      return node.inputs.every((input) => free(input, identity && node.tensor.operation.kind === 'elementwise'));
    };
    return from.outputs.every(({ node }) => free(node, true));
  };

  for (let position = 0; position < result.length; position++) {
    const first = result[position];
    if (first?.kind !== 'elementwise') continue;
    for (let other = position + 1; other < result.length; other++) {
      const second = result[other];
      if (second?.kind !== 'elementwise' || second.size !== first.size) continue;
      if ([...first.outputs, ...second.outputs].some(({ node }) => node.tensor.type === 'u8')) continue;
      const all = [...first.outputs, ...second.outputs];
      const made = new Set(all.map(({ node }) => node));
      const together = new Set([...reads(first), ...reads(second)].filter((node) => !made.has(node) || isState(node.tensor)));
      if (bindingsOf(together, all) > maximumBindings) continue;
      if (needsThroughOthers(second, first) || needsThroughOthers(first, second)) continue;
      if (!onlyAtOwnElement(second, first) || !onlyAtOwnElement(first, second)) continue;
      first.outputs.push(...second.outputs);
      for (const { node } of second.outputs) if (home.get(node) === second) home.set(node, first);
      result.splice(other, 1);
      other--;
      changed();
    }
  }
  return result;
}
