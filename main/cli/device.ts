/** Opens the device that a command asked for, and says which it is and why. */
import { openCpuDevice } from '../../compute/devices/cpu/cpu-device';
import type { DeviceDescription } from '../../compute/devices/device';
import { openReferenceDevice } from '../../compute/devices/reference/reference-device';
import type { KernelMemory } from '../../compute/devices/webgpu/tuning';
import { openWebGpuDevice } from '../../compute/devices/webgpu/webgpu-device';
import { failure, success } from '../../compute/graph/problem';
import { createDeviceSelector, type DeviceChoice, type DeviceSelector } from '../../compute/training/device-choice';
import { openNodeGpu, type NodeGpu } from './gpu';
import { figure } from './numbers';
import type { DeviceOptions } from './surroundings';
import { nodeThreads } from './threads';

/** Found once: a lost device is asked for again where it came from. */
let gpu: Promise<NodeGpu | null> | null = null;
export const nodeGpu = (): Promise<NodeGpu | null> => (gpu ??= openNodeGpu());

/** `memory` is opened for WebGPU only. Opening gives the problems `cli.no-adapter` and `device.*`. */
export function selectDevice({ device, threads }: DeviceOptions, memory: () => Promise<KernelMemory>): DeviceSelector {
  const selector = createDeviceSelector({
    webgpu: async () => {
      const found = await nodeGpu();
      return found === null ? failure('cli.no-adapter') : openWebGpuDevice(found.gpu, { memory: await memory() });
    },
    cpu: () => openCpuDevice({ host: nodeThreads(), ...(threads === null ? {} : { threads }) }),
    reference: () => Promise.resolve(success(openReferenceDevice())),
  });
  selector.setWish(device);
  return selector;
}

/** `SwiftShader (software)`, `CPU, 2 threads (AMD EPYC)` */
export function deviceName({ kind, name, software, threads }: DeviceDescription): string {
  switch (kind) {
    case 'webgpu':
      return software ? `${name} (software)` : name;
    case 'cpu':
      return `CPU, ${threads === 1 ? '1 thread' : `${threads ?? 1} threads`} (${name})`;
    case 'reference':
      return name;
  }
}

/** One sentence on why it is this device; null where a person asked for it, or nothing is to be said. */
export function choiceText({ kind, reason, milliseconds }: DeviceChoice): string | null {
  if (reason === 'alone') return kind === 'cpu' ? 'No GPU was found.' : null;
  if (reason !== 'faster' || milliseconds === undefined) return null;
  const names = { cpu: 'the CPU', webgpu: 'WebGPU in software' };
  const taken = (on: keyof typeof names): string => {
    const time = milliseconds[on];
    return time === null ? `none in time on ${names[on]}` : `${figure(time)} ms on ${names[on]}`;
  };
  return `There is no GPU but in software. A step in a trial: ${taken('cpu')}, ${taken('webgpu')}.`;
}
