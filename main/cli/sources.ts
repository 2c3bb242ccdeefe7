/** What commands read besides the model: data sets and weights. */
import type { Dataset } from '../../compute/training/dataset';
import type { SafetensorsContent } from '../../compute/graph/safetensors';
import { format as safetensors } from '../formats/safetensors.format';
import { loadDataset, loadDatasetNamed } from '../services/dataset-loading';
import { readSource } from '../services/datasets';
import { valueOf } from '../services/service-error';
import { bundledDatasets } from '../services/bundled/registry';
import { statusOrNull } from '../storage/file-system';
import { percent } from './numbers';
import type { Surroundings } from './surroundings';

/**
 * The data set that `--dataset` names, or else the one that goes with the model. The id of a bundled
 * one means it even where a file has that name. Samples of more than `memory` megabytes stay on disk. Errors: dataset.*, idx.*, gzip.*, disk.*.
 */
export async function readDataset(
  { fileSystem, places, output, resolvePath }: Surroundings,
  named: string | null,
  ofModel: string,
  memory: number | null = null,
): Promise<Dataset> {
  const budget = memory === null ? undefined : memory * 2 ** 20;
  const progress = { report: (fraction: number) => output.draw(`Reading the data: ${percent(fraction)}`) };
  try {
    if (named === null || bundledDatasets.has(named)) return await loadDataset(fileSystem, places, named ?? ofModel, progress, budget);
    const path = resolvePath(named);
    const isPath = (await statusOrNull(fileSystem, path)) !== null;
    return await loadDatasetNamed(fileSystem, places, isPath ? path : named, progress, budget);
  } finally {
    output.clear();
  }
}

/** Errors: safetensors.*, disk.*. */
export async function readWeights({ fileSystem, resolvePath }: Surroundings, file: string): Promise<SafetensorsContent> {
  return valueOf(safetensors.read(await readSource(fileSystem, resolvePath(file))));
}
