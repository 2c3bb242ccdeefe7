/**
 * Brings the windows of a training to the device while the steps run on others: one lies in each half of the arenas of the
 * training split, the next is read meanwhile. It knows where a training is only by what it is told.
 */
import { sizeOf } from '../graph/tensor';
import type { DeviceState } from '../devices/device';
import { labelShapeOf, type Dataset } from './dataset';
import { samplesAt, type SampleArray } from './sample-source';
import { epochOrder, type EpochOrder, type WindowLayout } from './windows';

/** Bytes of samples that go to the device at once: its queue must not stand still meanwhile. */
const CHUNK_BYTES = 4 * 2 ** 20;

export interface WindowLoaderOptions {
  readonly dataset: Dataset;
  readonly layout: WindowLayout;
  /** Has the arenas of the training split, with room for two windows. */
  readonly data: DeviceState;
  /** Of the shuffles; null for the order of the split. */
  readonly seed: number | null;
  readonly stepsPerEpoch: number;
}

export interface WindowLoader {
  /** Begins anew: at this position (in samples) of the epoch that begins after so many steps. What is on the device counts no more. */
  begin(epochStart: number, position: number): void;
  /** The next epoch begins: what of it was read already stays. */
  nextEpoch(epochStart: number): void;
  /** For each position in this epoch the row of its sample on the device. */
  rows(): Int32Array;
  /** How many samples from this position of the epoch on lie on the device. */
  available(position: number): number;
  /**
   * Gives the device a part of what was read, where there is room for it because everything up to the position is queued. True if
   * there may be more to give at once.
   */
  advance(position: number): boolean;
  /** Resolves when `advance` has something to give again; rejects where samples cannot be read. */
  arrival(): Promise<void>;
}

interface Incoming {
  readonly number: number;
  readonly places: Uint32Array;
  readonly arrived: Promise<void>;
  samples: SampleArray | null;
  labels: Int32Array | Float32Array | null;
  /** Rows that the device has. */
  given: number;
}

/** The labels of these samples, one after another. */
function labelsAt(labels: Int32Array | Float32Array, size: number, places: Uint32Array): Int32Array | Float32Array {
  const rows = labels.slice(0, places.length * size);
  places.forEach((place, row) => {
    rows.set(labels.subarray(place * size, (place + 1) * size), row * size);
  });
  return rows;
}

export function createWindowLoader({ dataset, layout, data, seed, stepsPerEpoch }: WindowLoaderOptions): WindowLoader {
  const { count, samples, labels } = dataset.splits.train;
  const { window } = layout;
  const sampleSize = sizeOf(dataset.sampleShape);
  const labelSize = sizeOf(labelShapeOf(dataset));
  const windowsPerEpoch = Math.ceil(count / window);
  const chunk = Math.max(1, Math.floor(CHUNK_BYTES / (sampleSize * (dataset.sampleType === 'u8' ? 1 : 4))));

  /** Windows are numbered through from the first of the epoch in which everything began; this epoch's first is `epochFirst`. */
  let epochFirst = 0;
  let epochStart = 0;
  /** Of this epoch and the next, by the number of steps before each. */
  const orders = new Map<number, EpochOrder>();
  /** The number of the window that lies in each half, complete. */
  const onDevice: [number, number] = [-1, -1];
  let incoming: Incoming | null = null;
  let nextNumber = 0;
  /** Where a window was whose samples the device has all: room for the next. */
  let spare: SampleArray | null = null;

  function orderOf(start: number): EpochOrder {
    const order = orders.get(start) ?? epochOrder(count, layout, seed, start);
    orders.set(start, order);
    return order;
  }

  function fetchNext(): void {
    const number = nextNumber;
    nextNumber++;
    const epochsOn = Math.floor((number - epochFirst) / windowsPerEpoch);
    const order = orderOf(epochStart + epochsOn * stepsPerEpoch);
    const places = order.places((number - epochFirst) % windowsPerEpoch);
    const room = spare !== null && spare.length >= places.length * sampleSize ? spare : undefined;
    spare = null;
    const coming: Incoming = {
      number,
      places,
      samples: null,
      labels: null,
      given: 0,
      arrived: samplesAt(samples, sampleSize, places, room).then((read) => {
        coming.samples = read;
        coming.labels = labelsAt(labels, labelSize, places);
      }),
    };
    // Whoever waits for it hears of a failure.
    coming.arrived.catch(() => undefined);
    incoming = coming;
  }

  const isThere = (number: number): boolean => onDevice[number % 2 === 0 ? 0 : 1] === number;

  return {
    begin(start, position) {
      orders.clear();
      epochStart = start;
      epochFirst = 0;
      onDevice.fill(-1);
      nextNumber = Math.floor(position / window);
      fetchNext();
    },
    nextEpoch(start) {
      if (start === epochStart) return;
      orders.delete(epochStart);
      epochStart = start;
      epochFirst += windowsPerEpoch;
    },
    rows: () => orderOf(epochStart).rows(epochFirst),
    available(position) {
      let end = position;
      let number = epochFirst + Math.floor(position / window);
      while (end < count && isThere(number)) {
        number++;
        end = Math.min(count, (number - epochFirst) * window);
      }
      return end - position;
    },
    advance(position) {
      const coming = incoming;
      if (!coming?.samples || !coming.labels) return false;
      // Its half is free once all steps on the window before the last are queued.
      if (position < Math.min(count, (coming.number - 1 - epochFirst) * window)) return false;
      const half = coming.number % 2 === 0 ? 0 : 1;
      onDevice[half] = -1;
      const to = Math.min(coming.places.length, coming.given + chunk);
      const row = half * window + coming.given;
      data.write('train.samples', coming.samples.subarray(coming.given * sampleSize, to * sampleSize), row * sampleSize);
      data.write('train.labels', coming.labels.subarray(coming.given * labelSize, to * labelSize), row * labelSize);
      coming.given = to;
      if (to < coming.places.length) return true;
      onDevice[half] = coming.number;
      // The last window of an epoch may be small.
      if (coming.places.length === window) spare = coming.samples;
      fetchNext();
      return false;
    },
    arrival: async () => {
      await incoming?.arrived;
    },
  };
}
