/** Opens the device that a command asked for. */
import { openReferenceDevice } from '../../compute/devices/reference/reference-device';
import { openWebGpuDevice } from '../../compute/devices/webgpu/webgpu-device';
import type { KernelMemory } from '../../compute/devices/webgpu/tuning';
import type { Device, DeviceDescription } from '../../compute/devices/device';
import { failure, unwrap } from '../../compute/graph/problem';
import { openNodeGpu, type NodeGpu } from './gpu';
import type { DevicePreference } from './surroundings';

/** Found once: a lost device is asked for again where it came from. */
let gpu: Promise<NodeGpu | null> | null = null;
export const nodeGpu = (): Promise<NodeGpu | null> => (gpu ??= openNodeGpu());

/**
 * `auto` falls back on the reference device, and says so. `memory` is opened for WebGPU only. Rejects with a ProblemError
 * `cli.no-adapter` or `device.*`.
 */
export async function openDevice(
  preference: DevicePreference,
  note: (text: string) => void,
  memory: () => Promise<KernelMemory>,
): Promise<Device> {
  if (preference === 'reference') return openReferenceDevice();
  const found = await nodeGpu();
  if (found !== null) return unwrap(await openWebGpuDevice(found.gpu, { memory: await memory() }));
  if (preference === 'webgpu') return unwrap(failure('cli.no-adapter'));
  note(
    'No WebGPU adapter was found: computing on the reference device, which is slow. ' +
      'Install a driver for the graphics card, or Chromium, which brings a software adapter.',
  );
  return openReferenceDevice();
}

/** `SwiftShader (software)` */
export const deviceName = ({ kind, name, software }: DeviceDescription): string =>
  software && kind === 'webgpu' ? `${name} (software)` : name;
