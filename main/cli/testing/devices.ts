/** The devices that tests compute on. */
import { afterAll, beforeAll } from 'vitest';
import { openCpuDevice } from '../../../compute/devices/cpu/cpu-device';
import type { Device } from '../../../compute/devices/device';
import { openWebGpuDevice } from '../../../compute/devices/webgpu/webgpu-device';
import { unwrap } from '../../../compute/graph/problem';
import { openNodeGpu } from '../gpu';
import { threadsForTests } from './threads';

/** All that a person trains on; what holds for one holds for each. */
export const testedKinds = ['webgpu', 'cpu'] as const;
export type TestedKind = (typeof testedKinds)[number];

async function openForTests(kind: TestedKind): Promise<Device> {
  if (kind === 'cpu') return unwrap(await openCpuDevice({ host: await threadsForTests(), threads: 2 }));
  return unwrap(await openWebGpuDevice((await openNodeGpu())?.gpu ?? null));
}

/** One of each of these kinds, opened before the tests of a file and closed after them; to be asked for within a test. */
export function devicesForTests(kinds: readonly TestedKind[] = testedKinds): (kind: TestedKind) => Device {
  const devices = new Map<TestedKind, Device>();
  beforeAll(async () => {
    for (const kind of kinds) devices.set(kind, await openForTests(kind));
  });
  afterAll(() => {
    for (const device of devices.values()) device.dispose();
  });
  return (kind) => {
    const device = devices.get(kind);
    if (device === undefined) throw new Error(`the device ${kind} is not open`);
    return device;
  };
}
