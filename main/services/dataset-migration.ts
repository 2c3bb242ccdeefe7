/**
 * Data sets of version 1, which kept the samples of each split apart: read, and made anew as version 2 beside the old one,
 * which stays as it is until the new one stands.
 */
import { join } from 'node:path';
import * as v from 'valibot';
import { splitCodes, splitNames } from '../../compute/graph/sample-splits';
import { sizeOf } from '../../compute/graph/tensor';
import { removeFolder, syncFolder } from '../storage/atomic';
import { readFile, statusOrNull, type FileSystem } from '../storage/file-system';
import { createDataset, verifyShard } from './dataset-cache';
import { shardSchema, type Shard } from './dataset-manifest';
import type { DatasetWriter } from './dataset-writer';
import type { Progress } from './jobs';
import { readJsonAs } from './json-file';
import { ServiceError } from './service-error';

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const axes = v.array(v.pipe(v.number(), v.integer(), v.minValue(1)));
const splitSchema = v.object({
  count: whole,
  samples: v.array(shardSchema),
  labels: v.array(shardSchema),
  positions: v.array(shardSchema),
});
const manifestSchema = v.object({
  format: v.literal('hebb-dataset'),
  version: v.literal(1),
  id: v.string(),
  name: v.string(),
  source: v.string(),
  licence: v.string(),
  sampleShape: v.pipe(axes, v.minLength(1)),
  sampleType: v.picklist(['u8', 'f32', 'i32']),
  labelShape: v.optional(axes, []),
  classes: v.array(v.string()),
  symbols: v.optional(v.array(v.string()), []),
  splits: v.object({ train: splitSchema, validation: splitSchema, test: splitSchema }),
});
export type FormerManifest = v.InferOutput<typeof manifestSchema>;

/** The manifest of version 1 that stands in a folder; null for anything else. */
export async function readFormerManifest(fileSystem: FileSystem, folder: string): Promise<FormerManifest | null> {
  const file = await readJsonAs(fileSystem, join(folder, 'manifest.json'), manifestSchema);
  return file.state === 'read' ? file.value : null;
}

/** Where the old folder waits while the new one takes its name. Its dot keeps it from being taken for a data set. */
const former = (folder: string): string => `${folder}.version-1`;

/** Puts right what a migration left that was ended on its way: the old folder gets its name back, or goes if the new one stands. */
export async function settleMigration(fileSystem: FileSystem, folder: string): Promise<void> {
  if ((await statusOrNull(fileSystem, former(folder))) === null) return;
  if ((await statusOrNull(fileSystem, folder)) === null) await fileSystem.rename(former(folder), folder);
  else await removeFolder(fileSystem, former(folder));
}

/** Makes version 2 of a folder of version 1: the samples of training, then those of validation, then those of the test. Throws dataset.damaged. */
export async function migrateDataset(fileSystem: FileSystem, folder: string, old: FormerManifest, progress: Progress): Promise<void> {
  const next = `${folder}.version-2`;
  // One that an earlier attempt finished, but did not put in its place, is made again.
  if ((await statusOrNull(fileSystem, next)) !== null) await removeFolder(fileSystem, next);
  const { sampleShape, sampleType, labelShape } = old;
  await createDataset(
    fileSystem,
    next,
    { sampleShape, sampleType, labelShape, labelType: 'i32' },
    async (writer) => {
      const total = splitNames.reduce((sum, split) => sum + old.splits[split].count, 0);
      const splits = new Uint8Array(total);
      for (const split of splitNames) {
        splits.fill(splitCodes[split], writer.count, writer.count + old.splits[split].count);
        await copySplit(fileSystem, folder, old, split, writer, () => progress.report((0.9 * writer.count) / total, 'migrating'));
      }
      return await writer.finish({ splits, description: old });
    },
    progress,
  );
  await fileSystem.rename(folder, former(folder));
  await fileSystem.rename(next, folder);
  await syncFolder(fileSystem, join(folder, '..'));
  await removeFolder(fileSystem, former(folder));
}

/** Shard by shard: labels and places are small and read whole. */
async function copySplit(
  fileSystem: FileSystem,
  folder: string,
  { name, sampleShape, sampleType, labelShape, splits }: FormerManifest,
  split: (typeof splitNames)[number],
  writer: DatasetWriter,
  report: () => void,
): Promise<void> {
  const read = async (shard: Shard): Promise<Uint8Array<ArrayBuffer>> => {
    await verifyShard(fileSystem, folder, name, shard);
    const bytes = await readFile(fileSystem, join(folder, shard.file), shard.bytes);
    if (bytes?.length !== shard.bytes) throw new ServiceError('dataset.damaged', { dataset: name, file: shard.file });
    return bytes;
  };
  const { count, samples, labels, positions } = splits[split];
  const labelSize = sizeOf(labelShape);
  const width = sizeOf(sampleShape) * (sampleType === 'u8' ? 1 : 4);
  const allLabels = new Int32Array(joined(await Promise.all(labels.map(read))).buffer);
  const allPositions = new Uint32Array(joined(await Promise.all(positions.map(read))).buffer);
  const bytes = samples.reduce((sum, shard) => sum + shard.bytes, 0);
  if (bytes !== count * width || allLabels.length !== count * labelSize || allPositions.length !== count)
    throw new ServiceError('dataset.damaged', { dataset: name, file: 'manifest.json' });
  let done = 0;
  for (const shard of samples) {
    const values = await read(shard);
    const here = values.length / width;
    if (!Number.isInteger(here)) throw new ServiceError('dataset.damaged', { dataset: name, file: shard.file });
    await writer.add({
      values,
      labels: allLabels.subarray(done * labelSize, (done + here) * labelSize),
      positions: allPositions.subarray(done, done + here),
    });
    done += here;
    report();
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
