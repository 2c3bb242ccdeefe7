/** `hebb devices`: what Hebb can compute on here. */
import { openCpuDevice } from '../../compute/devices/cpu/cpu-device';
import type { DeviceDescription } from '../../compute/devices/device';
import { openReferenceDevice } from '../../compute/devices/reference/reference-device';
import { describeAdapter } from '../../compute/devices/webgpu/adapter';
import type { ValuesFor } from './commands';
import { nodeGpu } from './device';
import type { ExitCode, Surroundings } from './surroundings';
import { nodeThreads } from './threads';

interface FoundDevice extends DeviceDescription {
  /** The browser that brings the adapter, where the system has none of its own. */
  readonly from: string | null;
}

/** WebGPU names no adapters but those that it is asked for: the fast one, the thrifty one, the fallback. */
const requests: readonly GPURequestAdapterOptions[] = [
  { powerPreference: 'high-performance' },
  { powerPreference: 'low-power' },
  { forceFallbackAdapter: true },
];

async function findDevices(): Promise<FoundDevice[]> {
  const found = new Map<string, FoundDevice>();
  const opened = await nodeGpu();
  for (const request of opened === null ? [] : requests) {
    const adapter = await opened?.gpu.requestAdapter(request).catch(() => null);
    if (!adapter) continue;
    const description = describeAdapter(adapter);
    found.set(JSON.stringify(description), { ...description, from: opened?.borrowedFrom ?? null });
  }
  const cpu = await openCpuDevice({ host: nodeThreads() });
  const reference = openReferenceDevice();
  const own = [...(cpu.ok ? [cpu.value] : []), reference].map((device): FoundDevice => {
    device.dispose();
    return { ...device.description, from: null };
  });
  return [...found.values(), ...own];
}

export async function devices({ json }: ValuesFor<'devices'>, { output }: Pick<Surroundings, 'output'>): Promise<ExitCode> {
  const found = await findDevices();
  if (json) {
    output.json(...found);
    return 0;
  }
  for (const { kind, name, software, backend, threads, from } of found) {
    const traits = [
      kind === 'reference' ? 'on the CPU, slow, exact' : backend,
      ...(threads === undefined ? [] : [`${threads} ${threads === 1 ? 'thread' : 'threads'}`]),
      ...(software && kind === 'webgpu' ? ['software'] : []),
      ...(from === null ? [] : [`from ${from}`]),
    ];
    output.line(`${kind.padEnd(9)}  ${name} (${traits.join(', ')})`);
  }
  if (!found.some(({ kind }) => kind === 'webgpu')) {
    output.note('No WebGPU adapter was found. Install a driver for the graphics card, or Chromium, which brings a software adapter.');
  }
  return 0;
}
