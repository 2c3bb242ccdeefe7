/**
 * A data set as it is kept: a folder with manifest.json and raw little-endian shards, one set of them a split. Made once
 * and whole, checked when opened. It knows no source format.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { sizeOf, type Shape } from '../../compute/graph/tensor';
import { createFolder, writeNewFile } from '../storage/atomic';
import { readPieces, statusOrNull, type FileSystem } from '../storage/file-system';
import type { Progress } from './jobs';
import { readJsonAs } from './json-file';
import { ServiceError } from './service-error';

export const splitNames = ['train', 'validation', 'test'] as const;
export type SplitName = (typeof splitNames)[number];

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const shardSchema = v.object({
  file: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,60}\.(u8|f32|i32)$/)),
  bytes: whole,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});
const splitSchema = v.object({
  count: whole,
  samples: v.array(shardSchema),
  labels: v.array(shardSchema),
  /** Where each sample stands in its source, counted from 0. */
  positions: v.array(shardSchema),
});

export const datasetManifestSchema = v.object({
  format: v.literal('hebb-dataset'),
  version: v.literal(1),
  id: v.string(),
  name: v.string(),
  source: v.string(),
  licence: v.string(),
  sampleShape: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(1))), v.minLength(1)),
  sampleType: v.picklist(['u8', 'f32', 'i32']),
  /** Of the labels of one sample; [] for one label. */
  labelShape: v.optional(v.array(v.pipe(v.number(), v.integer(), v.minValue(1))), []),
  classes: v.array(v.string()),
  /** What the numbers of i32 samples stand for. */
  symbols: v.optional(v.array(v.string()), []),
  splits: v.object({ train: splitSchema, validation: splitSchema, test: splitSchema }),
});
export type DatasetManifest = v.InferOutput<typeof datasetManifestSchema>;
type Shard = v.InferOutput<typeof shardSchema>;

/** Samples in memory: bytes or numbers, one after the other, each with its labels. */
export interface SampleTable {
  readonly sampleShape: Shape;
  /** Of the labels of one sample: [] for one class. */
  readonly labelShape: Shape;
  readonly values: Uint8Array | Float32Array | Int32Array;
  readonly labels: Int32Array;
}

/** Some samples of a table, in order. */
export interface SamplePart {
  readonly table: SampleTable;
  readonly positions: Uint32Array;
}

export interface DatasetDescription {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly licence: string;
  readonly classes: readonly string[];
  /** What the numbers of i32 samples stand for, from 0 on; empty for others. */
  readonly symbols: readonly string[];
}

/** Bytes; a reader takes a shard at a time. */
const shardBytes = 64 * 1024 * 1024;
const pieceBytes = 4 * 1024 * 1024;

const bytesOf = (array: Uint8Array | Float32Array | Int32Array | Uint32Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

export const typeOfValues = (values: SampleTable['values']): 'u8' | 'f32' | 'i32' =>
  values instanceof Uint8Array ? 'u8' : values instanceof Int32Array ? 'i32' : 'f32';

/** All labels of the samples of a part, in order. */
export function gatherLabels({ table, positions }: SamplePart): Int32Array {
  const width = sizeOf(table.labelShape);
  const gathered = new Int32Array(positions.length * width);
  positions.forEach((position, index) => {
    gathered.set(table.labels.subarray(position * width, (position + 1) * width), index * width);
  });
  return gathered;
}

/** The samples at positions `from` … `to` − 1 of the part, as bytes. */
function gatherSamples({ table, positions }: SamplePart, from: number, to: number): Uint8Array {
  const width = sizeOf(table.sampleShape) * table.values.BYTES_PER_ELEMENT;
  const source = bytesOf(table.values);
  const gathered = new Uint8Array((to - from) * width);
  for (let index = from; index < to; index++) {
    const position = positions[index] ?? 0;
    gathered.set(source.subarray(position * width, (position + 1) * width), (index - from) * width);
  }
  return gathered;
}

/** Writes the folder whole; the name must be free. Every shard is read back before the folder takes its name. */
export async function writeDataset(
  fileSystem: FileSystem,
  folder: string,
  description: DatasetDescription,
  parts: Readonly<Record<SplitName, SamplePart>>,
  progress: Progress,
): Promise<DatasetManifest> {
  const { sampleShape, labelShape, values } = parts.train.table;
  const sampleType = typeOfValues(values);
  const { id, name, source, licence, classes, symbols } = description;
  const width = sizeOf(sampleShape) * values.BYTES_PER_ELEMENT;
  const total = splitNames.reduce((sum, split) => sum + parts[split].positions.length, 0);
  let done = 0;

  return await createFolder(fileSystem, folder, async (temporary) => {
    const writeShard = async (file: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Shard> => {
      const hash = createHash('sha256');
      const bytes = await writeNewFile(fileSystem, join(temporary, file), content, { watch: (piece) => void hash.update(piece) });
      return { file, bytes, sha256: hash.digest('hex') };
    };
    const writeSplit = async (split: SplitName): Promise<DatasetManifest['splits']['train']> => {
      const part = parts[split];
      const count = part.positions.length;
      const samplesPerShard = Math.max(1, Math.floor(shardBytes / width));
      const samplesPerPiece = Math.max(1, Math.floor(pieceBytes / width));
      const samples: Shard[] = [];
      for (let start = 0; start < count; start += samplesPerShard) {
        const end = Math.min(count, start + samplesPerShard);
        // Pieces are made as they are written, so that a large data set is never held twice.
        // eslint-disable-next-line @typescript-eslint/require-await
        const pieces = async function* (): AsyncGenerator<Uint8Array> {
          for (let from = start; from < end; from += samplesPerPiece) {
            const to = Math.min(end, from + samplesPerPiece);
            yield gatherSamples(part, from, to);
            done += to - from;
            progress.report((0.9 * done) / total, 'writing');
          }
        };
        samples.push(await writeShard(`${split}-samples-${String(samples.length)}.${sampleType}`, pieces()));
      }
      const labels = gatherLabels(part);
      return {
        count,
        samples,
        labels: [await writeShard(`${split}-labels-0.i32`, bytesOf(labels))],
        positions: [await writeShard(`${split}-positions-0.i32`, bytesOf(part.positions))],
      };
    };
    const splits = { train: await writeSplit('train'), validation: await writeSplit('validation'), test: await writeSplit('test') };
    const manifest: DatasetManifest = {
      format: 'hebb-dataset',
      version: 1,
      ...{ id, name, source, licence },
      classes: [...classes],
      symbols: [...symbols],
      sampleShape: [...sampleShape],
      sampleType,
      labelShape: [...labelShape],
      splits,
    };
    progress.report(0.9, 'checking');
    await writeNewFile(fileSystem, join(temporary, 'manifest.json'), new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`));
    await verifyShards(fileSystem, temporary, manifest);
    return manifest;
  });
}

const shardsOf = (manifest: DatasetManifest): readonly Shard[] =>
  splitNames.flatMap((split) => [...manifest.splits[split].samples, ...manifest.splits[split].labels, ...manifest.splits[split].positions]);

/** Throws dataset.damaged with the file that differs from the manifest. */
async function verifyShards(fileSystem: FileSystem, folder: string, manifest: DatasetManifest): Promise<void> {
  for (const { file, bytes, sha256 } of shardsOf(manifest)) {
    const path = join(folder, file);
    const status = await statusOrNull(fileSystem, path);
    const hash = createHash('sha256');
    if (status?.size === bytes) for await (const piece of readPieces(fileSystem, path)) hash.update(piece);
    if (status?.size !== bytes || hash.digest('hex') !== sha256)
      throw new ServiceError('dataset.damaged', { dataset: manifest.name, file });
  }
}

/** The sizes that the manifest claims must be those that shape, type and counts ask for. */
function isConsistent({ sampleShape, sampleType, labelShape, splits }: DatasetManifest): boolean {
  const width = sizeOf(sampleShape) * (sampleType === 'u8' ? 1 : 4);
  const sum = (shards: readonly Shard[]): number => shards.reduce((bytes, shard) => bytes + shard.bytes, 0);
  return splitNames.every((split) => {
    const { count, samples, labels, positions } = splits[split];
    return (
      samples.every(({ bytes }) => bytes % width === 0) &&
      sum(samples) === count * width &&
      sum(labels) === count * 4 * sizeOf(labelShape) &&
      sum(positions) === count * 4
    );
  });
}

/** Null if there is no such data set here; throws dataset.damaged for one that is not what its manifest says. */
export async function readManifest(fileSystem: FileSystem, folder: string): Promise<DatasetManifest | null> {
  const file = await readJsonAs(fileSystem, join(folder, 'manifest.json'), datasetManifestSchema);
  if (file.state === 'missing') return null;
  if (file.state === 'broken' || !isConsistent(file.value))
    throw new ServiceError('dataset.damaged', { dataset: folder, file: 'manifest.json' });
  return file.value;
}

/** The manifest, after every shard was read and compared with it. */
export async function openDatasetFolder(fileSystem: FileSystem, folder: string): Promise<DatasetManifest | null> {
  const manifest = await readManifest(fileSystem, folder);
  if (manifest !== null) await verifyShards(fileSystem, folder, manifest);
  return manifest;
}
