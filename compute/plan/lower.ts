/**
 * Lowers a program to the list of kernels that a device replays: equal expressions joined, views folded, elementwise
 * chains fused, results written straight to their states, intermediates in a few reused buffers. It knows no device.
 */
import { sizeOf, type DeviceProfile } from '../graph/tensor';
import { createBundles } from './bundles';
import { groupNodes } from './groups';
import { writeJobs } from './jobs';
import type { Binding, Placement } from './kernel-bindings';
import { writeKernels } from './kernels';
import { buildNodes, type Node } from './nodes';
import { scheduleGroups, shareBuffers, type PlacedGroup } from './placement';
import type { PlannedKernel, VariantChoice } from './planned-kernel';
import { isState, stateOf, type Program } from './program';
import { storageIn } from './storage';

export interface PlanOptions {
  readonly profile: DeviceProfile;
  /** Storage buffers that a kernel may bind. */
  readonly maximumBindings: number;
  /** By default the first, which is the operation's best guess. */
  readonly chooseVariant?: VariantChoice;
}

export interface Plan {
  readonly kernels: readonly PlannedKernel[];
  /** Words (four bytes) of each intermediate buffer; bindings refer to them by number. */
  readonly workspaces: readonly number[];
}

export function lowerProgram(program: Program, { profile, maximumBindings, chooseVariant = () => 0 }: PlanOptions): Plan {
  const kernels: PlannedKernel[] = [];
  const sizes: number[] = [];
  for (const phase of program.phases) {
    // What replaces an operation gives the same but for rounding: that of f32, and not many times that of 16 bits.
    const graph = buildNodes(phase, phase.intermediates === 'f16' ? null : profile);
    const grouping = groupNodes(graph, phase.assignments, { profile, maximumBindings });
    const schedule = scheduleGroups(grouping, sizes.length, storageIn(phase, graph.nodes));
    const isRounded = (node: Node): boolean => schedule.placements.get(node)?.type === 'f16';
    sizes.push(...schedule.intermediates);
    const placementFor =
      ({ group }: PlacedGroup) =>
      (node: Node): Placement | null => {
        const { node: base, offset } = grouping.resolve(node);
        if (isState(base.tensor)) {
          const state = stateOf(base.tensor);
          return { buffer: { arena: state.arena }, offset: state.offset + offset, size: sizeOf(node.tensor.shape), type: state.type };
        }
        const placement = grouping.home.get(base) === group ? undefined : schedule.placements.get(base);
        return placement ? { ...placement, offset: placement.offset + offset, size: sizeOf(node.tensor.shape) } : null;
      };
    const allocate = (elements: number): Placement => {
      sizes.push(elements);
      return { buffer: { workspace: sizes.length - 1 }, offset: 0, size: elements, type: 'f32' };
    };
    const written = new Set(phase.assignments.map(({ target }) => target.arena));
    const read = new Set(grouping.groups.flatMap((group) => [...grouping.reads(group)]));
    /** Whether nothing else in the phase needs its results, and nothing changes what it reads. */
    const maybeLast = ({ group, outputs }: PlacedGroup): boolean =>
      outputs.every(({ node, placement }) => 'arena' in placement.buffer && !read.has(node)) &&
      [...grouping.reads(group)].every((node) => !isState(node.tensor) || !written.has(stateOf(node.tensor).arena));
    const bundles = createBundles({ profile, isRounded }, maximumBindings, (buffer) =>
      'workspace' in buffer ? (sizes[buffer.workspace] ?? 0) : 0,
    );
    for (const placed of schedule.groups) {
      const { before, last } = writeKernels(placed, { profile, chooseVariant, placementOf: placementFor(placed), isRounded, allocate });
      kernels.push(...before);
      if (last) kernels.push(...(maybeLast(placed) ? bundles.add(last) : [writeJobs([last], { profile, isRounded })]));
    }
    kernels.push(...bundles.flush());
  }

  const numbersOf = ({ bindings }: PlannedKernel): number[] =>
    bindings.flatMap(({ buffer }) => ('workspace' in buffer ? [buffer.workspace] : []));
  const { buffers, bufferOf } = shareBuffers(sizes, kernels.map(numbersOf));
  const bound = (binding: Binding): Binding =>
    'workspace' in binding.buffer ? { ...binding, buffer: { workspace: bufferOf[binding.buffer.workspace] ?? 0 } } : binding;
  return { kernels: kernels.map((kernel) => ({ ...kernel, bindings: kernel.bindings.map(bound) })), workspaces: buffers };
}
