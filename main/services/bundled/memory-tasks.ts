/** Sequences that ask a network to remember: two numbers among many to be added, and symbols to be said again after a pause. */
import adding from '../../../resources/datasets/adding-problem.json';
import copying from '../../../resources/datasets/copy-memory.json';
import type { BundledDataset } from './bundled-dataset';
import { drawsOf, inOrder, wholeFrom } from './generated';

const counts = { train: 8000, validation: 1000, test: 1000 };
const count = counts.train + counts.validation + counts.test;

/** A number of 0 … 1 and a mark of 0 or 1 in each of so many steps; one mark is in each half. */
const steps = 40;

export const addingProblem: BundledDataset = {
  ...adding,
  sampleShape: [steps, 2],
  sampleType: 'f32',
  labelShape: [1],
  symbols: [],
  classes: [],
  targetNames: ['sum'],
  counts,
  read: (_fileSystem, progress) => {
    progress.report(0, 'reading');
    const values = new Float32Array(count * steps * 2);
    const labels = new Float32Array(count);
    for (let index = 0; index < count; index++) {
      const draw = drawsOf(adding.id, index);
      const sequence = values.subarray(index * steps * 2, (index + 1) * steps * 2);
      for (let step = 0; step < steps; step++) sequence[2 * step] = draw();
      for (const step of [wholeFrom(draw, 0, steps / 2 - 1), wholeFrom(draw, steps / 2, steps - 1)]) {
        sequence[2 * step + 1] = 1;
        labels[index]! += sequence[2 * step]!;
      }
    }
    return Promise.resolve(inOrder({ sampleShape: [steps, 2], labelShape: [1], values, labels }, counts));
  },
};

const remembered = 8;
const pause = 13;
const length = 2 * remembered + pause + 1;
const letters = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
const symbols = [...letters, '·', '?'];
const [blank, ask] = [letters.length, letters.length + 1];

export const copyMemory: BundledDataset = {
  ...copying,
  sampleShape: [length],
  sampleType: 'i32',
  labelShape: [length],
  symbols,
  classes: [...letters, '·'],
  counts,
  read: (_fileSystem, progress) => {
    progress.report(0, 'reading');
    const values = new Int32Array(count * length).fill(blank);
    const labels = new Int32Array(count * length).fill(blank);
    for (let index = 0; index < count; index++) {
      const draw = drawsOf(copying.id, index);
      const from = index * length;
      for (let place = 0; place < remembered; place++) {
        const letter = wholeFrom(draw, 0, letters.length - 1);
        values[from + place] = letter;
        labels[from + length - remembered + place] = letter;
      }
      values[from + length - remembered - 1] = ask;
    }
    return Promise.resolve(inOrder({ sampleShape: [length], labelShape: [length], values, labels }, counts));
  },
};
