/** How long each kernel of a program takes: by the device's clock where it has one, else by waiting for each. */
import type { Profile } from '../device';
import { bufferUsage, type GpuContext } from './context';

/** Records one dispatch into a pass. */
export type Recorder = (pass: GPUComputePassEncoder) => void;

// The numbers of the WebGPU specification: Node has no such globals.
const queryResolve = 0x200;
/** Queries that one set may hold (WebGPU's limit). */
const queriesInSet = 4096;

/** Milliseconds of each command in one run, as means over `runs` runs of all in order. */
export async function profileCommands(context: GpuContext, commands: readonly Recorder[], runs: number): Promise<Profile> {
  const fits = commands.length * 2 <= queriesInSet;
  return fits && context.device.features.has('timestamp-query')
    ? { clock: 'device', milliseconds: await byTimestamps(context, commands, runs) }
    : { clock: 'host', milliseconds: await byWaiting(context, commands, runs) };
}

async function byTimestamps(context: GpuContext, commands: readonly Recorder[], runs: number): Promise<number[]> {
  const { device } = context;
  const count = commands.length * 2;
  const querySet = device.createQuerySet({ type: 'timestamp', count });
  const resolved = context.createBuffer('timestamps', count * 8, queryResolve | bufferUsage.copySource);
  const totals = commands.map(() => 0);
  // The first run is not counted: it warms the caches.
  for (let run = 0; run <= runs; run++) {
    const encoder = device.createCommandEncoder({ label: 'profile' });
    commands.forEach((record, position) => {
      const pass = encoder.beginComputePass({
        timestampWrites: { querySet, beginningOfPassWriteIndex: position * 2, endOfPassWriteIndex: position * 2 + 1 },
      });
      record(pass);
      pass.end();
    });
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    device.queue.submit([encoder.finish()]);
    const times = new BigUint64Array(await context.read(resolved, 0, count * 8));
    if (run === 0) continue;
    for (const position of commands.keys()) {
      const nanoseconds = Number((times[position * 2 + 1] ?? 0n) - (times[position * 2] ?? 0n));
      totals[position] = (totals[position] ?? 0) + Math.max(0, nanoseconds) / 1e6 / runs;
    }
  }
  querySet.destroy();
  resolved.destroy();
  return totals;
}

async function byWaiting({ device }: GpuContext, commands: readonly Recorder[], runs: number): Promise<number[]> {
  const totals = commands.map(() => 0);
  for (let run = 0; run <= runs; run++) {
    for (const [position, record] of commands.entries()) {
      const encoder = device.createCommandEncoder({ label: 'profile' });
      const pass = encoder.beginComputePass();
      record(pass);
      pass.end();
      const started = performance.now();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
      if (run > 0) totals[position] = (totals[position] ?? 0) + (performance.now() - started) / runs;
    }
  }
  return totals;
}
