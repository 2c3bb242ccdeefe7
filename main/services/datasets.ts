/** Data sets: the bundled ones, made ready on first use, and those that a person imported. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { splitNames } from '../../compute/graph/sample-splits';
import { sameShape } from '../../compute/graph/tensor';
import type { ContractResponse } from '../contract/contract';
import { removeFolder, removeOrphans } from '../storage/atomic';
import { readFile, statusOrNull, systemErrorCode, type FileSystem } from '../storage/file-system';
import type { BundledDataset } from './bundled/bundled-dataset';
import { bundledDatasets } from './bundled/registry';
import type { Context } from './context';
import type { DataFiles } from './data-files';
import { openDatasetFolder, readManifest, writeDataset } from './dataset-cache';
import type { DatasetManifest, Shard } from './dataset-manifest';
import { migrateDataset, readFormerManifest, settleMigration } from './dataset-migration';
import { bundledSummaries, summarise, summariseFormer, type DatasetSummary } from './dataset-summaries';
import type { Jobs, Progress } from './jobs';
import type { Places } from './places';
import { ServiceError } from './service-error';

type Dataset = ContractResponse<'datasets.open'>;
type Store = Pick<Context, 'fileSystem' | 'places'>;

export interface OpenDataset {
  readonly folder: string;
  readonly manifest: DatasetManifest;
}

export const datasetIdentifier = /^[a-z0-9][a-z0-9-]{0,79}$/;
const folderOf = (places: Places, id: string): string => join(bundledDatasets.has(id) ? places.cache : places.data, 'datasets', id);

/**
 * A data set ready to be read: its folder and its manifest, every shard checked. A bundled one is made if need be.
 * Errors: dataset.unknown, dataset.damaged, dataset.package-missing, and those of the disk.
 */
export async function openDataset({ fileSystem, places }: Store, id: string, progress: Progress): Promise<OpenDataset> {
  if (!datasetIdentifier.test(id)) throw new ServiceError('dataset.unknown', { dataset: id });
  const folder = folderOf(places, id);
  const bundled = bundledDatasets.get(id);
  if (bundled === undefined) {
    await settleMigration(fileSystem, folder);
    const former = await readFormerManifest(fileSystem, folder);
    if (former !== null) await migrateDataset(fileSystem, folder, former, progress);
    const manifest = await openDatasetFolder(fileSystem, folder);
    if (manifest === null) throw new ServiceError('dataset.unknown', { dataset: id });
    return { folder, manifest };
  }
  const ready = await openDatasetFolder(fileSystem, folder).catch((error: unknown) => {
    // A cache can be made again.
    if (error instanceof ServiceError && error.code === 'dataset.damaged') return null;
    throw error;
  });
  // One that another version of Hebb made may be of other samples.
  if (ready !== null && isOf(bundled, ready)) return { folder, manifest: ready };
  if ((await statusOrNull(fileSystem, folder)) !== null) await removeFolder(fileSystem, folder);
  await fileSystem.createFolder(join(places.cache, 'datasets'));
  await removeOrphans(fileSystem, join(places.cache, 'datasets'));
  try {
    const manifest = await writeDataset(fileSystem, folder, bundled, await bundled.read(fileSystem, progress), progress);
    return { folder, manifest };
  } catch (error) {
    // Another process was faster.
    const code = systemErrorCode(error);
    const other = code === 'EEXIST' || code === 'ENOTEMPTY' ? await openDatasetFolder(fileSystem, folder) : null;
    if (other === null) throw error;
    return { folder, manifest: other };
  }
}

export const newIdFor = (name: string): string => `${slugOf(name)}-${randomBytes(4).toString('hex')}`;

const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40) || 'data';

/** Reads a file whole for a reader of bytes. Errors: those of the disk, idx.file-too-large. */
export async function readSource(fileSystem: FileSystem, path: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(fileSystem, path);
    if (bytes === null) throw new ServiceError('disk.missing', { path });
    return bytes;
  } catch (error) {
    if (error instanceof RangeError) throw new ServiceError('idx.file-too-large', { maximum: 2 ** 31 }, error.message);
    throw error;
  }
}

/** Whether the samples are those that the bundled data set announces. */
const isOf = ({ sampleShape, counts, classes }: BundledDataset, manifest: DatasetManifest): boolean =>
  sameShape(sampleShape, manifest.sampleShape) &&
  classes.join('\n') === manifest.classes.join('\n') &&
  splitNames.every((split) => counts[split] === manifest.counts[split]);

async function summaryOf(fileSystem: FileSystem, folder: string): Promise<DatasetSummary | null> {
  const former = await readFormerManifest(fileSystem, folder);
  if (former !== null) return summariseFormer(former);
  const manifest = await readManifest(fileSystem, folder);
  return manifest === null ? null : summarise(manifest, false);
}

const unsettled = async (fileSystem: FileSystem, imported: string): Promise<string[]> =>
  (await statusOrNull(fileSystem, imported)) === null
    ? []
    : (await fileSystem.list(imported)).flatMap(({ name }) => /^(.+)\.version-1$/.exec(name)?.[1] ?? []);

/** The bundled ones, then a person's own by name; those that cannot be read are left out. Errors: disk.*. */
export async function listDatasets(fileSystem: FileSystem, places: Places): Promise<DatasetSummary[]> {
  const imported = join(places.data, 'datasets');
  const found: DatasetSummary[] = [];
  if ((await statusOrNull(fileSystem, imported)) !== null) {
    await removeOrphans(fileSystem, imported);
    for (const { name, isFolder } of await fileSystem.list(imported)) {
      if (!isFolder || !datasetIdentifier.test(name) || bundledDatasets.has(name)) continue;
      const summary = await summaryOf(fileSystem, join(imported, name)).catch(() => null);
      if (summary !== null) found.push(summary);
    }
  }
  return [...(await bundledSummaries(fileSystem)), ...found.sort((a, b) => a.name.localeCompare(b.name))];
}

export interface Datasets {
  list(): Promise<DatasetSummary[]>;
  open(id: string): Promise<Dataset>;
  /** Does something with an open data set while nothing else is done with it. */
  withOpen<Value>(id: string, work: (dataset: OpenDataset) => Promise<Value>): Promise<Value>;
  /** Its shards are checked again when it is opened next. */
  forget(id: string): void;
}

export function createDatasets(context: Context, jobs: Jobs, dataFiles: DataFiles): Datasets {
  const { fileSystem, places } = context;
  const imported = join(places.data, 'datasets');
  /** Those whose shards were checked by this process. */
  const opened = new Map<string, OpenDataset>();

  const open = async (id: string): Promise<OpenDataset> => {
    const known = opened.get(id);
    // Read again only the manifest: the shards were checked before.
    const manifest = known === undefined ? null : await readManifest(fileSystem, known.folder).catch(() => null);
    if (known !== undefined && manifest !== null) return { folder: known.folder, manifest };
    opened.delete(id);
    const dataset = await jobs.run(`dataset:${id}`, (progress) => openDataset(context, id, progress));
    opened.set(id, dataset);
    return dataset;
  };

  return {
    list: async () => {
      // What a migration that was ended has left under another name gets its own back.
      for (const id of await unsettled(fileSystem, imported))
        await context.inTurn(`dataset:${id}`, () => settleMigration(fileSystem, join(imported, id)));
      return await listDatasets(fileSystem, places);
    },

    open: (id) =>
      context.inTurn(`dataset:${id}`, async () => {
        const { folder, manifest } = await open(id);
        const { samples, labels, splits, names } = manifest;
        const offered = [...samples, ...labels, splits, ...(names === null ? [] : [names])];
        const urls = dataFiles.offer(`dataset:${id}`, new Map(offered.map(({ file }) => [file, join(folder, file)])));
        const source = ({ file, bytes }: Shard) => ({ url: urls.get(file) ?? '', bytes });
        return {
          ...summarise(manifest, bundledDatasets.has(id)),
          count: manifest.count,
          sampleShards: samples.map(source),
          labelShards: labels.map(source),
          splitUrl: source(splits).url,
          namesUrl: names === null ? null : source(names).url,
        };
      }),

    withOpen: (id, work) => context.inTurn(`dataset:${id}`, async () => await work(await open(id))),
    forget: (id) => void opened.delete(id),
  };
}
