/** Fisher's irises: four lengths a flower, in the order of a lot, the same shares of each species in every split. */
import description from '../../../resources/datasets/iris.json';
import { shuffled } from '../import/shuffle';
import type { BundledDataset } from './bundled-dataset';
import { inOrder } from './generated';

const [text = ''] = Object.values(
  import.meta.glob<string>('../../../resources/datasets/iris.csv', { eager: true, query: '?raw', import: 'default' }),
);

const [, ...rows] = text.trim().split('\n');
const classes = [...new Set(rows.map((row) => row.slice(row.lastIndexOf(',') + 1)))];
const features = 4;
const perClass = { train: 40, validation: 5, test: 5 };
const counts = { train: 3 * perClass.train, validation: 3 * perClass.validation, test: 3 * perClass.test };

/** Of each species as many come first as are for training, then those of the validation, then those of the test. */
function orderOf(labels: readonly number[]): number[] {
  const lot = [...shuffled(labels.length, 1)];
  const ranks = new Map<number, number>();
  const parts: [number[], number[], number[]] = [[], [], []];
  for (const row of lot) {
    const label = labels[row] ?? 0;
    const rank = ranks.get(label) ?? 0;
    ranks.set(label, rank + 1);
    parts[rank < perClass.train ? 0 : rank < perClass.train + perClass.validation ? 1 : 2].push(row);
  }
  return parts.flat();
}

export const dataset: BundledDataset = {
  ...description,
  sampleShape: [features],
  sampleType: 'f32',
  labelShape: [],
  symbols: [],
  classes,
  counts,
  read: (_fileSystem, progress) => {
    progress.report(0, 'reading');
    const cells = rows.map((row) => row.split(','));
    const found = cells.map((row) => classes.indexOf(row[features] ?? ''));
    const order = orderOf(found);
    const values = Float32Array.from(order.flatMap((row) => (cells[row] ?? []).slice(0, features).map(Number)));
    const labels = Int32Array.from(order, (row) => found[row] ?? 0);
    return Promise.resolve(inOrder({ sampleShape: [features], labelShape: [], values, labels }, counts));
  },
};
