/** A data set: samples and labels of three splits, in memory or read when they are asked for. It knows no files, no device and no network. */
import { failure, success, type Outcome } from '../graph/problem';
import { sizeOf, type Shape } from '../graph/tensor';
import { blocksOf, isInMemory, type SampleArray, type SampleReader } from './sample-source';

export const splits = ['train', 'validation', 'test'] as const;
export type Split = (typeof splits)[number];

export interface SplitData {
  readonly count: number;
  /** Row-major, one sample after another; or who reads them. */
  readonly samples: SampleArray | SampleReader;
  /** Index of the class of each sample, or of each position of each sample; f32 where the data set names targets. */
  readonly labels: Int32Array | Float32Array;
  /** The place of each sample in the table that it was read from; absent where there is no such table. */
  readonly members?: Uint32Array;
}

export interface Dataset {
  readonly name: string;
  /** Of one sample. */
  readonly sampleShape: Shape;
  /** Bytes are read as numbers 0 … 1: divided by 255. Whole numbers (i32) are tokens: 0 to below the size of the vocabulary. */
  readonly sampleType: 'u8' | 'f32' | 'i32';
  /** How many tokens there are; given where the samples are tokens, and only there. */
  readonly vocabulary?: number;
  /** Axes of the labels of one sample, such as [T] for a class a position; absent for one class a sample. */
  readonly labelShape?: Shape;
  /** Empty where targets are named. */
  readonly classes: readonly string[];
  /** What the numbers of the labels are, for regression; absent where labels are classes. */
  readonly targetNames?: readonly string[];
  readonly splits: Readonly<Record<Split, SplitData>>;
  /** Bytes of the samples that are kept on the device at once, where not all are; as many as placement finds right if absent. */
  readonly windowBytes?: number;
}

/** All of whose samples are in memory. */
export interface DatasetInMemory extends Dataset {
  readonly splits: Readonly<Record<Split, SplitData & { readonly samples: SampleArray }>>;
}

/** What a byte is worth. */
export const BYTE_SCALE = 1 / 255;

/** Axes of the labels of one sample; none where a sample has one class. */
export const labelShapeOf = ({ labelShape }: Dataset): Shape => labelShape ?? [];

/** Sizes, labels within the classes, tokens within the vocabulary. Problems: `dataset.*`. */
export function checkDataset(dataset: Dataset): Outcome<Dataset> {
  const sampleSize = sizeOf(dataset.sampleShape);
  const labelSize = sizeOf(labelShapeOf(dataset));
  if ((dataset.sampleType === 'i32') !== (dataset.vocabulary !== undefined)) {
    return failure('dataset.vocabulary', { name: dataset.name, type: dataset.sampleType });
  }
  for (const split of splits) {
    const { count, samples, labels } = dataset.splits[split];
    // Who reads samples has checked that they are there.
    const actualSamples = isInMemory(samples) ? samples.length : count * sampleSize;
    if (actualSamples !== count * sampleSize || labels.length !== count * labelSize) {
      return failure('dataset.size', {
        split,
        expectedSamples: count * sampleSize,
        actualSamples,
        expectedLabels: count * labelSize,
        actualLabels: labels.length,
      });
    }
    const { vocabulary } = dataset;
    if (vocabulary !== undefined && isInMemory(samples)) {
      const strange = samples.findIndex((token) => token < 0 || token >= vocabulary);
      if (strange >= 0) return failure('dataset.token', { split, index: strange, token: samples[strange] ?? 0, vocabulary });
    }
    // Targets are numbers of any size.
    if (dataset.targetNames !== undefined) continue;
    const wrong = labels.findIndex((label) => label < 0 || label >= dataset.classes.length);
    if (wrong >= 0) return failure('dataset.label', { split, index: wrong, label: labels[wrong] ?? 0, classes: dataset.classes.length });
  }
  return dataset.splits.train.count > 0 ? success(dataset) : failure('dataset.empty', { name: dataset.name });
}

/** How many labels each class has; none where there are no classes. */
export function classCounts({ labels }: SplitData, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  if (classes > 0) for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/** In f32, as the device does it. */
const asTaken = (samples: SampleArray): Float32Array => {
  const values = Float32Array.from(samples);
  return samples instanceof Uint8Array ? values.map((value) => value * Math.fround(BYTE_SCALE)) : values;
};

function requireIndex(dataset: Dataset, split: Split, index: number): void {
  const { count } = dataset.splits[split];
  if (!Number.isInteger(index) || index < 0 || index >= count)
    throw new RangeError(`sample ${String(index)} of ${String(count)} in ${split}`);
}

/**
 * One sample of a data set in memory, as the data set holds it: bytes scaled to 0 … 1, tokens as whole numbers. Throws a RangeError
 * where there is none.
 */
export function sampleValues(dataset: Dataset, split: Split, index: number): Float32Array {
  requireIndex(dataset, split, index);
  const { samples } = dataset.splits[split];
  if (!isInMemory(samples)) throw new RangeError(`${dataset.name} is not in memory`);
  const size = sizeOf(dataset.sampleShape);
  return asTaken(samples.subarray(index * size, (index + 1) * size));
}

/** Samples in the order of the indices, wherever they are kept; as sampleValues. Rejects with a RangeError where one is missing. */
export async function readSamples(dataset: Dataset, split: Split, indices: readonly number[]): Promise<Float32Array[]> {
  for (const index of indices) requireIndex(dataset, split, index);
  const { samples } = dataset.splits[split];
  if (isInMemory(samples)) return indices.map((index) => sampleValues(dataset, split, index));
  const places = Uint32Array.from(new Set(indices)).sort();
  const size = sizeOf(dataset.sampleShape);
  const read = await samples.read(places);
  const rows = new Map(Array.from(places, (place, row) => [place, row]));
  return indices.map((index) => {
    const row = rows.get(index) ?? 0;
    return asTaken(read.subarray(row * size, (row + 1) * size));
  });
}

/** Least and greatest value that a sample may have: bounds for attacks. Looks at all training samples that are not bytes; tokens have none between. */
export async function inputRange(dataset: Dataset): Promise<readonly [minimum: number, maximum: number]> {
  if (dataset.sampleType === 'u8') return [0, 1];
  let minimum = Infinity;
  let maximum = -Infinity;
  const { samples, count } = dataset.splits.train;
  for await (const block of blocksOf(samples, sizeOf(dataset.sampleShape), count)) {
    for (const value of block) {
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
    }
  }
  return [minimum, maximum];
}
