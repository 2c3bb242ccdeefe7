/**
 * Sequences in which two symbols far apart decide: task 6a of Hochreiter and Schmidhuber, Long short-term memory, Neural
 * Computation 9 (8), 1997, section 5.6, with 20 steps in place of 100 to 110.
 */
import description from '../../../resources/datasets/temporal-order.json';
import type { BundledDataset } from './bundled-dataset';
import { drawsOf, inOrder, wholeFrom } from './generated';

const length = 20;
const [begin, end, firstNoise, lastNoise, firstKey, lastKey] = [0, 1, 2, 5, 6, 7];
const counts = { train: 8000, validation: 1000, test: 1000 };

/** Two of four keys at step 2 … 5 and 10 … 14; the class is 2·first + second. */
function writeSequence(sample: Int32Array, draw: () => number): number {
  for (let step = 0; step < length; step++) sample[step] = wholeFrom(draw, firstNoise, lastNoise);
  sample[0] = begin;
  sample[length - 1] = end;
  const keys = [wholeFrom(draw, firstKey, lastKey), wholeFrom(draw, firstKey, lastKey)] as const;
  sample[wholeFrom(draw, 2, 5)] = keys[0];
  sample[wholeFrom(draw, 10, 14)] = keys[1];
  return 2 * (keys[0] - firstKey) + (keys[1] - firstKey);
}

export const dataset: BundledDataset = {
  ...description,
  sampleShape: [length],
  sampleType: 'i32',
  labelShape: [],
  symbols: ['B', 'E', 'a', 'b', 'c', 'd', 'X', 'Y'],
  classes: ['X, X', 'X, Y', 'Y, X', 'Y, Y'],
  counts,
  read: (_fileSystem, progress) => {
    progress.report(0, 'reading');
    const count = counts.train + counts.validation + counts.test;
    const values = new Int32Array(count * length);
    const labels = Int32Array.from({ length: count }, (_, index) =>
      writeSequence(values.subarray(index * length, (index + 1) * length), drawsOf(description.id, index)),
    );
    return Promise.resolve(inOrder({ sampleShape: [length], labelShape: [], values, labels }, counts));
  },
};
