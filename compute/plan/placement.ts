/**
 * Orders the groups of a phase and places what they store: directly in the state where that is safe, else in an
 * intermediate that is copied at the end. All values are those from before the phase, so a group that overwrites a state
 * comes after all that read it. It writes no WGSL.
 */
import { sizeOf } from '../graph/tensor';
import type { Group, Grouping } from './group';
import type { Placement } from './kernel-bindings';
import type { Node } from './nodes';
import { wordsFor, type StorageType } from './storage';
import { isState, stateOf, type StateReference } from './program';

export interface PlacedOutput {
  readonly node: Node;
  readonly placement: Placement;
}

export interface PlacedGroup {
  readonly group: Group;
  readonly outputs: readonly PlacedOutput[];
}

export interface Schedule {
  readonly groups: readonly PlacedGroup[];
  /** Where stored nodes are found by the groups that read them. */
  readonly placements: ReadonlyMap<Node, Placement>;
  /** Words (four bytes) of each intermediate, by its number less the first. */
  readonly intermediates: readonly number[];
}

const overlap = (a: StateReference, b: StateReference): boolean =>
  a.arena === b.arena && a.offset < b.offset + sizeOf(b.shape) && b.offset < a.offset + sizeOf(a.shape);

const sameRegion = (a: StateReference, b: StateReference): boolean => a.offset === b.offset && sizeOf(a.shape) === sizeOf(b.shape);

/** Whether the group reads the state only at the element that the same invocation writes afterwards. */
function readsOwnElementOnly(group: Group, state: Node, { resolve, home }: Grouping): boolean {
  const seen = { own: new Set<Node>(), any: new Set<Node>() };
  const check = (node: Node, identity: boolean): boolean => {
    if (node === state) return identity;
    const visited = identity ? seen.own : seen.any;
    if (visited.has(node)) return true;
    visited.add(node);
    if (home.has(node) && home.get(node) !== group) return true;
    const { kind } = node.tensor.operation;
    const { node: base, offset } = resolve(node);
    const anotherName = kind === 'view' && base !== node && offset === 0 && sizeOf(base.tensor.shape) === sizeOf(node.tensor.shape);
    const same = identity && (kind === 'elementwise' || anotherName);
    return node.inputs.every((input) => check(input, same));
  };
  return group.outputs.every(({ node }) => check(node, true));
}

/** `storageOf` says how what goes into an intermediate is stored; what is copied from there into a state keeps its type. */
export function scheduleGroups(grouping: Grouping, firstIntermediate: number, storageOf: (node: Node) => StorageType): Schedule {
  const { groups, home, reads } = grouping;
  const after = new Map<Group, Set<Group>>(groups.map((group) => [group, new Set()]));
  for (const group of groups) {
    for (const node of reads(group)) {
      const maker = home.get(node);
      if (maker && maker !== group) after.get(maker)?.add(group);
    }
  }
  const comesBefore = (first: Group, second: Group): boolean => {
    const seen = new Set<Group>();
    const stack = [first];
    for (let group = stack.pop(); group; group = stack.pop()) {
      if (group === second) return true;
      if (seen.has(group)) continue;
      seen.add(group);
      stack.push(...(after.get(group) ?? []));
    }
    return false;
  };

  /** Whether the group may write the target itself; adds what must come before it to the order. */
  const mayWrite = (group: Group, target: StateReference): boolean => {
    const before: Group[] = [];
    for (const reader of groups) {
      for (const node of reads(reader)) {
        if (!isState(node.tensor) || !overlap(stateOf(node.tensor), target)) continue;
        if (reader === group) {
          if (!sameRegion(stateOf(node.tensor), target) || !readsOwnElementOnly(group, node, grouping)) return false;
        } else {
          if (comesBefore(group, reader)) return false;
          before.push(reader);
        }
      }
    }
    for (const reader of before) after.get(reader)?.add(group);
    return true;
  };

  const placements = new Map<Node, Placement>();
  const intermediates: number[] = [];
  const placed = new Map<Group, PlacedOutput[]>();
  const copies: PlacedGroup[] = [];
  const inState = ({ arena, offset, shape, type }: StateReference): Placement => ({ buffer: { arena }, offset, size: sizeOf(shape), type });
  for (const group of groups) {
    const outputs: PlacedOutput[] = [];
    const later: { node: Node; target: StateReference }[] = [];
    for (const { node, target } of group.outputs) {
      if (target && mayWrite(group, target)) {
        const placement = inState(target);
        outputs.push({ node, placement });
        if (home.get(node) === group && !placements.has(node)) placements.set(node, placement);
      } else if (target) {
        later.push({ node, target });
      }
    }
    for (const { node } of group.outputs) {
      const wanted =
        group.outputs.some((output) => output.node === node && output.target === null) || later.some((copy) => copy.node === node);
      const there = placements.has(node) || outputs.some((output) => output.node === node);
      if (!wanted || there) continue;
      const size = sizeOf(node.tensor.shape);
      const type = later.some((copy) => copy.node === node) ? node.tensor.type : storageOf(node);
      const placement: Placement = { buffer: { workspace: firstIntermediate + intermediates.length }, offset: 0, size, type };
      intermediates.push(wordsFor(type, size));
      outputs.push({ node, placement });
      placements.set(node, placement);
    }
    for (const { node, target } of later) {
      const copy: Group = { kind: 'elementwise', roots: [], outputs: [{ node, target }], size: sizeOf(node.tensor.shape) };
      copies.push({ group: copy, outputs: [{ node, placement: inState(target) }] });
    }
    placed.set(group, outputs);
  }

  // Kahn's algorithm; among those that are ready the earliest in the graph goes first.
  const waiting = new Map<Group, number>(groups.map((group) => [group, 0]));
  for (const targets of after.values()) for (const group of targets) waiting.set(group, (waiting.get(group) ?? 0) + 1);
  const ordered: PlacedGroup[] = [];
  const pending = [...groups];
  while (pending.length > 0) {
    const next = pending.findIndex((group) => waiting.get(group) === 0);
    const group = pending[next];
    if (!group) throw new Error('kernels wait for each other in a circle');
    pending.splice(next, 1);
    for (const follower of after.get(group) ?? []) waiting.set(follower, (waiting.get(follower) ?? 0) - 1);
    ordered.push({ group, outputs: placed.get(group) ?? [] });
  }
  return { groups: [...ordered, ...copies], placements, intermediates };
}

/** Numbers of buffers for intermediates, such that two that are needed at the same time never share one. */
export function shareBuffers(
  sizes: readonly number[],
  uses: readonly (readonly number[])[],
): { readonly buffers: readonly number[]; readonly bufferOf: readonly number[] } {
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  uses.forEach((numbers, position) => {
    for (const number of numbers) {
      if (!first.has(number)) first.set(number, position);
      last.set(number, position);
    }
  });
  const apart = (one: number, other: number): boolean =>
    (last.get(one) ?? 0) < (first.get(other) ?? 0) || (last.get(other) ?? 0) < (first.get(one) ?? 0);
  const buffers: number[] = [];
  const users: number[][] = [];
  const bufferOf = new Array<number>(sizes.length).fill(-1);
  // The largest first, so that no small one keeps a large buffer from a large one.
  for (const number of [...first.keys()].sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0))) {
    const shared = users.findIndex((others) => others.every((other) => apart(number, other)));
    const chosen = shared === -1 ? buffers.length : shared;
    if (shared === -1) buffers.push(sizes[number] ?? 0);
    (users[chosen] ??= []).push(number);
    bufferOf[number] = chosen;
  }
  return { buffers, bufferOf };
}
