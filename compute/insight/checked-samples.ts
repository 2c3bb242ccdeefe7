/** Samples and the network's outputs for them, with which an export of the network is checked. */
import { CHECKED_SAMPLES, type CheckMaterial } from '../export/check-material';
import type { SafetensorsEntry } from '../graph/safetensors';
import { sizeOf } from '../graph/tensor';
import { readSamples, type Split } from '../training/dataset';
import type { NetworkOnDevice } from '../training/network-on-device';
import { AVERAGED } from '../training/placement';
import type { Snapshot } from '../training/snapshot';
import type { Statistics } from '../training/statistics';
import { activationsOf } from './batches';

/** Spread evenly over the validation split, or over the first split that has samples; fewer where there are fewer. */
export async function checkedSamples(
  network: NetworkOnDevice,
  { normalization, colours, targets = null }: Statistics,
): Promise<CheckMaterial> {
  const { dataset, model } = network;
  const order: readonly Split[] = ['validation', 'test', 'train'];
  const split = order.find((one) => dataset.splits[one].count > 0) ?? 'train';
  const { count } = dataset.splits[split];
  const taken = Math.min(CHECKED_SAMPLES, count);
  const indices = Uint32Array.from({ length: taken }, (_, place) => Math.floor((place * count) / taken));
  const { shape, data } = await activationsOf(network, split, indices, model.analysis.output ?? '');
  if (targets !== null) {
    const { mean, deviation } = targets;
    for (const [place, said] of data.entries())
      data[place] = said * (deviation[place % mean.length] ?? 1) + (mean[place % mean.length] ?? 0);
  }
  const rows = await readSamples(dataset, split, [...indices]);
  const size = sizeOf(dataset.sampleShape);
  const samples = new Float32Array(taken * size);
  rows.forEach((row, place) => {
    samples.set(row, place * size);
  });
  return {
    samples: {
      name: 'samples',
      shape: [taken, ...dataset.sampleShape],
      data: dataset.sampleType === 'i32' ? Int32Array.from(samples) : samples,
    },
    outputs: { name: 'outputs', shape: [taken, ...shape], data },
    normalization,
    targets,
    colours,
  };
}

/** The weights with which the network computes those outputs: their averages, where it keeps some. */
export function exportedWeights({ weights, optimizer }: Pick<Snapshot, 'weights' | 'optimizer'>): readonly SafetensorsEntry[] {
  const averaged = new Map(optimizer.map((entry) => [entry.name, entry]));
  return weights.map((entry) => ({ ...(averaged.get(`${AVERAGED}.${entry.name}`) ?? entry), name: entry.name }));
}
