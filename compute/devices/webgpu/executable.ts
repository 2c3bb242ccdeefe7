/** A compiled program: pipelines, bind groups and intermediates, made once; a run only replays them. */
import { lowerProgram } from '../../plan/lower';
import type { Program } from '../../plan/program';
import type { PlannedKernel } from '../../plan/planned-kernel';
import type { Executable } from '../device';
import { outOfMemory } from '../out-of-memory';
import { bufferUsage, type GpuContext } from './context';
import { profileCommands } from './profile';
import type { GpuState } from './state';

interface Command {
  readonly kernel: PlannedKernel;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
}

export interface GpuExecutable extends Executable {
  readonly kernels: readonly PlannedKernel[];
  /** Runs one of the kernels `times` times on its own and waits for it: for measurements. It leaves the states changed. */
  runKernel(position: number, times: number): Promise<void>;
}

function record(pass: GPUComputePassEncoder, { kernel, pipeline, bindGroup }: Command): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(...kernel.dispatch);
}

/** Commands in one submit: short enough that a driver's watchdog and Pause stay content, long enough to be few. */
const commandsPerSubmit = 8192;

export async function compileProgram(context: GpuContext, program: Program, states: readonly GpuState[]): Promise<GpuExecutable> {
  const started = performance.now();
  const { device } = context;
  const arenas = new Map(states.flatMap((state) => [...state.gpuArenas]));
  const { kernels, workspaces } = lowerProgram(program, {
    profile: context.profile,
    chooseVariant: context.chooseVariant,
    maximumBindings: device.limits.maxStorageBuffersPerShaderStage,
  });
  const limit = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
  const tooLarge = workspaces.find((elements) => elements * 4 > limit);
  if (tooLarge !== undefined) throw outOfMemory(`the intermediate results of ${program.name}`, tooLarge * 4, limit);
  const pipelines = await Promise.all(
    kernels.map(({ name, source, bindings }) =>
      context.pipeline(
        `${program.name}: ${name}`,
        source,
        bindings.map((binding) => binding.access),
      ),
    ),
  );
  const buffers = workspaces.map((elements, number) =>
    context.createBuffer(`${program.name}: intermediate ${String(number)}`, elements * 4, bufferUsage.storage),
  );
  const bufferOf = (reference: PlannedKernel['bindings'][number]['buffer']): GPUBuffer => {
    const buffer = 'arena' in reference ? arenas.get(reference.arena)?.buffer : buffers[reference.workspace];
    if (!buffer) throw new RangeError(`${program.name} uses ${JSON.stringify(reference)}, which does not exist`);
    return buffer;
  };
  device.pushErrorScope('validation');
  const commands: Command[] = kernels.flatMap((kernel, position) => {
    const made = pipelines[position];
    if (!made) return [];
    context.counters.bindGroups++;
    const bindGroup = device.createBindGroup({
      label: kernel.name,
      layout: made.layout,
      entries: kernel.bindings.map(({ buffer, offset, bytes }, binding) => ({
        binding,
        resource: { buffer: bufferOf(buffer), offset, size: bytes },
      })),
    });
    return [{ kernel, pipeline: made.pipeline, bindGroup }];
  });
  const invalid = await device.popErrorScope();
  if (invalid) throw new Error(`${program.name} could not be bound: ${invalid.message}`);

  const submit = (list: readonly Command[], times: number): void => {
    const encoder = device.createCommandEncoder({ label: program.name });
    const pass = encoder.beginComputePass({ label: program.name });
    for (let time = 0; time < times; time++) {
      for (const command of list) record(pass, command);
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
  };

  const runsPerSubmit = Math.max(1, Math.floor(commandsPerSubmit / Math.max(1, commands.length)));
  return {
    program,
    kernels,
    statistics: {
      dispatches: commands.length,
      workspaceBytes: workspaces.reduce((sum, elements) => sum + elements * 4, 0),
      variants: kernels.map((kernel) => kernel.variant),
      compileMilliseconds: performance.now() - started,
      kernels: kernels.map(({ name, variant, dispatch: [x, y, z], work }) => ({ name, variant, workgroups: x * y * z, ...work })),
    },
    run(times = 1) {
      for (let left = times; left > 0; left -= runsPerSubmit) submit(commands, Math.min(left, runsPerSubmit));
    },
    profile: (runs) =>
      profileCommands(
        context,
        commands.map((command) => (pass) => {
          record(pass, command);
        }),
        runs,
      ),
    async runKernel(position, times) {
      const command = commands[position];
      if (!command) throw new RangeError(`${program.name} has no kernel ${String(position)}`);
      submit([command], times);
      await device.queue.onSubmittedWorkDone();
    },
    dispose() {
      for (const buffer of buffers) buffer.destroy();
    },
  };
}
