/** The device that Hebb is made for: programs as lists of compute dispatches on WebGPU. */
import { failure, success, type Outcome } from '../../graph/problem';
import type { Arena, Program } from '../../plan/program';
import type { VariantChoice } from '../../plan/planned-kernel';
import type { Device, DeviceState } from '../device';
import { environmentGpu, findAdapter, profileOf, requestDevice } from './adapter';
import { createContext } from './context';
import { compileProgram, type GpuExecutable } from './executable';
import { createState, type GpuState } from './state';
import { createTuner, type KernelMemory } from './tuning';

export interface WebGpuDevice extends Device {
  createState(arenas: readonly Arena[]): GpuState;
  compile(program: Program, states: readonly DeviceState[]): Promise<GpuExecutable>;
}

export interface WebGpuOptions {
  /** Kernels as for such a device, whatever it says of itself: for tests and measurements. */
  readonly software?: boolean;
  /** The features to ask for, where the adapter has them; by default all that kernels use. */
  readonly features?: readonly GPUFeatureName[];
  readonly chooseVariant?: VariantChoice;
  /**
   * With it, variants are chosen by measuring. Not on software adapters: they share their cores with everything else, so that
   * a moment's measurement decides badly, and what their kernels cost was measured when they were written.
   */
  readonly memory?: KernelMemory;
}

/**
 * Opens the best adapter of `gpu` (by default the environment's). Problems: `device.no-webgpu` (the environment has none),
 * `device.no-adapter` (no driver offers one), `device.refused` (with the implementation's reason).
 */
export async function openWebGpuDevice(gpu: GPU | null = environmentGpu(), options: WebGpuOptions = {}): Promise<Outcome<WebGpuDevice>> {
  if (!gpu) return failure('device.no-webgpu');
  const found = await findAdapter(gpu);
  if (!found) return failure('device.no-adapter');
  let device: GPUDevice;
  try {
    device = await requestDevice(found, options.features);
  } catch (error) {
    return failure('device.refused', { reason: error instanceof Error ? error.message : String(error) });
  }
  const { description } = found;
  const profile = profileOf({ ...description, software: options.software ?? description.software }, device, found.adapter.info);
  const tuner =
    options.memory && !profile.software ? createTuner(`${description.name}, ${found.adapter.info.description}`, options.memory) : null;
  const context = createContext(device, profile, options.chooseVariant ?? tuner?.choose ?? (() => 0));
  const states = new WeakSet<DeviceState>();
  // Dawn's binding for Node does not keep its instance alive while only a device refers to it.
  const kept = new Set<object>([gpu, found.adapter]);
  const own = (state: DeviceState): state is GpuState => states.has(state);
  return success({
    description,
    lost: device.lost.then(({ reason, message }) => ({
      reason: reason === 'destroyed' ? ('disposed' as const) : ('lost' as const),
      message,
    })),
    counters: context.counters,
    createState(arenas) {
      const state = createState(context, arenas);
      states.add(state);
      return state;
    },
    async compile(program, given) {
      const mine = given.filter(own);
      if (mine.length !== given.length) throw new TypeError('a state of another device was given');
      await tuner?.tune(context, program);
      return compileProgram(context, program, mine);
    },
    async finish() {
      await device.queue.onSubmittedWorkDone();
      context.throwIfFailed();
    },
    dispose() {
      context.dispose();
      kept.clear();
    },
  });
}
