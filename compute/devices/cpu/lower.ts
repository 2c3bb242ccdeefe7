/**
 * Lowers a program for the CPU: the groups, the order and the shared intermediates are those of plan/; what differs is how
 * kernels are written.
 */
import { attributesOf, sizeOf, type DeviceProfile } from '../../graph/tensor';
import { groupNodes } from '../../plan/groups';
import type { Placement } from '../../plan/kernel-bindings';
import { buildNodes, type Node } from '../../plan/nodes';
import { scheduleGroups, shareBuffers, type PlacedGroup, type PlacedOutput } from '../../plan/placement';
import { flopsFor, type KernelWork } from '../../plan/planned-kernel';
import { isState, stateOf, type Program } from '../../plan/program';
import { bytesOf } from '../../plan/storage';
import { i32, type Int } from './assembly/expression';
import type { FunctionWriter } from './assembly/function-writer';
import { chooseRowLength, elementwiseStage, writeElements } from './elementwise';
import type { CpuFeatures, CpuKernel, CpuPlan, OperationPlan, ProgramPlaces, Stage } from './kernel';
import { planners } from './kernels/registry';
import type { LaneOptions } from './lane-writer';
import { reductionStages } from './reduction';
import { partsSize, planReduction } from './reduction-plan';

/** Large caches, no workgroups: the plan is made as for an adapter that runs on the CPU. */
const profile: DeviceProfile = {
  software: true,
  maximumWorkgroupInvocations: 256,
  maximumWorkgroupsPerDimension: 65_535,
  maximumWorkgroupStorageBytes: 16_384,
  quads: false,
  tileCost: 400,
  halves: 'packed',
};

/** Arrays that a kernel reads and writes: there is no such limit here, but a kernel of very many fills no cache well. */
const maximumBindings = 64;

/** A kernel whose intermediates are known by number only. */
interface Draft {
  readonly name: string;
  readonly variant: string;
  readonly work: KernelWork;
  readonly threadScratch: number;
  /** Numbers of the intermediates that it reads, writes or needs. */
  readonly uses: readonly number[];
  readonly stages: (addressOf: LaneOptions['addressOf']) => readonly Stage[];
}

interface Surroundings {
  readonly features: CpuFeatures;
  readonly placementOf: (node: Node) => Placement | null;
  /** Makes an intermediate of so many bytes. */
  readonly allocate: (bytes: number) => Placement;
}

const nameOf = ({ group, outputs }: PlacedGroup): string => {
  const last = outputs.at(-1)?.node.tensor.operation.name ?? 'nothing';
  const root = group.roots[0]?.tensor.operation.name;
  return root === undefined ? last : root === last ? root : `${root} + ${last}`;
};

const bytesIn = ({ size, type }: Placement): number => size * bytesOf[type];

/** The stored nodes that these are computed from, each with where it is. */
function readsOf(roots: readonly Node[], placementOf: Surroundings['placementOf']): Placement[] {
  const seen = new Set<Node>();
  const found: Placement[] = [];
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const placement = placementOf(node);
    if (placement) found.push(placement);
    else for (const input of node.inputs) visit(input);
  };
  for (const root of roots) visit(root);
  return found;
}

const numberOf = ({ buffer }: Placement): number[] => ('workspace' in buffer ? [buffer.workspace] : []);

function operationDraft(
  placed: PlacedGroup,
  root: Node,
  around: Surroundings,
): Omit<Draft, 'name' | 'work' | 'uses'> & { own: Placement[] } {
  const { operation } = root.tensor;
  const planner = planners.get(operation.name);
  if (!planner) throw new Error(`the CPU device has no kernel for ${operation.name}`);
  const context = { inputs: root.inputs.map((input) => input.tensor), output: root.tensor, features: around.features };
  const plan: OperationPlan = planner(context, attributesOf(root.tensor));
  const inputs = root.inputs.map((input) => {
    const placement = around.placementOf(input);
    if (!placement) throw new Error(`an input of ${operation.name} is not stored`);
    return placement;
  });
  const size = sizeOf(root.tensor.shape);
  const { outputs } = placed;
  const plain = outputs.length === 1 && outputs[0]?.node === root && outputs[0].placement.type === root.tensor.type;
  // The bare result may stand where one of the outputs will: each element is read before it is overwritten, in one place.
  const same = ({ node, placement }: PlacedOutput): boolean =>
    'workspace' in placement.buffer && node.tensor.type === root.tensor.type && sizeOf(node.tensor.shape) === size;
  const bare = (plain ? outputs[0] : outputs.find(same))?.placement ?? around.allocate(size * 4);
  const shared = plan.sharedScratch.map((bytes) => around.allocate(bytes));
  const placementOf = (node: Node): Placement | null => (node === root ? bare : around.placementOf(node));
  return {
    variant: plan.variant,
    threadScratch: plan.threadScratch,
    own: [bare, ...shared],
    stages(addressOf) {
      const stages = plan.stages({ inputs: inputs.map(addressOf), output: addressOf(bare), scratch: shared.map(addressOf) });
      if (plain) return stages;
      const options: LaneOptions = { placementOf, addressOf };
      const { filled } = plan;
      const last = stages.at(-1);
      if (filled === null || !last) return [...stages, elementwiseStage(`${nameOf(placed)}, epilogue`, outputs, size, options)];
      const length = chooseRowLength(outputs, size, placementOf, filled);
      const fused: Stage = {
        ...last,
        write(writer: FunctionWriter, task: Int, scratch: Int) {
          last.write(writer, task, scratch);
          const begin = writer.keep(i32.mul(task, i32.constant(filled)));
          const end = writer.keep(i32.lesserU(i32.add(begin, i32.constant(filled)), i32.constant(size)));
          writeElements(writer, outputs, options, { size, length, begin, end });
        },
      };
      return [...stages.slice(0, -1), fused];
    },
  };
}

function draftOf(placed: PlacedGroup, around: Surroundings): Draft {
  const { group, outputs } = placed;
  const [root] = group.roots;
  const nodes = outputs.map(({ node }) => node);
  const reads = readsOf(nodes, around.placementOf);
  const placements = [...reads, ...outputs.map(({ placement }) => placement)];
  const sum = (list: readonly Placement[]): number => list.reduce((bytes, placement) => bytes + bytesIn(placement), 0);
  const work: KernelWork = {
    flops: flopsFor(nodes, around.placementOf),
    bytesRead: sum(reads),
    bytesWritten: sum(outputs.map(({ placement }) => placement)),
  };
  const name = nameOf(placed);
  if (group.kind === 'kernel' && root) {
    const { own, ...draft } = operationDraft(placed, root, around);
    return { ...draft, name, work, uses: [...placements, ...own].flatMap(numberOf) };
  }
  if (group.kind === 'reduce') {
    const plan = planReduction({ name, roots: group.roots, outputs, placementOf: around.placementOf });
    const size = partsSize(plan);
    const parts = size > 0 ? around.allocate(size * 4) : null;
    return {
      name,
      variant: plan.variant,
      work,
      threadScratch: 0,
      uses: [...placements, ...(parts ? [parts] : [])].flatMap(numberOf),
      stages: (addressOf) => reductionStages(plan, { placementOf: around.placementOf, addressOf }, parts ? addressOf(parts) : 0),
    };
  }
  return {
    name,
    variant: 'elementwise',
    work,
    threadScratch: 0,
    uses: placements.flatMap(numberOf),
    stages: (addressOf) => [elementwiseStage(name, outputs, group.size, { placementOf: around.placementOf, addressOf })],
  };
}

/** Plans a program's kernels and intermediates; the code is written once these have addresses. */
export function lowerForCpu(program: Program, { features }: { readonly features: CpuFeatures }): CpuPlan {
  const drafts: Draft[] = [];
  /** Words (four bytes) of each intermediate. */
  const sizes: number[] = [];
  for (const phase of program.phases) {
    const grouping = groupNodes(buildNodes(phase, profile), phase.assignments, { profile, maximumBindings });
    const schedule = scheduleGroups(grouping, sizes.length, (node) => node.tensor.type);
    sizes.push(...schedule.intermediates);
    for (const placed of schedule.groups) {
      const placementOf = (node: Node): Placement | null => {
        const { node: base, offset } = grouping.resolve(node);
        if (isState(base.tensor)) {
          const state = stateOf(base.tensor);
          return { buffer: { arena: state.arena }, offset: state.offset + offset, size: sizeOf(node.tensor.shape), type: state.type };
        }
        const placement = grouping.home.get(base) === placed.group ? undefined : schedule.placements.get(base);
        return placement ? { ...placement, offset: placement.offset + offset, size: sizeOf(node.tensor.shape) } : null;
      };
      const allocate = (bytes: number): Placement => {
        sizes.push(Math.ceil(bytes / 4));
        return { buffer: { workspace: sizes.length - 1 }, offset: 0, size: Math.ceil(bytes / 4), type: 'f32' };
      };
      drafts.push(draftOf(placed, { features, placementOf, allocate }));
    }
  }
  const { buffers, bufferOf } = shareBuffers(
    sizes,
    drafts.map(({ uses }) => uses),
  );
  return {
    workspaces: buffers.map((words) => words * 4),
    threadScratch: Math.max(0, ...drafts.map(({ threadScratch }) => threadScratch)),
    kernels: (places: ProgramPlaces): CpuKernel[] => {
      const addressOf = ({ buffer, offset, type }: Placement): number => {
        const start = 'arena' in buffer ? places.arena(buffer.arena) : places.workspace(bufferOf[buffer.workspace] ?? 0);
        return start + offset * bytesOf[type];
      };
      return drafts.map(({ name, variant, work, stages }) => ({ name, variant, work, stages: stages(addressOf) }));
    },
  };
}
