/** Bytes on their way into the worker and out of it, by fetch: data sets in shards, checkpoints as files. */
import { ProblemError, failure } from '../graph/problem';
import { bytesOfRoom, createRowReader } from '../graph/row-reader';
import { distributeRows, membersOf, type SplitName } from '../graph/sample-splits';
import { sizeOf } from '../graph/tensor';
import type { Dataset, SplitData } from '../training/dataset';
import type { SampleReader } from '../training/sample-source';
import type { DatasetSource, ShardSource } from './protocol';

export interface Transfer {
  /** Problem: `transfer.read`. */
  readonly read: (url: string) => Promise<Uint8Array>;
  /** So many bytes from the `first` on. Problem: `transfer.read`. */
  readonly readRange: (url: string, first: number, length: number) => Promise<Uint8Array>;
  /** Problem: `transfer.write`. */
  readonly write: (url: string, bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function fetchBytes(url: string, headers: Readonly<Record<string, string>>): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { headers });
    if (!response.ok) throw new Error(`HTTP ${String(response.status)}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new ProblemError(failure('transfer.read', { message: messageOf(error) }).problem, { cause: error });
  }
}

export const fetchTransfer: Transfer = {
  read: (url) => fetchBytes(url, {}),
  async readRange(url, first, length) {
    const bytes = await fetchBytes(url, { range: `bytes=${String(first)}-${String(first + length - 1)}` });
    if (bytes.length === length) return bytes;
    throw new ProblemError(failure('transfer.short', { expected: length, actual: bytes.length }).problem);
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

/** Over all of a buffer, or so many bytes of it. */
const makers = {
  u8: (buffer: ArrayBuffer, bytes = buffer.byteLength) => new Uint8Array(buffer, 0, bytes),
  f32: (buffer: ArrayBuffer, bytes = buffer.byteLength) => new Float32Array(buffer, 0, bytes / 4),
  i32: (buffer: ArrayBuffer, bytes = buffer.byteLength) => new Int32Array(buffer, 0, bytes / 4),
};

/** Reads samples of a split when they are asked for, by ranges of the shards. Problems: `transfer.*`. */
function readerOf(
  { sampleShape, sampleType, sampleShards }: DatasetSource,
  members: Uint32Array,
  readRange: Transfer['readRange'],
): SampleReader {
  const rowBytes = sizeOf(sampleShape) * (sampleType === 'u8' ? 1 : 4);
  const readRows = createRowReader({
    rowBytes,
    shardRows: sampleShards.map(({ bytes }) => bytes / rowBytes),
    readRange: (shard, first, length) => readRange(sampleShards[shard]?.url ?? '', first, length),
  });
  return {
    read: async (places, into) => {
      const rows = places.map((place) => members[place] ?? 0);
      const bytes = await readRows(rows, bytesOfRoom(into));
      return makers[sampleType](bytes.buffer, bytes.length);
    },
  };
}

/**
 * Reads all splits; each shard is fetched once, and only one of them is held at a time. Samples that are together more bytes than
 * the budget stay where they are, and are read by ranges when they are asked for. Problems: `transfer.*`.
 */
export async function readDataset(source: DatasetSource, { read, readRange }: Transfer, memoryBudget: number): Promise<Dataset> {
  const { count, sampleShards, labelShards, splitUrl, targetNames = [], ...description } = source;
  const { sampleShape, sampleType, labelShape = [] } = source;
  const assignments = await read(splitUrl);
  if (assignments.length !== count)
    throw new ProblemError(failure('transfer.short', { expected: count, actual: assignments.length }).problem);
  const members = membersOf(assignments);
  const isRegression = targetNames.length > 0;
  const rowBytes = sizeOf(sampleShape) * (sampleType === 'u8' ? 1 : 4);
  const streams = Object.values(members).reduce((sum, { length }) => sum + length * rowBytes, 0) > memoryBudget;
  const splitOf = (split: SplitName) => {
    const inSplit = members[split].length;
    const labels = inSplit * sizeOf(labelShape);
    return {
      count: inSplit,
      samples: makers[sampleType](new ArrayBuffer(streams ? 0 : inSplit * rowBytes)),
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
  if (!streams) await readTable(sampleShards, assignments, rowBytes, bytesOf('samples'), read);
  await readTable(labelShards, assignments, sizeOf(labelShape) * 4, bytesOf('labels'), read);
  const streamed = (split: SplitName): SplitData =>
    streams ? { ...splits[split], samples: readerOf(source, members[split], readRange) } : splits[split];
  return {
    ...description,
    ...(isRegression ? { targetNames } : {}),
    splits: { train: streamed('train'), validation: streamed('validation'), test: streamed('test') },
  };
}
