/**
 * Edits of data sets: what changes is written anew beside what was, then the manifest takes its place at once. So an edit is
 * there whole or not at all, and one that was made for another revision is refused.
 */
import { join } from 'node:path';
import type * as v from 'valibot';
import { countSplits, splitCodes } from '../../compute/graph/sample-splits';
import type { ContractRequest } from '../contract/contract';
import type { datasetEdit } from '../contract/dataset-edits';
import { createFolder, writeJson, writeNewFile } from '../storage/atomic';
import { readFile, readPieces, type FileSystem } from '../storage/file-system';
import { bundledDatasets } from './bundled/registry';
import { verifyShard } from './dataset-cache';
import { shardsOf, type DatasetManifest, type Shard } from './dataset-manifest';
import { drawSplits } from './dataset-splits';
import { summarise, type DatasetSummary } from './dataset-summaries';
import { bytesOf, labelsName, splitsName, writeShard } from './dataset-writer';
import type { Context } from './context';
import { newIdFor, type Datasets, type OpenDataset } from './datasets';
import type { Jobs } from './jobs';
import { ServiceError } from './service-error';

export type DatasetEdit = v.InferOutput<typeof datasetEdit>;

/** Revisions that can be brought back. */
const longestHistory = 20;

export interface DatasetEdits {
  edit(request: ContractRequest<'datasets.edit'>): Promise<DatasetSummary>;
  resplit(request: ContractRequest<'datasets.resplit'>): Promise<DatasetSummary>;
  revert(request: ContractRequest<'datasets.revert'>): Promise<DatasetSummary>;
  rename(request: ContractRequest<'datasets.rename'>): Promise<DatasetSummary>;
  copy(request: ContractRequest<'datasets.copy'>): Promise<DatasetSummary>;
}

/** One that may be changed, as it was when the change was thought of. Throws dataset.bundled, dataset.changed. */
export function checkEditable({ manifest }: OpenDataset, revision: number): void {
  const { id, name } = manifest;
  if (bundledDatasets.has(id)) throw new ServiceError('dataset.bundled', { dataset: name });
  if (manifest.revision !== revision) throw new ServiceError('dataset.changed', { dataset: name });
}

/** A file of the data set, whole. Throws dataset.damaged. */
export async function readShard(
  fileSystem: FileSystem,
  { folder, manifest }: OpenDataset,
  { file, bytes }: Shard,
): Promise<Uint8Array<ArrayBuffer>> {
  const content = await readFile(fileSystem, join(folder, file), bytes);
  if (content?.length !== bytes) throw new ServiceError('dataset.damaged', { dataset: manifest.name, file });
  return content;
}

/** Puts a manifest in the place of the one that is there, then removes the files that none of its revisions needs. */
export async function replaceManifest(fileSystem: FileSystem, folder: string, manifest: DatasetManifest): Promise<DatasetSummary> {
  await writeJson(fileSystem, join(folder, 'manifest.json'), manifest);
  const needed = new Set([
    ...shardsOf(manifest).map(({ file }) => file),
    ...manifest.history.flatMap(({ labels, splits }) => [...labels, splits].map(({ file }) => file)),
  ]);
  // What cannot be removed now goes with the next edit.
  for (const { name } of await fileSystem.list(folder).catch(() => []))
    if (/^(samples|labels|splits|positions|names)[-.]/.test(name) && !needed.has(name))
      await fileSystem.removeFile(join(folder, name)).catch(() => undefined);
  return summarise(manifest, false);
}

/** A file that an edit ended on its way has left under the name that is wanted now is removed first. */
export async function writeEdited(fileSystem: FileSystem, folder: string, file: string, bytes: Uint8Array): Promise<Shard> {
  await fileSystem.removeFile(join(folder, file)).catch(() => undefined);
  return await writeShard(fileSystem, folder, file, bytes);
}

const remembered = ({ revision, classes, labels, splits, counts, history }: DatasetManifest): DatasetManifest['history'] =>
  [{ revision, classes, labels, splits, counts }, ...history].slice(0, longestHistory);

const oneOf = (place: number, count: number): number => {
  if (place >= count) throw new ServiceError('dataset.no-sample', { index: place, count });
  return place;
};

function assign(splits: Uint8Array, { places, split }: Extract<DatasetEdit, { kind: 'assign' }>): void {
  for (const place of places) splits[oneOf(place, splits.length)] = splitCodes[split];
}

function relabel(
  labels: Int32Array,
  { places, label }: Extract<DatasetEdit, { kind: 'relabel' }>,
  { name, classes }: DatasetManifest,
): void {
  if (label >= classes.length) throw new ServiceError('dataset.no-class', { dataset: name, label, classes: classes.length });
  for (const place of places) labels[oneOf(place, labels.length)] = label;
}

function renamed(names: readonly string[], { name, classes }: DatasetManifest): string[] {
  if (names.length < classes.length || new Set(names).size < names.length) throw new ServiceError('dataset.class-names', { dataset: name });
  return [...names];
}

/** Labels as one array, for data sets with one class a sample. Throws dataset.no-labels. */
export async function readLabels(fileSystem: FileSystem, dataset: OpenDataset): Promise<Int32Array<ArrayBuffer>> {
  const { manifest } = dataset;
  if (manifest.labelShape.length > 0 || manifest.classes.length === 0)
    throw new ServiceError('dataset.no-labels', { dataset: manifest.name });
  const labels = new Int32Array(manifest.count);
  let at = 0;
  for (const shard of manifest.labels) {
    const part = new Int32Array((await readShard(fileSystem, dataset, shard)).buffer);
    labels.set(part, at);
    at += part.length;
  }
  return labels;
}

export function createDatasetEdits(context: Context, datasets: Datasets, jobs: Jobs): DatasetEdits {
  const { fileSystem, places } = context;

  /** The next revision with these labels and splits. */
  const commit = async (
    { folder, manifest }: OpenDataset,
    changes: { readonly labels?: Int32Array | null; readonly splits?: Uint8Array; readonly classes?: string[] },
  ): Promise<DatasetSummary> => {
    const revision = manifest.revision + 1;
    const { labels = null, splits = null, classes = manifest.classes } = changes;
    const next: DatasetManifest = { ...manifest, revision, classes, history: remembered(manifest) };
    if (labels !== null) next.labels = [await writeEdited(fileSystem, folder, labelsName(revision, 0, 'i32'), bytesOf(labels))];
    if (splits !== null) {
      next.splits = await writeEdited(fileSystem, folder, splitsName(revision), splits);
      next.counts = countSplits(splits) ?? manifest.counts;
    }
    if (next.counts.train === 0) throw new ServiceError('dataset.no-training', { dataset: manifest.name });
    return await replaceManifest(fileSystem, folder, next);
  };

  const editable = <Value>(id: string, revision: number, work: (dataset: OpenDataset) => Promise<Value>): Promise<Value> =>
    datasets.withOpen(id, async (dataset) => {
      checkEditable(dataset, revision);
      return await work(dataset);
    });

  return {
    edit: ({ id, revision, edits }) =>
      editable(id, revision, async (dataset) => {
        const { manifest } = dataset;
        const wants = (kind: DatasetEdit['kind']): boolean => edits.some((each) => each.kind === kind);
        const splits = wants('assign') ? await readShard(fileSystem, dataset, manifest.splits) : null;
        const labels = wants('relabel') ? await readLabels(fileSystem, dataset) : null;
        let now = manifest;
        for (const each of edits) {
          if (each.kind === 'assign' && splits !== null) assign(splits, each);
          if (each.kind === 'relabel' && labels !== null) relabel(labels, each, now);
          if (each.kind === 'classes') now = { ...now, classes: renamed(each.names, now) };
        }
        return await commit(dataset, { labels, classes: now.classes, ...(splits === null ? {} : { splits }) });
      }),

    resplit: ({ id, revision, validation, test, stratified, seed }) =>
      editable(id, revision, async (dataset) => {
        const { manifest } = dataset;
        if (validation + test >= 1) throw new ServiceError('dataset.no-training', { dataset: manifest.name });
        const before = await readShard(fileSystem, dataset, manifest.splits);
        const groups = stratified ? await readLabels(fileSystem, dataset) : null;
        return await commit(dataset, { splits: drawSplits(manifest.count, { validation, test, seed }, { groups, before }) });
      }),

    revert: ({ id, revision, to }) =>
      editable(id, revision, async (dataset) => {
        const { folder, manifest } = dataset;
        const earlier = manifest.history.find((each) => each.revision === to);
        if (earlier === undefined) throw new ServiceError('dataset.no-revision', { dataset: manifest.name, revision: to });
        const { classes, labels, splits, counts } = earlier;
        for (const shard of [...labels, splits]) await verifyShard(fileSystem, folder, manifest.name, shard);
        const next = { ...manifest, revision: manifest.revision + 1, classes, labels, splits, counts, history: remembered(manifest) };
        return await replaceManifest(fileSystem, folder, next);
      }),

    rename: ({ id, revision, name }) =>
      editable(id, revision, ({ folder, manifest }) =>
        replaceManifest(fileSystem, folder, { ...manifest, name, revision: manifest.revision + 1 }),
      ),

    copy: ({ id, name, job }) =>
      jobs.run(job, (progress) =>
        datasets.withOpen(id, async ({ folder, manifest }) => {
          const newId = newIdFor(name);
          const shards = shardsOf(manifest);
          const copied: DatasetManifest = { ...manifest, id: newId, name, revision: 1, history: [] };
          const imported = join(places.data, 'datasets');
          await fileSystem.createFolder(imported);
          await createFolder(fileSystem, join(imported, newId), async (temporary) => {
            for (const [index, { file }] of shards.entries()) {
              await writeNewFile(fileSystem, join(temporary, file), readPieces(fileSystem, join(folder, file)));
              progress.report((index + 1) / shards.length, 'writing');
            }
            await writeNewFile(
              fileSystem,
              join(temporary, 'manifest.json'),
              new TextEncoder().encode(`${JSON.stringify(copied, null, 2)}\n`),
            );
          });
          return summarise(copied, false);
        }),
      ),
  };
}
