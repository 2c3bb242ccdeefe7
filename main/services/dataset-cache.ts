/**
 * A data set as it is kept: a folder with manifest.json and raw little-endian shards. Made once and whole, checked when
 * opened. It knows no source format.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { splitCodes, splitNames, type SplitName } from '../../compute/graph/sample-splits';
import { sizeOf, type Shape } from '../../compute/graph/tensor';
import { createFolder } from '../storage/atomic';
import { readPieces, statusOrNull, type FileSystem } from '../storage/file-system';
import { datasetManifestSchema, isConsistent, shardsOf, type DatasetManifest, type Shard } from './dataset-manifest';
import { createDatasetWriter, type DatasetDescription, type DatasetWriter, type SampleForm } from './dataset-writer';
import type { Progress } from './jobs';
import { readJsonAs } from './json-file';
import { ServiceError } from './service-error';

/** Samples in memory: bytes or numbers, one after the other, each with its labels. */
export interface SampleTable {
  readonly sampleShape: Shape;
  /** Of the labels of one sample: [] for one class. */
  readonly labelShape: Shape;
  readonly values: Uint8Array | Float32Array | Int32Array;
  readonly labels: Int32Array | Float32Array;
}

/** Some samples of a table, in order. */
export interface SamplePart {
  readonly table: SampleTable;
  readonly positions: Uint32Array;
}

export type SampleParts = Readonly<Record<SplitName, SamplePart>>;

export const formOf = ({ sampleShape, labelShape, values, labels }: SampleTable): SampleForm => ({
  sampleShape,
  sampleType: values instanceof Uint8Array ? 'u8' : values instanceof Int32Array ? 'i32' : 'f32',
  labelShape,
  labelType: labels instanceof Int32Array ? 'i32' : 'f32',
});

/** Samples that go to the writer at once. */
const batchBytes = 4 * 1024 * 1024;

/**
 * Makes the folder whole; the name must be free. `fill` adds samples and finishes; every shard is then read back before the
 * folder takes its name.
 */
export async function createDataset(
  fileSystem: FileSystem,
  folder: string,
  form: SampleForm,
  fill: (writer: DatasetWriter) => Promise<DatasetManifest>,
  progress: Progress,
): Promise<DatasetManifest> {
  return await createFolder(fileSystem, folder, async (temporary) => {
    const writer = createDatasetWriter(fileSystem, temporary, form);
    try {
      const manifest = await fill(writer);
      progress.report(0.9, 'checking');
      await verifyDataset(fileSystem, temporary, manifest);
      return manifest;
    } finally {
      await writer.abandon();
    }
  });
}

/** The tables of the parts one after another, each once: its first place among all samples, and the split of every sample. */
function tablesOf(parts: SampleParts): { readonly tables: ReadonlyMap<SampleTable, number>; readonly splits: Uint8Array } {
  const tables = new Map<SampleTable, number>();
  let count = 0;
  for (const split of splitNames) {
    const { table } = parts[split];
    if (tables.has(table)) continue;
    tables.set(table, count);
    count += table.values.length / sizeOf(table.sampleShape);
  }
  const splits = new Uint8Array(count).fill(splitCodes.excluded);
  for (const split of splitNames) {
    const { table, positions } = parts[split];
    const first = tables.get(table) ?? 0;
    for (const position of positions) splits[first + position] = splitCodes[split];
  }
  return { tables, splits };
}

/** Writes a data set that is in memory: its tables one after another, in their order. */
export async function writeDataset(
  fileSystem: FileSystem,
  folder: string,
  description: DatasetDescription & { readonly targetNames?: readonly string[] },
  parts: SampleParts,
  progress: Progress,
): Promise<DatasetManifest> {
  const form = formOf(parts.train.table);
  const { tables, splits } = tablesOf(parts);
  const { targetNames = [] } = description;
  return await createDataset(
    fileSystem,
    folder,
    form,
    async (writer) => {
      for (const [table, first] of tables) {
        const size = sizeOf(table.sampleShape);
        const labelSize = sizeOf(table.labelShape);
        const count = table.values.length / size;
        const step = Math.max(1, Math.floor(batchBytes / (size * table.values.BYTES_PER_ELEMENT)));
        for (let from = 0; from < count; from += step) {
          const to = Math.min(count, from + step);
          await writer.add({
            values: table.values.subarray(from * size, to * size),
            labels: table.labels.subarray(from * labelSize, to * labelSize),
            positions: Uint32Array.from({ length: to - from }, (_, index) => first + from + index),
          });
          progress.report((0.9 * (first + to)) / splits.length, 'writing');
        }
      }
      return await writer.finish({ splits, description, targetNames });
    },
    progress,
  );
}

/** Throws dataset.damaged with the file that differs from the manifest. */
export async function verifyDataset(fileSystem: FileSystem, folder: string, manifest: DatasetManifest): Promise<void> {
  for (const shard of shardsOf(manifest)) await verifyShard(fileSystem, folder, manifest.name, shard);
}

/** Throws dataset.damaged where the file is not what is said of it. */
export async function verifyShard(fileSystem: FileSystem, folder: string, dataset: string, { file, bytes, sha256 }: Shard): Promise<void> {
  const path = join(folder, file);
  const status = await statusOrNull(fileSystem, path);
  const hash = createHash('sha256');
  if (status?.size === bytes) for await (const piece of readPieces(fileSystem, path)) hash.update(piece);
  if (status?.size !== bytes || hash.digest('hex') !== sha256) throw new ServiceError('dataset.damaged', { dataset, file });
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
  if (manifest !== null) await verifyDataset(fileSystem, folder, manifest);
  return manifest;
}
