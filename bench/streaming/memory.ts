/** How much memory a process and all that it started take at most, as Linux tells it. */
import { readdirSync, readFileSync } from 'node:fs';

export interface MemoryWatch {
  /** Bytes at most so far of all of them together; pages that several share count once. */
  readonly peakBytes: () => number;
  readonly stop: () => void;
}

function childrenOf(id: number): number[] {
  try {
    return readdirSync(`/proc/${String(id)}/task`).flatMap((thread) =>
      readFileSync(`/proc/${String(id)}/task/${thread}/children`, 'utf8')
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    // It ended meanwhile.
    return [];
  }
}

const familyOf = (id: number): number[] => [id, ...childrenOf(id).flatMap(familyOf)];

/** Of a process, its share of what it has with others (proportional set size). */
function bytesOf(id: number): number {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(id)}/smaps_rollup`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Looks four times a second at these processes and all that they start. */
export function watchMemory(ids: readonly number[]): MemoryWatch {
  let peak = 0;
  const look = (): void => {
    peak = Math.max(
      peak,
      ids.flatMap(familyOf).reduce((sum, id) => sum + bytesOf(id), 0),
    );
  };
  const timer = setInterval(look, 250);
  return {
    peakBytes: () => peak,
    stop: () => {
      look();
      clearInterval(timer);
    },
  };
}
