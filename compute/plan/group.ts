/** What one kernel computes, and how the groups of a phase hang together. */
import type { Alias } from './aliases';
import type { Node } from './nodes';
import { isState, stateOf, type StateReference } from './program';

export interface GroupOutput {
  readonly node: Node;
  /** Where the phase wants it; null for an intermediate. */
  readonly target: StateReference | null;
}

/** One kernel (two, where a reduction is split). */
export interface Group {
  readonly kind: 'elementwise' | 'reduce' | 'kernel';
  /** None where all is elementwise; the operation with a kernel of its own; or reductions with loops of the same sizes. */
  readonly roots: Node[];
  /** Elementwise in the roots' results at the same place. A reduction's may also have the shape of what is reduced. */
  readonly outputs: GroupOutput[];
  /** Elements of each output; of each result, where the group reduces. */
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

/** Buffers that a group binds if every intermediate has a buffer of its own. */
export function bindingsOf(reads: Iterable<Node>, outputs: readonly GroupOutput[]): number {
  const keys = new Set<string>();
  for (const node of reads) keys.add(isState(node.tensor) ? `arena ${stateOf(node.tensor).arena}` : String(node.id));
  // A target may have to be written to an intermediate first (see placement.ts).
  for (const { node, target } of outputs) keys.add(target ? `target ${target.arena}` : String(node.id));
  return keys.size;
}
