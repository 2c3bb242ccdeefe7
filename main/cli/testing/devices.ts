/** The devices that tests compute on. */
import { openCpuDevice } from '../../../compute/devices/cpu/cpu-device';
import type { Device } from '../../../compute/devices/device';
import { openWebGpuDevice } from '../../../compute/devices/webgpu/webgpu-device';
import { unwrap } from '../../../compute/graph/problem';
import { openNodeGpu } from '../gpu';
import { threadsForTests } from './threads';

/** All that a person may train on without waiting; what holds for one holds for each. */
export const testedKinds = ['webgpu', 'cpu'] as const;
export type TestedKind = (typeof testedKinds)[number];

/** `threads` are those of the CPU device. */
export async function openForTests(kind: TestedKind, threads = 2): Promise<Device> {
  if (kind === 'cpu') return unwrap(await openCpuDevice({ host: await threadsForTests(), threads }));
  return unwrap(await openWebGpuDevice((await openNodeGpu())?.gpu ?? null));
}
