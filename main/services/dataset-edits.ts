/**
 * Edits of data sets: what changes is written anew beside what was, then the manifest takes its place at once. So an edit is
 * there whole or not at all, and one that was made for another revision is refused.
 */
import { join } from 'node:path';
import { countSplits, splitCodes } from '../../compute/graph/sample-splits';
import type { ContractRequest } from '../contract/contract';
import { createFolder, removeFolder, writeJson, writeNewFile } from '../storage/atomic';
import { readFile, readPieces, type FileSystem } from '../storage/file-system';
import { bundledDatasets } from './bundled/registry';
import { readManifest, verifyShard } from './dataset-cache';
import { shardsOf, type DatasetManifest, type Shard } from './dataset-manifest';
import { drawSplits } from './dataset-splits';
import { summarise, type DatasetSummary } from './dataset-summaries';
import { bytesOf, labelsName, splitsName, writeShard } from './dataset-writer';
import type { Context } from './context';
import { newIdFor, type Datasets, type OpenDataset } from './datasets';
import { noProgress, type Jobs, type Progress } from './jobs';
import { countRepeats, keptTogether, type RepeatedSamples } from './repeated-samples';
import { ServiceError } from './service-error';

/** Revisions that can be brought back. */
const longestHistory = 20;

export interface DatasetEdits {
  edit(request: ContractRequest<'datasets.edit'>): Promise<DatasetSummary>;
  resplit(request: ContractRequest<'datasets.resplit'>): Promise<DatasetSummary>;
  revert(request: ContractRequest<'datasets.revert'>): Promise<DatasetSummary>;
  rename(request: ContractRequest<'datasets.rename'>): Promise<DatasetSummary>;
  copy(request: ContractRequest<'datasets.copy'>): Promise<DatasetSummary>;
}

/** Throws dataset.bundled. */
export function checkOwn({ manifest: { id, name } }: OpenDataset): void {
  if (bundledDatasets.has(id)) throw new ServiceError('dataset.bundled', { dataset: name });
}

/** Whether it is as it was when the change was thought of. Throws dataset.changed. */
function checkRevision({ manifest }: OpenDataset, revision: number): void {
  if (manifest.revision !== revision) throw new ServiceError('dataset.changed', { dataset: manifest.name });
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

/** Which samples stand more than once; null where nobody looked. Throws dataset.damaged. */
async function readRepeats(fileSystem: FileSystem, dataset: OpenDataset): Promise<RepeatedSamples | null> {
  const { repeats } = dataset.manifest;
  if (repeats === null) return null;
  const { buffer } = await readShard(fileSystem, dataset, repeats.shard);
  return { step: repeats.step, pairs: new Uint32Array(buffer) };
}

/** The manifest with what its repeated samples come to by the splits as they are now. Throws dataset.damaged. */
async function withRepeats(fileSystem: FileSystem, folder: string, manifest: DatasetManifest): Promise<DatasetManifest> {
  const { repeats, splits } = manifest;
  const read = await readRepeats(fileSystem, { folder, manifest });
  if (repeats === null || read === null) return manifest;
  return { ...manifest, repeats: { ...repeats, ...countRepeats(read, await readShard(fileSystem, { folder, manifest }, splits)) } };
}

/** Puts a manifest in the place of the one that is there, then removes the files that none of its revisions needs. Throws dataset.damaged. */
export async function replaceManifest(fileSystem: FileSystem, folder: string, wanted: DatasetManifest): Promise<DatasetSummary> {
  const manifest = await withRepeats(fileSystem, folder, wanted);
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

function renamed(names: readonly string[], { name, classes }: DatasetManifest): string[] {
  if (names.length < classes.length || new Set(names).size < names.length) throw new ServiceError('dataset.class-names', { dataset: name });
  return [...names];
}

/** Names the classes of an own data set anew, more of them than there were add some. Throws dataset.class-names, dataset.unknown. */
export async function renameClasses(fileSystem: FileSystem, folder: string, names: readonly string[]): Promise<void> {
  const manifest = await readManifest(fileSystem, folder);
  if (manifest === null) throw new ServiceError('dataset.unknown', { dataset: folder });
  await replaceManifest(fileSystem, folder, { ...manifest, classes: renamed(names, manifest) });
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

  const copyOf = async ({ folder, manifest }: OpenDataset, name: string, progress: Progress): Promise<OpenDataset> => {
    const id = newIdFor(name);
    const shards = shardsOf(manifest);
    const copied: DatasetManifest = { ...manifest, id, name, revision: 1, history: [] };
    const imported = join(places.data, 'datasets');
    await fileSystem.createFolder(imported);
    await createFolder(fileSystem, join(imported, id), async (temporary) => {
      for (const [index, { file }] of shards.entries()) {
        await writeNewFile(fileSystem, join(temporary, file), readPieces(fileSystem, join(folder, file)));
        progress.report((index + 1) / shards.length, 'writing');
      }
      await writeNewFile(fileSystem, join(temporary, 'manifest.json'), new TextEncoder().encode(`${JSON.stringify(copied, null, 2)}\n`));
    });
    return { folder: join(imported, id), manifest: copied };
  };

  /** What comes with Hebb stays as it is: a copy is changed. A copy that cannot be changed as wished goes again. */
  const onCopy = async (dataset: OpenDataset, work: (dataset: OpenDataset) => Promise<DatasetSummary>): Promise<DatasetSummary> => {
    const copy = await copyOf(dataset, `${dataset.manifest.name} (2)`, noProgress);
    try {
      return await work(copy);
    } catch (error) {
      await removeFolder(fileSystem, copy.folder).catch(() => undefined);
      throw error;
    }
  };

  const editable = (id: string, revision: number, work: (dataset: OpenDataset) => Promise<DatasetSummary>): Promise<DatasetSummary> =>
    datasets.withOpen(id, async (dataset) => {
      checkRevision(dataset, revision);
      return bundledDatasets.has(id) ? await onCopy(dataset, work) : await work(dataset);
    });

  return {
    edit: ({ id, revision, edits, classes: names }) =>
      editable(id, revision, async (dataset) => {
        const { manifest } = dataset;
        const { count, name } = manifest;
        const classes = names === undefined ? manifest.classes : renamed(names, manifest);
        const splits = edits.some(({ split }) => split !== null) ? await readShard(fileSystem, dataset, manifest.splits) : null;
        const labels = edits.some(({ label }) => label !== null) ? await readLabels(fileSystem, dataset) : null;
        for (const { indices, label, split } of edits) {
          const strange = indices.find((index) => index >= count);
          if (strange !== undefined) throw new ServiceError('dataset.no-sample', { index: strange, count });
          if (label !== null && label >= classes.length)
            throw new ServiceError('dataset.no-class', { dataset: name, label, classes: classes.length });
          for (const index of indices) {
            if (splits !== null && split !== null) splits[index] = splitCodes[split];
            if (labels !== null && label !== null) labels[index] = label;
          }
        }
        return await commit(dataset, { labels, classes, ...(splits === null ? {} : { splits }) });
      }),

    resplit: ({ id, revision, validation, test, stratified, together, seed }) =>
      editable(id, revision, async (dataset) => {
        const { manifest } = dataset;
        if (validation + test >= 1) throw new ServiceError('dataset.no-training', { dataset: manifest.name });
        const before = await readShard(fileSystem, dataset, manifest.splits);
        const groups = stratified ? await readLabels(fileSystem, dataset) : null;
        const splits = drawSplits(manifest.count, { validation, test, seed }, { groups, before });
        const repeats = together ? await readRepeats(fileSystem, dataset) : null;
        return await commit(dataset, { splits: repeats === null ? splits : keptTogether(repeats, splits) });
      }),

    revert: ({ id, revision, to }) =>
      datasets.withOpen(id, async (dataset) => {
        checkOwn(dataset);
        checkRevision(dataset, revision);
        const { folder, manifest } = dataset;
        const earlier = manifest.history.find((each) => each.revision === to);
        if (earlier === undefined) throw new ServiceError('dataset.no-revision', { dataset: manifest.name, revision: to });
        const { classes, labels, splits, counts } = earlier;
        for (const shard of [...labels, splits]) await verifyShard(fileSystem, folder, manifest.name, shard);
        const next = { ...manifest, revision: manifest.revision + 1, classes, labels, splits, counts, history: remembered(manifest) };
        return await replaceManifest(fileSystem, folder, next);
      }),

    rename: ({ id, name }) =>
      datasets.withOpen(id, async (dataset) => {
        checkOwn(dataset);
        return await replaceManifest(fileSystem, dataset.folder, { ...dataset.manifest, name });
      }),

    copy: ({ id, name, job }) =>
      jobs.run(job, (progress) =>
        datasets.withOpen(id, async (dataset) => summarise((await copyOf(dataset, name, progress)).manifest, false)),
      ),
  };
}
