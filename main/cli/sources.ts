/** What commands read besides the model: data sets and weights. */
import { isAbsolute } from 'node:path';
import type { Dataset } from '../../compute/training/dataset';
import type { SafetensorsContent } from '../../compute/graph/safetensors';
import { format as safetensors } from '../formats/safetensors.format';
import { loadDataset, loadDatasetNamed } from '../services/dataset-loading';
import { listDatasets, readSource } from '../services/datasets';
import { ServiceError, valueOf } from '../services/service-error';
import { bundledDatasets } from '../services/bundled/registry';
import { statusOrNull } from '../storage/file-system';
import { percent } from './numbers';
import type { Surroundings } from './surroundings';

type Places = Pick<Surroundings, 'fileSystem' | 'places'>;

/** The id of the data set of that id, or of the only one of that name; null where there is none. Errors: cli.datasets-of-one-name, disk.*. */
export async function datasetIdOf({ fileSystem, places }: Places, wanted: string): Promise<string | null> {
  const all = await listDatasets(fileSystem, places);
  if (all.some(({ id }) => id === wanted)) return wanted;
  const [found, ...others] = all.filter(({ name }) => name === wanted).map(({ id }) => id);
  if (others.length > 0) throw new ServiceError('cli.datasets-of-one-name', { name: wanted, ids: [found, ...others].join(', ') });
  return found ?? null;
}

/** The path of the folder, or the id, of what `--dataset` names; that of the model where nothing is given. Errors: as datasetIdOf. */
export async function datasetNamed(
  surroundings: Places & Pick<Surroundings, 'resolvePath'>,
  named: string | null,
  ofModel: string,
): Promise<string> {
  const { fileSystem, resolvePath } = surroundings;
  const wanted = named ?? ofModel;
  // What goes with a model is an id, or a path from the root.
  if (bundledDatasets.has(wanted) || (named === null && !isAbsolute(wanted))) return wanted;
  const path = resolvePath(wanted);
  if ((await statusOrNull(fileSystem, path)) !== null) return path;
  return (await datasetIdOf(surroundings, wanted)) ?? wanted;
}

/**
 * The data set that `--dataset` names, or else the one that goes with the model. The id of a bundled
 * one means it even where a file has that name. Samples of more than `memory` megabytes stay on disk. Errors: dataset.*, idx.*, gzip.*, disk.*.
 */
export async function readDataset(
  surroundings: Surroundings,
  named: string | null,
  ofModel: string,
  memory: number | null = null,
): Promise<Dataset> {
  const { fileSystem, places, output } = surroundings;
  const budget = memory === null ? undefined : memory * 2 ** 20;
  const progress = { report: (fraction: number) => output.draw(`Reading the data: ${percent(fraction)}`) };
  try {
    const wanted = await datasetNamed(surroundings, named, ofModel);
    if (bundledDatasets.has(wanted)) return await loadDataset(fileSystem, places, wanted, progress, budget);
    return await loadDatasetNamed(fileSystem, places, wanted, progress, budget);
  } finally {
    output.clear();
  }
}

/** Those of `--weights`, or what the run learnt that the model was taken from. Errors: cli.no-weights, safetensors.*, disk.*. */
export async function readWeights(
  { fileSystem, resolvePath }: Surroundings,
  named: string | null,
  learnt: string | null = null,
): Promise<SafetensorsContent> {
  const file = named === null ? learnt : resolvePath(named);
  if (file === null) throw new ServiceError('cli.no-weights');
  return valueOf(safetensors.read(await readSource(fileSystem, file)));
}
