/** Bytes on their way into the worker and out of it, by fetch: data sets in shards, checkpoints as files. */
import { ProblemError, failure } from '../graph/problem';
import { distributeRows, membersOf, type SplitName } from '../graph/sample-splits';
import { sizeOf } from '../graph/tensor';
import type { Dataset, SplitData } from '../training/dataset';
import type { DatasetSource, ShardSource } from './protocol';

export interface Transfer {
  /** Problem: `transfer.read`. */
  readonly read: (url: string) => Promise<Uint8Array>;
  /** Problem: `transfer.write`. */
  readonly write: (url: string, bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const fetchTransfer: Transfer = {
  async read(url) {
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`HTTP ${String(response.status)}`);
      return new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      throw new ProblemError(failure('transfer.read', { message: messageOf(error) }).problem, { cause: error });
    }
  },
  async write(url, bytes) {
    try {
      const response = await fetch(url, { method: 'PUT', body: bytes });
      if (!response.ok) throw new Error(`HTTP ${String(response.status)}`);
      // Read to its end, or the connection stays taken.
      await response.arrayBuffer();
    } catch (error) {
      throw new ProblemError(failure('transfer.write', { message: messageOf(error) }).problem, { cause: error });
    }
  },
};

/** Reads a table shard by shard into the splits. Problems: `transfer.read`, `transfer.short`. */
async function readTable(
  shards: readonly ShardSource[],
  assignments: Uint8Array,
  rowBytes: number,
  targets: Readonly<Record<SplitName, Uint8Array>>,
  read: Transfer['read'],
): Promise<void> {
  const expected = assignments.length * rowBytes;
  const announced = shards.reduce((sum, { bytes }) => sum + bytes, 0);
  if (announced !== expected) throw new ProblemError(failure('transfer.short', { expected, actual: announced }).problem);
  const distribute = distributeRows(assignments, rowBytes, targets);
  for (const { url, bytes } of shards) {
    const shard = await read(url);
    if (shard.length !== bytes) throw new ProblemError(failure('transfer.short', { expected: bytes, actual: shard.length }).problem);
    distribute(shard);
  }
}

/** Reads all splits; each shard is fetched once, and only one of them is held at a time. Problems: `transfer.*`. */
export async function readDataset(source: DatasetSource, read: Transfer['read']): Promise<Dataset> {
  const { count, sampleShards, labelShards, splitUrl, targetNames = [], ...description } = source;
  const { sampleShape, sampleType, labelShape = [] } = source;
  const assignments = await read(splitUrl);
  if (assignments.length !== count)
    throw new ProblemError(failure('transfer.short', { expected: count, actual: assignments.length }).problem);
  const members = membersOf(assignments);
  const isRegression = targetNames.length > 0;
  const splitOf = (split: SplitName): SplitData => {
    const inSplit = members[split].length;
    const labels = inSplit * sizeOf(labelShape);
    return {
      count: inSplit,
      samples: new { u8: Uint8Array, f32: Float32Array, i32: Int32Array }[sampleType](inSplit * sizeOf(sampleShape)),
      labels: isRegression ? new Float32Array(labels) : new Int32Array(labels),
      members: members[split],
    };
  };
  const splits = { train: splitOf('train'), validation: splitOf('validation'), test: splitOf('test') };
  // Shards are little-endian, as is every platform that Hebb runs on.
  const bytesOf = (part: 'samples' | 'labels'): Readonly<Record<SplitName, Uint8Array>> => ({
    train: new Uint8Array(splits.train[part].buffer),
    validation: new Uint8Array(splits.validation[part].buffer),
    test: new Uint8Array(splits.test[part].buffer),
  });
  await readTable(sampleShards, assignments, sizeOf(sampleShape) * (sampleType === 'u8' ? 1 : 4), bytesOf('samples'), read);
  await readTable(labelShards, assignments, sizeOf(labelShape) * 4, bytesOf('labels'), read);
  return { ...description, ...(isRegression ? { targetNames } : {}), splits };
}
