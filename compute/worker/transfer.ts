/** Bytes on their way into the worker and out of it, by fetch: data sets in shards, checkpoints as files. */
import { ProblemError, failure } from '../graph/problem';
import { sizeOf } from '../graph/tensor';
import type { Dataset, SplitData } from '../training/dataset';
import type { DatasetSource, SplitSource } from './protocol';

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

/** Bytes `first` to `first + target.length` of the shards, which are read one after another. */
async function readRange(urls: readonly string[], first: number, target: Uint8Array, read: Transfer['read']): Promise<void> {
  let position = 0;
  for (const url of urls) {
    if (position >= first + target.length) return;
    const shard = await read(url);
    const from = Math.max(first, position);
    const to = Math.min(first + target.length, position + shard.length);
    if (from < to) target.set(shard.subarray(from - position, to - position), from - first);
    position += shard.length;
  }
  if (position < first + target.length)
    throw new ProblemError(failure('transfer.short', { expected: first + target.length, actual: position }).problem);
}

async function readSplit(
  { sampleShape, sampleType, labelShape = [] }: DatasetSource,
  { count, first, sampleUrls, labelUrls }: SplitSource,
  read: Transfer['read'],
): Promise<SplitData> {
  const size = sizeOf(sampleShape);
  const samples = new { u8: Uint8Array, f32: Float32Array, i32: Int32Array }[sampleType](count * size);
  const labelSize = sizeOf(labelShape);
  const labels = new Int32Array(count * labelSize);
  // Shards are little-endian, as is every platform that Hebb runs on.
  await readRange(sampleUrls, first * size * samples.BYTES_PER_ELEMENT, new Uint8Array(samples.buffer), read);
  await readRange(labelUrls, first * labelSize * labels.BYTES_PER_ELEMENT, new Uint8Array(labels.buffer), read);
  return { count, samples, labels };
}

/** Reads all splits; a shard that serves several of them is fetched once. Problems: `transfer.*`. */
export async function readDataset(source: DatasetSource, read: Transfer['read']): Promise<Dataset> {
  const shards = new Map<string, Promise<Uint8Array>>();
  const once = (url: string): Promise<Uint8Array> => {
    const present = shards.get(url) ?? read(url);
    shards.set(url, present);
    return present;
  };
  const { splits, ...description } = source;
  const train = await readSplit(source, splits.train, once);
  const validation = await readSplit(source, splits.validation, once);
  const test = await readSplit(source, splits.test, once);
  return { ...description, splits: { train, validation, test } };
}
