/**
 * Decides which values are stored and which are computed where they are used, and gathers what one kernel computes.
 * It knows the kinds of operations, not the operations, and nothing of memory.
 */
import { attributesOf, sizeOf, type DeviceProfile } from '../graph/tensor';
import { aliasResolver, type Alias } from './aliases';
import { bindingsOf, type Group, type Grouping, type GroupOutput } from './group';
import { mergeGroups } from './merging';
import type { Node, NodeGraph } from './nodes';
import { isState, type StateReference } from './program';

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

  const repeats = new Map<Node, boolean>();
  const repeated = (node: Node): boolean => {
    const known = repeats.get(node);
    if (known !== undefined) return known;
    const result = node.consumers.some((consumer) => {
      if (consumer.tensor.operation.kind !== 'view') return false;
      return elements(consumer) >= 4 * elements(node) || repeated(consumer);
    });
    repeats.set(node, result);
    return result;
  };

  const cost = new Map<Node, number>();
  for (const node of nodes) {
    const leaf = isState(node.tensor) || isRoot(node) || stored.has(node) || absorbedBy.has(node);
    const price = leaf ? 1 : ownCost(node) + node.inputs.reduce((sum, input) => sum + (cost.get(input) ?? 0), 0);
    const repeatedly = !leaf && node.tensor.operation.kind === 'elementwise' && elements(node) > 1 && price > repeatLimit && repeated(node);
    if (repeatedly) stored.add(node);
    cost.set(node, repeatedly ? 1 : price);
  }

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
      if (users.size > 1 && (cost.get(node) ?? 0) > recomputeLimit) stored.add(node);
    }
    sinks.set(node, stored.has(node) ? new Set([node]) : users);
  }
  return { absorbedBy, endOf, stored };
}

export interface GroupingOptions {
  readonly profile: DeviceProfile;
  /** Buffers that a kernel may bind. */
  readonly maximumBindings: number;
}

/** Groups a phase's nodes so that no kernel binds more than `maximumBindings` buffers. */
export function groupNodes(
  graph: NodeGraph,
  assignments: readonly { readonly target: StateReference }[],
  options: GroupingOptions,
): Grouping {
  const resolve = aliasResolver();
  const forced = new Set<Node>();
  for (;;) {
    const grouping = groupOnce(graph, assignments, resolve, forced);
    const cut = grouping.groups.flatMap((group) => overfull(grouping, group, options.maximumBindings) ?? []);
    if (cut.length > 0) for (const node of cut) forced.add(node);
    else {
      const home = new Map(grouping.home);
      const groups = mergeGroups(grouping.groups, home, grouping, options);
      return { groups, home, resolve, reads: readsOf(home, resolve) };
    }
  }
}

/** What a group reads, found once for each. */
function readsOf(home: ReadonlyMap<Node, Group>, resolve: (node: Node) => Alias): (group: Group) => ReadonlySet<Node> {
  const known = new Map<Group, ReadonlySet<Node>>();
  return (group) => {
    const before = known.get(group);
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
    known.set(group, result);
    return result;
  };
}

function groupOnce(
  graph: NodeGraph,
  assignments: readonly { readonly target: StateReference }[],
  resolve: (node: Node) => Alias,
  forced: ReadonlySet<Node>,
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
      const group: Group = { kind, roots: [node], outputs: outputsOf(end), size: elements(end) };
      groups.push(group);
      home.set(end, group);
    } else if (stored.has(node) && !absorbedBy.has(node)) {
      const group: Group = { kind: 'elementwise', roots: [], outputs: outputsOf(node), size: elements(node) };
      groups.push(group);
      // A state that is copied elsewhere stays where it is.
      if (!isState(node.tensor)) home.set(node, group);
    }
  }

  return { groups, home, resolve, reads: readsOf(home, resolve) };
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
