/** Many steps of LeNet-5 in the browser, watching what is held: nothing may grow. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import type { EngineCalls } from './engine-calls';
import type { Surroundings } from './results';
import { workloadOf } from './workloads';

export interface MemorySample {
  readonly step: number;
  readonly heapBytes: number;
  /** Resident memory of the process that computes; null where the system does not tell. */
  readonly gpuBytes: number | null;
}

export interface MemoryResult {
  readonly surroundings: Surroundings;
  readonly steps: number;
  readonly batch: number;
  readonly samples: readonly MemorySample[];
  /** Buffers, bind groups and pipelines that were made after the first step. */
  readonly made: number;
}

function residentBytes(processId: number): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(processId)}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}

/** Runs so many steps and looks ten times on the way. */
export async function watchMemory(
  call: EngineCalls,
  page: Page,
  steps: number,
  surroundings: Surroundings,
  report: (text: string) => void,
): Promise<MemoryResult> {
  const session = await page.context().newCDPSession(page);
  const whole = await page.context().browser()?.newBrowserCDPSession();
  const { processInfo = [] } = (await whole?.send('SystemInfo.getProcessInfo')) ?? {};
  const gpuProcess = processInfo.find(({ type }) => type === 'GPU')?.id;
  const look = async (step: number): Promise<MemorySample> => {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return { step, heapBytes: usedSize, gpuBytes: gpuProcess === undefined ? null : residentBytes(gpuProcess) };
  };
  const name = 'lenet-5-small';
  const workload = workloadOf(name);
  const { handle } = await call('prepare', 'hebb', name);
  await call('run', handle, 1);
  const count = async (): Promise<number> => {
    const { buffers = 0, bindGroups = 0, pipelines = 0 } = await call('details', handle);
    return buffers + bindGroups + pipelines;
  };
  const before = await count();
  const samples = [await look(1)];
  const part = Math.ceil(steps / 10);
  for (let done = 1; done < steps;) {
    const next = Math.min(part, steps - done);
    await call('run', handle, next);
    done += next;
    samples.push(await look(done));
    report(`${String(done)} steps`);
  }
  const made = (await count()) - before;
  await call('dispose', handle);
  return { surroundings, steps, batch: workload.kind === 'training' ? workload.batch : 0, samples, made };
}
