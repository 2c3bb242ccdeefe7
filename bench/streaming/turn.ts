/** What a turn of training came to, wherever it ran. */

export interface Turn {
  readonly samplesPerSecond: number;
  /** Part of the time in which the device did not wait for samples, as the engine tells it. */
  readonly busyShare: number;
}

/** Somebody who trains by turns. */
export interface Trainee {
  /** What computes. */
  readonly device: string;
  turn(): Promise<Turn>;
  /** Bytes of memory at most so far, of all processes concerned. */
  readonly peakBytes: () => number;
  close(): Promise<void>;
}

export type OpenTrainee = (wish: {
  readonly home: string;
  readonly network: string;
  readonly dataset: string;
  readonly device: 'cpu' | 'webgpu';
  /** Bytes of samples that may be in memory. */
  readonly memoryBudget: number;
  readonly batch: number;
  /** Of a turn. */
  readonly seconds: number;
}) => Promise<Trainee>;
