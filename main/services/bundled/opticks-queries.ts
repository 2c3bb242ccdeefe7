/** A text to be continued: pieces of Newton's Queries as numbers of characters, each labelled with the character after it. */
import description from '../../../resources/datasets/opticks-queries.json';
import type { BundledDataset } from './bundled-dataset';
import { inOrder } from './generated';

const [text = ''] = Object.values(
  import.meta.glob<string>('../../../resources/datasets/opticks-queries.txt', { eager: true, query: '?raw', import: 'default' }),
);

/** Characters of a sample. */
const length = 64;
const symbols = [...new Set(text)].sort();
const places = new Map(symbols.map((symbol, index) => [symbol, index]));

/** The first 80 % of the text are for training, in overlapping pieces; then come validation and test, which share nothing with it. */
const parts = { train: [0, 0.8, 16], validation: [0.8, 0.9, length], test: [0.9, 1, length] } as const;

/** Where pieces begin whose labels, too, lie within the part. */
function startsOf([from, to, stride]: (typeof parts)[keyof typeof parts]): number[] {
  const [first, last] = [Math.floor(from * text.length), Math.floor(to * text.length) - length - 1];
  return Array.from({ length: Math.max(0, Math.floor((last - first) / stride) + 1) }, (_, index) => first + index * stride);
}

const starts = { train: startsOf(parts.train), validation: startsOf(parts.validation), test: startsOf(parts.test) };
const counts = { train: starts.train.length, validation: starts.validation.length, test: starts.test.length };

export const dataset: BundledDataset = {
  ...description,
  sampleShape: [length],
  sampleType: 'i32',
  labelShape: [length],
  symbols,
  classes: symbols,
  counts,
  read: (_fileSystem, progress) => {
    progress.report(0, 'reading');
    const codes = Int32Array.from(text, (symbol) => places.get(symbol) ?? 0);
    const all = [...starts.train, ...starts.validation, ...starts.test];
    const values = new Int32Array(all.length * length);
    const labels = new Int32Array(all.length * length);
    all.forEach((start, index) => {
      values.set(codes.subarray(start, start + length), index * length);
      labels.set(codes.subarray(start + 1, start + 1 + length), index * length);
    });
    return Promise.resolve(inOrder({ sampleShape: [length], labelShape: [length], values, labels }, counts));
  },
};
