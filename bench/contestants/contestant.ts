/** What an engine offers so that it can be measured; each file of this folder drives one. */
import type { Workload } from '../workloads';

export interface KernelTime {
  readonly name: string;
  readonly variant: string;
  readonly milliseconds: number;
}

export interface Prepared {
  /** Does the work so often in a row and resolves when the device has finished all of it. */
  readonly run: (times: number) => Promise<void>;
  /** Training only: goes so many steps and gives the loss of each, before its update. */
  readonly losses?: (steps: number) => Promise<readonly number[]>;
  /** Products only: elements of the result at these places of its row-major form in PyTorch's layout. */
  readonly elements?: (places: readonly number[]) => Promise<readonly number[]>;
  /** Figures beside the time, as far as the engine knows them. */
  readonly details: () => Readonly<Record<string, number>>;
  /** The time of every kernel of one run, each run on its own: the least of so many tries. */
  readonly kernels?: (tries: number) => Promise<readonly KernelTime[]>;
  readonly dispose: () => void;
}

export interface Contestant {
  readonly name: string;
  /** Resolves with what the engine says of its device; rejects where it cannot run. */
  readonly open: () => Promise<string>;
  /** Rejects with the reason where the engine cannot do this work. */
  readonly prepare: (workload: Workload) => Promise<Prepared>;
}
