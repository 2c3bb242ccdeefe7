/** What is measured against each other, wherever it runs: the rounds know no more of an engine than this. */
import type { Workload } from './workloads';

export interface PreparedEntry {
  /** Milliseconds that preparing took. */
  readonly milliseconds: number;
  /** Milliseconds of so many runs in a row. */
  readonly run: (times: number) => Promise<number>;
  readonly losses: (steps: number) => Promise<readonly number[]>;
  readonly elements: (places: readonly number[]) => Promise<readonly number[]>;
  readonly details: () => Promise<Readonly<Record<string, number>>>;
  readonly dispose: () => Promise<void>;
}

export interface Entrant {
  readonly name: string;
  readonly version: string;
  /** Rejects with the reason where it cannot do this work. */
  readonly prepare: (workload: Workload) => Promise<PreparedEntry>;
}
