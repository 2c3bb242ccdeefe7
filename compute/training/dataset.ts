/**
 * A data set in memory and its place on a device: one arena for the samples and one for the labels of each split. It
 * knows no files and no network.
 */
import { failure, success, type Outcome } from '../graph/problem';
import { sizeOf, type Shape, type Tensor } from '../graph/tensor';
import type { Device, DeviceState } from '../devices/device';
import { cast } from '../ops/cast.op';
import { gather } from '../ops/gather.op';
import { multiply } from '../ops/multiply.op';
import { readState, type Arena, type StateReference } from '../plan/program';

export const splits = ['train', 'validation', 'test'] as const;
export type Split = (typeof splits)[number];

export interface SplitData {
  readonly count: number;
  /** Row-major, one sample after another. */
  readonly samples: Uint8Array | Float32Array | Int32Array;
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
}

const BYTE_SCALE = 1 / 255;

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
    if (samples.length !== count * sampleSize || labels.length !== count * labelSize) {
      return failure('dataset.size', {
        split,
        expectedSamples: count * sampleSize,
        actualSamples: samples.length,
        expectedLabels: count * labelSize,
        actualLabels: labels.length,
      });
    }
    const { vocabulary } = dataset;
    const strange = vocabulary === undefined ? -1 : samples.findIndex((token) => token < 0 || token >= vocabulary);
    if (strange >= 0) return failure('dataset.token', { split, index: strange, token: samples[strange] ?? 0, vocabulary: vocabulary ?? 0 });
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

/** One sample as the network takes it: bytes scaled to 0 … 1, tokens as whole numbers. Throws a RangeError where there is none. */
export function sampleValues(dataset: Dataset, split: Split, index: number): Float32Array {
  const { count, samples } = dataset.splits[split];
  if (!Number.isInteger(index) || index < 0 || index >= count)
    throw new RangeError(`sample ${String(index)} of ${String(count)} in ${split}`);
  const size = sizeOf(dataset.sampleShape);
  const values = Float32Array.from(samples.subarray(index * size, (index + 1) * size));
  // In f32, as the device does it.
  return samples instanceof Uint8Array ? values.map((value) => value * Math.fround(BYTE_SCALE)) : values;
}

/** Least and greatest value that a sample may have: bounds for attacks. Looks at all training samples that are not bytes; tokens have none between. */
export function inputRange(dataset: Dataset): readonly [minimum: number, maximum: number] {
  if (dataset.sampleType === 'u8') return [0, 1];
  let minimum = Infinity;
  let maximum = -Infinity;
  for (const value of dataset.splits.train.samples) {
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  return [minimum, maximum];
}

const samplesReference = (dataset: Dataset, split: Split): StateReference => ({
  arena: `${split}.samples`,
  offset: 0,
  shape: [Math.max(1, dataset.splits[split].count), ...dataset.sampleShape],
  type: dataset.sampleType,
});

const labelsReference = (dataset: Dataset, split: Split): StateReference => ({
  arena: `${split}.labels`,
  offset: 0,
  shape: [Math.max(1, dataset.splits[split].count), ...labelShapeOf(dataset)],
  type: 'i32',
});

/** Samples [batch, …], f32 or tokens i32, and labels i32 [batch, …] of the split at these indices (i32 [batch]). */
export function gatherBatch(dataset: Dataset, split: Split, indices: Tensor): { readonly samples: Tensor; readonly labels: Tensor } {
  const rows = gather(readState(samplesReference(dataset, split)), indices);
  return {
    samples: dataset.sampleType === 'u8' ? multiply(cast(rows, 'f32'), BYTE_SCALE) : rows,
    labels: gather(readState(labelsReference(dataset, split)), indices),
  };
}

/** Uploads all splits; they stay on the device until the state is disposed of. Problem: `dataset.too-large`. */
export function uploadDataset(device: Device, dataset: Dataset): Outcome<DeviceState> {
  const arenas = splits.flatMap((split): Arena[] =>
    [samplesReference(dataset, split), labelsReference(dataset, split)].map(({ arena, type, shape }) => ({
      name: arena,
      type,
      size: sizeOf(shape),
    })),
  );
  for (const { name, type, size } of arenas) {
    const bytes = size * (type === 'u8' ? 1 : 4);
    if (bytes > device.description.maximumBufferBytes) {
      return failure('dataset.too-large', { name, bytes, maximum: device.description.maximumBufferBytes });
    }
  }
  const state = device.createState(arenas);
  for (const split of splits) {
    const { count, samples, labels } = dataset.splits[split];
    if (count === 0) continue;
    state.write(`${split}.samples`, samples);
    state.write(`${split}.labels`, labels);
  }
  return success(state);
}
