/**
 * The place of a data set on a device: one arena for the samples and one for the labels of each split, or where it is too large for
 * that of parts of them. It knows no files and no network.
 */
import { failure, success, type Outcome } from '../graph/problem';
import { sizeOf, type Tensor } from '../graph/tensor';
import type { Device, DeviceState } from '../devices/device';
import { cast } from '../ops/cast.op';
import { gather } from '../ops/gather.op';
import { multiply } from '../ops/multiply.op';
import { readState, type Arena, type StateReference } from '../plan/program';
import { BYTE_SCALE, labelShapeOf, splits, type Dataset, type Split } from './dataset';
import { isInMemory, samplesAt } from './sample-source';
import type { WindowLayout } from './windows';

/** Enough that a step does not wait for the next of them, little enough for any machine. */
const WINDOW_BYTES = 64 * 2 ** 20;
/** Neighbours that are read at once. */
const BLOCK_BYTES = 512 * 2 ** 10;
/** Samples of an evaluation that are on the device at once, where not all are. */
const STREAMED_EVALUATION_BYTES = 16 * 2 ** 20;

/** Where the samples that a program looks at lie: of a split that is whole on the device, or of the part that is there. */
export interface SamplePlace {
  /** Its arenas are `<arena>.samples` and `<arena>.labels`. */
  readonly arena: string;
  readonly rows: number;
}

const samplesReference = (dataset: Dataset, { arena, rows }: SamplePlace): StateReference => ({
  arena: `${arena}.samples`,
  offset: 0,
  shape: [Math.max(1, rows), ...dataset.sampleShape],
  type: dataset.sampleType,
});

const labelsReference = (dataset: Dataset, { arena, rows }: SamplePlace): StateReference => ({
  arena: `${arena}.labels`,
  offset: 0,
  shape: [Math.max(1, rows), ...labelShapeOf(dataset)],
  type: dataset.targetNames === undefined ? 'i32' : 'f32',
});

/** A data set on a device. */
export interface PlacedDataset {
  readonly dataset: Dataset;
  readonly state: DeviceState;
  /** How the training split is brought there in parts; null where all is there. */
  readonly layout: WindowLayout | null;
  /** What a step of training looks at. */
  readonly training: SamplePlace;
  /** What an evaluation looks at: the split, or the part that the host has put there. */
  readonly evaluation: (split: Split) => SamplePlace;
}

/** f32 [batch, …] or tokens i32, and labels [batch, …] at these rows (i32 [batch]). */
export function gatherBatch(dataset: Dataset, place: SamplePlace, rows: Tensor): { readonly samples: Tensor; readonly labels: Tensor } {
  const samples = gather(readState(samplesReference(dataset, place)), rows);
  return {
    samples: dataset.sampleType === 'u8' ? multiply(cast(samples, 'f32'), BYTE_SCALE) : samples,
    labels: gather(readState(labelsReference(dataset, place)), rows),
  };
}

const bytesOf = (type: 'u8' | 'f32' | 'i32', elements: number): number => elements * (type === 'u8' ? 1 : 4);

/** How a training split that is too large for the device, or for memory, is brought there; null where it fits. */
export function layoutOf(dataset: Dataset, batchSize: number, maximumBufferBytes: number): WindowLayout | null {
  const sampleBytes = bytesOf(dataset.sampleType, sizeOf(dataset.sampleShape));
  const parts = Object.values(dataset.splits);
  const fits = parts.every(({ count, samples }) => isInMemory(samples) && count * sampleBytes <= maximumBufferBytes);
  if (fits) return null;
  const { count } = dataset.splits.train;
  const bytes = Math.min(dataset.windowBytes ?? WINDOW_BYTES, maximumBufferBytes / 2);
  // A batch never needs more than two windows.
  const window = Math.min(count, Math.max(1, Math.min(batchSize, count), Math.floor(bytes / sampleBytes)));
  return { window, block: Math.max(1, Math.min(Math.floor(window / 8), Math.floor(BLOCK_BYTES / sampleBytes))) };
}

/**
 * Makes room for a data set, and uploads all splits where they fit; it stays on the device until the state is disposed of.
 * Problem: `dataset.too-large`.
 */
export function uploadDataset(device: Device, dataset: Dataset, batchSize: number): Outcome<PlacedDataset> {
  const { maximumBufferBytes } = device.description;
  const layout = layoutOf(dataset, batchSize, maximumBufferBytes);
  const streamed = Math.max(1, Math.floor(STREAMED_EVALUATION_BYTES / bytesOf(dataset.sampleType, sizeOf(dataset.sampleShape))));
  const evaluation = (split: Split): SamplePlace =>
    layout === null ? { arena: split, rows: dataset.splits[split].count } : { arena: 'evaluated', rows: streamed };
  const training = layout === null ? evaluation('train') : { arena: 'train', rows: 2 * layout.window };
  const places = layout === null ? splits.map(evaluation) : [training, evaluation('test')];
  const arenas = places.flatMap((place): Arena[] =>
    [samplesReference(dataset, place), labelsReference(dataset, place)].map(({ arena, type, shape }) => ({
      name: arena,
      type,
      size: sizeOf(shape),
    })),
  );
  for (const { name, type, size } of arenas) {
    const bytes = bytesOf(type, size);
    if (bytes > maximumBufferBytes) return failure('dataset.too-large', { name, bytes, maximum: maximumBufferBytes });
  }
  const state = device.createState(arenas);
  for (const split of layout === null ? splits : []) {
    const { count, samples, labels } = dataset.splits[split];
    if (count === 0 || !isInMemory(samples)) continue;
    state.write(`${split}.samples`, samples);
    state.write(`${split}.labels`, labels);
  }
  return success({ dataset, state, layout, training, evaluation });
}

/** `count` samples of a split, from the `first` on, with their labels. */
export async function readPart(dataset: Dataset, split: Split, first: number, count: number) {
  const { samples, labels } = dataset.splits[split];
  const size = sizeOf(dataset.sampleShape);
  const labelSize = sizeOf(labelShapeOf(dataset));
  const places = Uint32Array.from({ length: count }, (_, row) => first + row);
  const part = isInMemory(samples) ? samples.subarray(first * size, (first + count) * size) : await samplesAt(samples, size, places);
  return { samples: part, labels: labels.subarray(first * labelSize, (first + count) * labelSize) };
}
