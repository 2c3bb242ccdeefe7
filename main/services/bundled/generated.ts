/** What the data sets share that are made rather than read: repeatable draws, and the division into splits. Pure. */
import { philox, streamKey } from '../../../compute/graph/philox';
import type { SplitName } from '../../../compute/graph/sample-splits';
import type { SamplePart, SampleParts, SampleTable } from '../dataset-cache';

/** A source of uniform numbers in [0, 1) of its own for sample `index` of the data set; the same in every run. */
export function drawsOf(dataset: string, index: number): () => number {
  const stream = streamKey(dataset);
  const words = new Uint32Array(4);
  let drawn = 0;
  return () => {
    if (drawn % 4 === 0) philox(index, drawn / 4, 0, 0, 1, stream, words);
    return (words[drawn++ % 4] ?? 0) / 2 ** 32;
  };
}

/** A whole number from `least` to `greatest`. */
export const wholeFrom = (draw: () => number, least: number, greatest: number): number =>
  least + Math.floor(draw() * (greatest - least + 1));

/** A number of the standard normal distribution (Box and Muller, 1958). */
export const normalFrom = (draw: () => number): number => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());

/** The table divided in order: training samples first, then those of validation, then those of the test. */
export function inOrder(table: SampleTable, counts: Readonly<Record<SplitName, number>>): SampleParts {
  const part = (first: number, count: number): SamplePart => ({
    table,
    positions: Uint32Array.from({ length: count }, (_, index) => first + index),
  });
  return {
    train: part(0, counts.train),
    validation: part(counts.train, counts.validation),
    test: part(counts.train + counts.validation, counts.test),
  };
}
