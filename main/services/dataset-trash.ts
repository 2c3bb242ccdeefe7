/** Data sets that were removed: they wait in a folder of their own for a week, and can be restored until then. */
import { join } from 'node:path';
import { publishFolder, removeFolder, syncFolder } from '../storage/atomic';
import { statusOrNull } from '../storage/file-system';
import { bundledDatasets } from './bundled/registry';
import type { Context } from './context';
import { readManifest } from './dataset-cache';
import { summarise, type DatasetSummary } from './dataset-summaries';
import { datasetIdentifier, type Datasets } from './datasets';
import { ServiceError } from './service-error';

const keptFor = 7 * 24 * 60 * 60 * 1000;

export interface DatasetTrash {
  remove(id: string): Promise<void>;
  restore(id: string): Promise<DatasetSummary>;
  /** Removes for good what has waited long enough. */
  empty(): Promise<void>;
}

export function createDatasetTrash(context: Context, datasets: Datasets): DatasetTrash {
  const { fileSystem, places } = context;
  const imported = join(places.data, 'datasets');
  const trash = join(places.data, 'removed-datasets');
  const inTurn = <Value>(id: string, work: () => Promise<Value>): Promise<Value> => {
    if (!datasetIdentifier.test(id)) throw new ServiceError('dataset.unknown', { dataset: id });
    return context.inTurn(`dataset:${id}`, work);
  };
  return {
    remove: async (id) => {
      await inTurn(id, async () => {
        if (bundledDatasets.has(id)) throw new ServiceError('dataset.bundled', { dataset: id });
        const folder = join(imported, id);
        if ((await statusOrNull(fileSystem, folder)) === null) throw new ServiceError('dataset.unknown', { dataset: id });
        await fileSystem.createFolder(trash);
        // The week begins now.
        await fileSystem.touch(folder);
        await publishFolder(fileSystem, folder, join(trash, id));
        await syncFolder(fileSystem, imported);
        datasets.forget(id);
      });
    },
    restore: (id) =>
      inTurn(id, async () => {
        const waiting = join(trash, id);
        const manifest = await readManifest(fileSystem, waiting);
        if (manifest === null) throw new ServiceError('dataset.unknown', { dataset: id });
        await fileSystem.createFolder(imported);
        await publishFolder(fileSystem, waiting, join(imported, id));
        await syncFolder(fileSystem, trash);
        return summarise(manifest, false);
      }),
    empty: async () => {
      if ((await statusOrNull(fileSystem, trash)) === null) return;
      for (const { name, isFolder } of await fileSystem.list(trash)) {
        const path = join(trash, name);
        const { modified } = await fileSystem.status(path);
        if (isFolder && datasetIdentifier.test(name) && context.now().getTime() - modified > keptFor) await removeFolder(fileSystem, path);
      }
    },
  };
}
