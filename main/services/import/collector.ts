/**
 * Takes the samples of an import as they come, writes them, and keeps of each what the end needs: its class, what its source
 * says of its split, and a hash. It knows no kind of data.
 */
import { countSplits } from '../../../compute/graph/sample-splits';
import { sizeOf } from '../../../compute/graph/tensor';
import type { FileSystem } from '../../storage/file-system';
import type { DatasetColumn, DatasetManifest } from '../dataset-manifest';
import { bytesOf, createDatasetWriter, type DatasetDescription, type SampleBatch, type SampleForm } from '../dataset-writer';
import { countRepeats } from '../repeated-samples';
import { ServiceError } from '../service-error';
import { createGrowing } from './growing';
import { createHashes, rowHashes } from './hashes';
import { countByClass, type ImportReport } from './report';
import { decideSplits, noHint, type ImportOptions } from './splits';

export interface CollectedBatch extends SampleBatch {
  /** A code of a split a sample, or `noHint`; absent: nothing is said. */
  readonly hints?: Uint8Array;
}

export interface CollectorEnd {
  /** Empty for regression. */
  readonly classes: readonly string[];
  readonly targetNames?: readonly string[];
  readonly symbols?: readonly string[];
  readonly columns?: readonly DatasetColumn[];
  /** Where they were decided already; by the options otherwise. */
  readonly splits?: Uint8Array;
}

export interface Collected {
  readonly manifest: DatasetManifest;
  readonly duplicates: ImportReport['duplicates'];
  readonly classes: ImportReport['classes'];
}

export interface Collector {
  readonly count: number;
  add(batch: CollectedBatch): Promise<void>;
  /** Errors: import.nothing, dataset.no-training, disk.*. */
  finish(end: CollectorEnd): Promise<Collected>;
  abandon(): Promise<void>;
}

/** Samples whose hashes are kept: beyond that, repetitions are looked for among some of them. */
const mostHashed = 2 ** 20;
/** As many numbers of classes are kept in two bytes. */
const mostClasses = 65_536;

/** `knownClasses`: of all samples that will come, where somebody has them already. */
export function createCollector(
  fileSystem: FileSystem,
  folder: string,
  form: SampleForm,
  description: Pick<DatasetDescription, 'id' | 'name' | 'source' | 'licence'>,
  options: ImportOptions,
  knownClasses: Uint16Array | null = null,
): Collector {
  const writer = createDatasetWriter(fileSystem, folder, form);
  const size = sizeOf(form.sampleShape);
  const hasClasses = form.labelType === 'i32' && form.labelShape.length === 0;
  // By ratio nobody asks for them, and there may be very many.
  const hasHints = options.splits.by !== 'ratio';
  const labels = createGrowing((length) => new Uint16Array(length));
  const hints = createGrowing((length) => new Uint8Array(length));
  const hashes = createHashes(mostHashed);

  return {
    get count() {
      return writer.count;
    },
    add: async (batch) => {
      const { values, positions } = batch;
      const bytes = bytesOf(values);
      const width = size * values.BYTES_PER_ELEMENT;
      const hashOf = rowHashes(bytes, width);
      for (let index = 0; index < positions.length; index++) hashes.add(writer.count + index, hashOf(index));
      if (hasClasses && knownClasses === null) labels.add(batch.labels);
      if (hasHints) hints.add(batch.hints ?? new Uint8Array(positions.length).fill(noHint));
      await writer.add(batch);
    },
    finish: async ({ classes, targetNames = [], symbols = [], columns = [], splits: decided }) => {
      if (writer.count === 0) throw new ServiceError('import.nothing', { name: description.name });
      if (classes.length > mostClasses) throw new ServiceError('import.too-many-classes', { count: classes.length, maximum: mostClasses });
      const groups = hasClasses ? (knownClasses ?? labels.all()) : null;
      const splits = decided ?? decideSplits(writer.count, options.splits, options.seed, { hints: hints.all(), groups });
      if ((countSplits(splits)?.train ?? 0) === 0) throw new ServiceError('dataset.no-training', { dataset: description.name });
      const repeats = hashes.repeats();
      const end = { splits, description: { ...description, classes, symbols }, targetNames, columns, options, repeats };
      return {
        manifest: await writer.finish(end),
        duplicates: countRepeats(repeats, splits),
        classes: groups === null ? [] : countByClass(classes, groups, splits),
      };
    },
    abandon: () => writer.abandon(),
  };
}
