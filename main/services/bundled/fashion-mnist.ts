/** Fashion-MNIST where Debian's package dataset-fashion-mnist is installed: four packed IDX files. */
import { join } from 'node:path';
import description from '../../../resources/datasets/fashion-mnist.json';
import { readIdxPair, type LabelledSamples } from '../../formats/idx.format';
import { readFile, statusOrNull, type FileSystem } from '../../storage/file-system';
import { holdOut } from '../dataset-splits';
import { ServiceError, valueOf } from '../service-error';
import type { BundledDataset } from './bundled-dataset';
import { tableOf } from './mnist';

const folder = '/usr/share/datasets/fashion-mnist';
const fileOf = (split: 'train' | 't10k', part: 'images-idx3' | 'labels-idx1'): string => join(folder, `${split}-${part}-ubyte.gz`);
const counts = { train: 54_000, validation: 6000, test: 10_000 };

async function readPair(fileSystem: FileSystem, split: 'train' | 't10k'): Promise<LabelledSamples> {
  const [images, labels] = [
    await readFile(fileSystem, fileOf(split, 'images-idx3')),
    await readFile(fileSystem, fileOf(split, 'labels-idx1')),
  ];
  if (images === null || labels === null)
    throw new ServiceError('dataset.package-missing', { dataset: description.name, package: 'dataset-fashion-mnist' });
  return valueOf(readIdxPair(images, labels));
}

export const dataset: BundledDataset = {
  ...description,
  sampleShape: [1, 28, 28],
  sampleType: 'u8',
  labelShape: [],
  symbols: [],
  classes: ['T-shirt', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
  counts,
  isThere: async (fileSystem) => (await statusOrNull(fileSystem, fileOf('train', 'images-idx3')).catch(() => null)) !== null,
  read: async (fileSystem, progress) => {
    progress.report(0, 'reading');
    const train = await readPair(fileSystem, 'train');
    const test = await readPair(fileSystem, 't10k');
    const [rest = new Uint32Array(0), validation = new Uint32Array(0)] = holdOut(train.count, [counts.validation]);
    const table = tableOf(train);
    return {
      train: { table, positions: rest },
      validation: { table, positions: validation },
      test: { table: tableOf(test), positions: Uint32Array.from({ length: test.count }, (_, index) => index) },
    };
  },
};
