/**
 * Writes the files of a data set as its samples arrive: shards, hashed as they are written, then the manifest. Memory is
 * bounded whatever the number of samples. It knows no source format.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { countSplits } from '../../compute/graph/sample-splits';
import { sizeOf, type Shape } from '../../compute/graph/tensor';
import { openNewFile, writeNewFile, type NewFile } from '../storage/atomic';
import type { FileSystem } from '../storage/file-system';
import { sampleBytesOf, type DatasetColumn, type DatasetManifest, type Shard } from './dataset-manifest';
import { countRepeats, type RepeatedSamples } from './repeated-samples';

export interface DatasetDescription {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly licence: string;
  readonly classes: readonly string[];
  /** What the numbers of i32 samples stand for, from 0 on; empty for others. */
  readonly symbols: readonly string[];
}

/** What all samples have in common. */
export interface SampleForm {
  readonly sampleShape: Shape;
  readonly sampleType: 'u8' | 'f32' | 'i32';
  /** Of the labels of one sample: [] for one. */
  readonly labelShape: Shape;
  /** f32 for numbers, i32 for classes. */
  readonly labelType: 'i32' | 'f32';
}

/** Some samples, in the order of the table. Arrays may be used again once `add` has returned. */
export interface SampleBatch {
  readonly values: Uint8Array | Float32Array | Int32Array;
  readonly labels: Int32Array | Float32Array;
  readonly positions: Uint32Array;
  /** Of their sources; with all samples of a data set, or with none. */
  readonly names?: readonly string[];
}

/** What is known once all samples are there. */
export interface DatasetEnd {
  /** One code a sample. */
  readonly splits: Uint8Array;
  readonly description: DatasetDescription;
  readonly targetNames?: readonly string[];
  readonly columns?: readonly DatasetColumn[];
  readonly options?: unknown;
  /** Where somebody looked for them. */
  readonly repeats?: RepeatedSamples;
}

export interface DatasetWriter {
  readonly count: number;
  add(batch: SampleBatch): Promise<void>;
  /** Brings everything to the disk, the manifest last. */
  finish(end: DatasetEnd): Promise<DatasetManifest>;
  /** Closes what is open; the folder is the caller's to remove. */
  abandon(): Promise<void>;
}

/** Bytes; a reader takes a shard at a time. */
const shardBytes = 64 * 1024 * 1024;
const pieceBytes = 1024 * 1024;

export const bytesOf = (array: Uint8Array | Float32Array | Int32Array | Uint32Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** One file, or one after another of at most `limit` bytes in rows of `rowBytes`. Small pieces are gathered before they are written. */
function createShards(
  fileSystem: FileSystem,
  nameOf: (index: number) => string,
  path: (file: string) => string,
  rowBytes: number,
  limit: number,
) {
  const finished: Shard[] = [];
  let current: { readonly file: string; readonly target: NewFile; readonly hash: ReturnType<typeof createHash>; bytes: number } | null =
    null;
  const room = new Uint8Array(pieceBytes);
  let waiting = 0;
  const capacity = limit === Infinity ? Infinity : Math.max(1, Math.floor(limit / rowBytes)) * rowBytes;

  const write = async (piece: Uint8Array): Promise<void> => {
    for (let from = 0; from < piece.length;) {
      if (current === null) {
        const file = nameOf(finished.length);
        const hash = createHash('sha256');
        current = {
          file,
          hash,
          bytes: 0,
          target: await openNewFile(fileSystem, path(file), { watch: (bytes) => void hash.update(bytes) }),
        };
      }
      const to = Math.min(piece.length, from + capacity - current.bytes);
      await current.target.add(piece.subarray(from, to));
      current.bytes += to - from;
      from = to;
      if (current.bytes === capacity) await close();
    }
  };
  const close = async (): Promise<void> => {
    if (current === null) return;
    const { file, target, hash } = current;
    current = null;
    const bytes = await target.finish();
    finished.push({ file, bytes, sha256: hash.digest('hex') });
  };
  const flush = async (): Promise<void> => {
    const piece = room.subarray(0, waiting);
    waiting = 0;
    await write(piece);
  };
  return {
    add: async (bytes: Uint8Array): Promise<void> => {
      if (waiting + bytes.length > room.length) await flush();
      if (bytes.length > room.length) {
        await write(bytes);
        return;
      }
      room.set(bytes, waiting);
      waiting += bytes.length;
    },
    finish: async (): Promise<readonly Shard[]> => {
      await flush();
      await close();
      return finished;
    },
    abandon: async (): Promise<void> => {
      await current?.target.abandon();
      current = null;
    },
  };
}

/** Writes one whole file; for what is small and known at once. */
export async function writeShard(fileSystem: FileSystem, folder: string, file: string, bytes: Uint8Array): Promise<Shard> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { file, bytes: await writeNewFile(fileSystem, join(folder, file), bytes), sha256 };
}

/** Begins a data set in an empty folder. Sizes of batches that do not fit the form are bugs: a RangeError. */
export function createDatasetWriter(fileSystem: FileSystem, folder: string, form: SampleForm): DatasetWriter {
  const { sampleShape, sampleType, labelShape, labelType } = form;
  const revision = 1;
  const path = (file: string): string => join(folder, file);
  const sampleBytes = sampleBytesOf({ sampleShape: [...sampleShape], sampleType });
  const labelBytes = 4 * sizeOf(labelShape);
  const samples = createShards(fileSystem, (index) => `samples-${String(index)}.${sampleType}`, path, sampleBytes, shardBytes);
  const labels = createShards(fileSystem, (index) => labelsName(revision, index, labelType), path, labelBytes, shardBytes);
  const positions = createShards(fileSystem, () => 'positions.u32', path, 4, Infinity);
  const names = createShards(fileSystem, () => 'names.jsonl', path, 1, Infinity);
  const encoder = new TextEncoder();
  let count = 0;
  let named = 0;
  const one = async ([shard]: readonly Shard[], file: string): Promise<Shard> =>
    shard ?? (await writeShard(fileSystem, folder, file, new Uint8Array(0)));

  return {
    get count() {
      return count;
    },
    add: async (batch) => {
      const added = batch.positions.length;
      if (batch.values.byteLength !== added * sampleBytes || batch.labels.byteLength !== added * labelBytes)
        throw new RangeError(`${String(added)} samples of other sizes than those of the data set`);
      await samples.add(bytesOf(batch.values));
      await labels.add(bytesOf(batch.labels));
      await positions.add(bytesOf(batch.positions));
      if (batch.names !== undefined) {
        await names.add(encoder.encode(batch.names.map((name) => `${JSON.stringify(name)}\n`).join('')));
        named += batch.names.length;
      }
      count += added;
    },
    finish: async ({ splits, description, targetNames = [], columns = [], options = null, repeats }) => {
      const counts = countSplits(splits);
      if (counts === null || splits.length !== count || (named !== 0 && named !== count))
        throw new RangeError('the splits or names are not those of the samples');
      const { id, name, source, licence, classes, symbols } = description;
      const manifest: DatasetManifest = {
        format: 'hebb-dataset',
        version: 2,
        revision,
        ...{ id, name, source, licence },
        sampleShape: [...sampleShape],
        sampleType,
        labelShape: [...labelShape],
        classes: [...classes],
        targetNames: [...targetNames],
        symbols: [...symbols],
        columns: [...columns],
        count,
        samples: [...(await samples.finish())],
        labels: [...(await labels.finish())],
        splits: await writeShard(fileSystem, folder, splitsName(revision), splits),
        positions: await one(await positions.finish(), 'positions.u32'),
        names: named === 0 ? null : await one(await names.finish(), 'names.jsonl'),
        counts,
        repeats:
          repeats === undefined
            ? null
            : {
                step: repeats.step,
                shard: await writeShard(fileSystem, folder, 'repeats.u32', bytesOf(repeats.pairs)),
                ...countRepeats(repeats, splits),
              },
        history: [],
        options,
      };
      await writeNewFile(fileSystem, path('manifest.json'), encoder.encode(`${JSON.stringify(manifest, null, 2)}\n`));
      return manifest;
    },
    abandon: async () => {
      for (const shards of [samples, labels, positions, names]) await shards.abandon();
    },
  };
}

/** Files that an edit writes anew carry its revision. */
export const labelsName = (revision: number, index: number, type: 'i32' | 'f32'): string =>
  `labels-${String(revision)}-${String(index)}.${type}`;
export const splitsName = (revision: number): string => `splits-${String(revision)}.u8`;
