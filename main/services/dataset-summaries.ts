/** What is told of a data set before it is opened. */
import type { ContractResponse } from '../contract/contract';
import type { FileSystem } from '../storage/file-system';
import { bundledDatasets } from './bundled/registry';
import type { DatasetManifest } from './dataset-manifest';
import type { FormerManifest } from './dataset-migration';

export type DatasetSummary = ContractResponse<'datasets.list'>[number];

export const summarise = (manifest: DatasetManifest, bundled: boolean): DatasetSummary => ({
  id: manifest.id,
  name: manifest.name,
  revision: manifest.revision,
  sampleShape: manifest.sampleShape,
  sampleType: manifest.sampleType,
  labelShape: manifest.labelShape,
  classes: manifest.classes,
  targetNames: manifest.targetNames,
  symbols: manifest.symbols,
  columns: manifest.columns,
  counts: manifest.counts,
  repeats: manifest.repeats && { acrossSplits: manifest.repeats.acrossSplits, withinSplits: manifest.repeats.withinSplits },
  licence: manifest.licence,
  bundled,
});

/** What is said of a data set of version 1 before it is opened, and thereby made anew. */
export const summariseFormer = ({ splits, ...manifest }: FormerManifest): DatasetSummary => ({
  ...{ id: manifest.id, name: manifest.name, licence: manifest.licence, classes: manifest.classes, symbols: manifest.symbols },
  ...{ sampleShape: manifest.sampleShape, sampleType: manifest.sampleType, labelShape: manifest.labelShape },
  ...{ revision: 1, targetNames: [], columns: [], repeats: null, bundled: false },
  counts: { train: splits.train.count, validation: splits.validation.count, test: splits.test.count, excluded: 0 },
});

/** Those whose files this machine has. */
export async function bundledSummaries(fileSystem: FileSystem): Promise<DatasetSummary[]> {
  const found = [];
  for (const dataset of bundledDatasets.values()) if ((await dataset.isThere?.(fileSystem)) !== false) found.push(dataset);
  return found.map(({ id, name, sampleShape, sampleType, labelShape, classes, targetNames = [], symbols, counts, licence }) => ({
    ...{ id, name, sampleType, licence },
    sampleShape: [...sampleShape],
    labelShape: [...labelShape],
    classes: [...classes],
    symbols: [...symbols],
    revision: 1,
    targetNames: [...targetNames],
    columns: [],
    repeats: null,
    counts: { ...counts, excluded: 0 },
    bundled: true,
  }));
}
