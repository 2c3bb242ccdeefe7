/** Samples that come one at a time, drawn or from a camera, into a data set of bytes: a new one, or one that grows. */
import { join } from 'node:path';
import { countSplits } from '../../compute/graph/sample-splits';
import { sameShape, sizeOf } from '../../compute/graph/tensor';
import type { ContractRequest } from '../contract/contract';
import { readFile } from '../storage/file-system';
import type { Context } from './context';
import { createDataset } from './dataset-cache';
import { checkOwn, readLabels, readShard, replaceManifest, writeEdited } from './dataset-edits';
import type { DatasetManifest } from './dataset-manifest';
import { drawSplits } from './dataset-splits';
import { summarise, type DatasetSummary } from './dataset-summaries';
import { bytesOf, labelsName, splitsName } from './dataset-writer';
import { newIdFor, type Datasets, type OpenDataset } from './datasets';
import { noProgress } from './jobs';
import { ServiceError } from './service-error';
import type { Uploads } from './uploads';

/** Bytes; smaller last shards are joined with what comes. */
const smallShard = 4 * 1024 * 1024;
const largestAppend = 256 * 1024 * 1024;
type Request = ContractRequest<'datasets.append'>;

export function createDatasetAppend(context: Context, datasets: Datasets, uploads: Uploads) {
  const { fileSystem, places } = context;

  const create = async ({ name, sampleShape, classes, labels, splits }: Request, values: Uint8Array): Promise<DatasetSummary> => {
    const id = newIdFor(name);
    const imported = join(places.data, 'datasets');
    await fileSystem.createFolder(imported);
    const manifest = await createDataset(
      fileSystem,
      join(imported, id),
      { sampleShape, sampleType: 'u8', labelShape: [], labelType: 'i32' },
      async (writer) => {
        await writer.add({
          values,
          labels: Int32Array.from(labels),
          positions: Uint32Array.from(labels, (_, index) => index),
        });
        return await writer.finish({
          splits: drawSplits(labels.length, splits, { groups: labels }),
          description: { id, name, source: 'drawn', licence: 'unknown', classes, symbols: [] },
        });
      },
      noProgress,
    );
    return summarise(manifest, false);
  };

  const extend = async (dataset: OpenDataset, request: Request, values: Uint8Array): Promise<DatasetSummary> => {
    const { folder, manifest } = dataset;
    const { sampleShape, labels, splits: shares } = request;
    if (manifest.sampleType !== 'u8' || !sameShape(manifest.sampleShape, sampleShape))
      throw new ServiceError('dataset.other-shape', {
        dataset: manifest.name,
        expected: manifest.sampleShape.join('×'),
        actual: sampleShape.join('×'),
      });
    const revision = manifest.revision + 1;
    const classes = [...new Set([...manifest.classes, ...request.classes])];
    const numbers = request.classes.map((name) => classes.indexOf(name));
    const before = await readLabels(fileSystem, dataset);
    const count = manifest.count + labels.length;
    const allLabels = new Int32Array(count);
    allLabels.set(before);
    allLabels.set(
      labels.map((label) => numbers[label] ?? 0),
      manifest.count,
    );
    const splits = new Uint8Array(count);
    splits.set(await readShard(fileSystem, dataset, manifest.splits));
    // Lots of their own for each revision: else the first of every few that are added would always be trained on.
    splits.set(drawSplits(labels.length, { ...shares, seed: (shares.seed + revision) >>> 0 }, { groups: labels }), manifest.count);
    const positions = new Uint32Array(count);
    positions.set(new Uint32Array((await readShard(fileSystem, dataset, manifest.positions)).buffer));
    labels.forEach((_, index) => void (positions[manifest.count + index] = manifest.count + index));
    const write = (file: string, bytes: Uint8Array) => writeEdited(fileSystem, folder, file, bytes);
    // A last shard that is small is written anew with what comes, or there would soon be thousands of them.
    const last = manifest.samples.at(-1);
    const joins = last !== undefined && last.bytes + values.length <= smallShard;
    const kept = joins ? manifest.samples.slice(0, -1) : manifest.samples;
    const head = joins ? await readShard(fileSystem, dataset, last) : new Uint8Array(0);
    const shard = new Uint8Array(head.length + values.length);
    shard.set(head);
    shard.set(values, head.length);
    const names = manifest.names === null ? null : Buffer.from(await readShard(fileSystem, dataset, manifest.names));
    const next: DatasetManifest = {
      ...manifest,
      revision,
      classes,
      count,
      counts: countSplits(splits) ?? manifest.counts,
      samples: [...kept, await write(`samples-${String(kept.length)}-${String(revision)}.u8`, shard)],
      labels: [await write(labelsName(revision, 0, 'i32'), bytesOf(allLabels))],
      splits: await write(splitsName(revision), splits),
      positions: await write(`positions-${String(revision)}.u32`, bytesOf(positions)),
      names:
        names === null
          ? null
          : await write(
              `names-${String(revision)}.jsonl`,
              Buffer.concat([names, Buffer.from(labels.map((label) => `${JSON.stringify(request.classes[label])}\n`).join(''))]),
            ),
      // Earlier revisions know nothing of the new samples.
      history: [],
    };
    return await replaceManifest(fileSystem, folder, next);
  };

  /** Errors: upload.missing, upload.incomplete, dataset.unknown, dataset.changed, dataset.bundled, dataset.other-shape, dataset.no-labels, disk.*. */
  return async (request: Request): Promise<DatasetSummary> => {
    try {
      const { name, path, size } = uploads.get(request.samples);
      const expected = request.labels.length * sizeOf(request.sampleShape);
      if (expected > largestAppend) throw new ServiceError('upload.too-long', { name, maximum: largestAppend });
      const values = size === expected ? await readFile(fileSystem, path, expected) : null;
      if (values?.length !== expected) throw new ServiceError('upload.incomplete', { name, expected, actual: size });
      const { id, classes, labels } = request;
      const strange = labels.find((label) => label >= classes.length);
      if (strange !== undefined)
        throw new ServiceError('dataset.no-class', { dataset: request.name, label: strange, classes: classes.length });
      if (new Set(classes).size < classes.length) throw new ServiceError('dataset.class-names', { dataset: request.name });
      if (id === null) return await create(request, values);
      return await datasets.withOpen(id, async (dataset) => {
        checkOwn(dataset);
        return await extend(dataset, request, values);
      });
    } finally {
      await uploads.discard(request.samples);
    }
  };
}
