/** Opens the device that a command asked for. */
import { openReferenceDevice } from '../../compute/devices/reference/reference-device';
import { openWebGpuDevice } from '../../compute/devices/webgpu/webgpu-device';
import type { Device, DeviceDescription } from '../../compute/devices/device';
import { unwrap } from '../../compute/graph/problem';
import { openNodeGpu, type NodeGpu } from './gpu';
import type { DevicePreference } from './surroundings';

/** Found once: a lost device is asked for again where it came from. */
let found: Promise<NodeGpu | null> | null = null;
export const nodeGpu = (): Promise<NodeGpu | null> => (found ??= openNodeGpu());

/** `auto` falls back on the reference device, and says so. Rejects with a ProblemError `device.*`. */
export async function openDevice(preference: DevicePreference, note: (text: string) => void): Promise<Device> {
  if (preference === 'reference') return openReferenceDevice();
  const gpu = await nodeGpu();
  const opened = await openWebGpuDevice(gpu?.gpu ?? null);
  if (opened.ok) return opened.value;
  const missing = opened.problem.code === 'device.no-webgpu' || opened.problem.code === 'device.no-adapter';
  if (preference === 'webgpu' || !missing) return unwrap(opened);
  note(
    'No WebGPU adapter was found: computing on the reference device, which is slow. Install a graphics driver, or Chromium for its software adapter.',
  );
  return openReferenceDevice();
}

/** `SwiftShader (software)` */
export const deviceName = ({ kind, name, software }: DeviceDescription): string =>
  software && kind === 'webgpu' ? `${name} (software)` : name;
