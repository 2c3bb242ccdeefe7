/** What augmentation makes of some samples: with the very tensors that a step of training is made of, on the same device. */
import type { Device } from '../devices/device';
import { sizeOf } from '../graph/tensor';
import { readState, type StateReference } from '../plan/program';
import { readSamples, type Dataset, type Split } from './dataset';
import { augmented, preparationArenas, writeStatistics, type PreparationPlan } from './preparation';
import { seedState, stepState } from './states';
import type { Statistics } from './statistics';

export interface PreviewRequest {
  readonly split: Split;
  /** Samples of the split; they stand for the batch of one step, in this order. */
  readonly indices: readonly number[];
  /** Of which the random numbers are: another number shows other draws. */
  readonly step: number;
  readonly seed: number;
}

/** The samples, f32 row-major one after another, as that step would see them before they are normalised. */
export async function previewAugmentation(
  device: Device,
  dataset: Dataset,
  { plan, statistics }: { readonly plan: PreparationPlan; readonly statistics: Statistics },
  { split, indices, step, seed }: PreviewRequest,
): Promise<Float32Array> {
  const { sampleShape } = dataset;
  const given: StateReference = { arena: 'preview.given', offset: 0, shape: [indices.length, ...sampleShape], type: 'f32' };
  const result: StateReference = { ...given, arena: 'preview.result' };
  const size = sizeOf(given.shape);
  const state = device.createState([
    ...preparationArenas(plan),
    { name: given.arena, type: 'f32', size },
    { name: result.arena, type: 'f32', size },
    { name: seedState.arena, type: 'i32', size: 2 },
    { name: stepState.arena, type: 'i32', size: 1 },
  ]);
  try {
    const samples = new Float32Array(size);
    (await readSamples(dataset, split, indices)).forEach((values, row) => {
      samples.set(values, row * values.length);
    });
    state.write(given.arena, samples);
    state.write(seedState.arena, Int32Array.of(seed | 0, 0));
    state.write(stepState.arena, Int32Array.of(step));
    writeStatistics(state, plan, statistics);
    const value = augmented(plan, readState(given), { seed: readState(seedState), step: readState(stepState) }).samples;
    const executable = await device.compile({ name: 'preview-augmentation', phases: [{ assignments: [{ target: result, value }] }] }, [
      state,
    ]);
    try {
      executable.run();
      return Float32Array.from(await state.read(result.arena));
    } finally {
      executable.dispose();
    }
  } finally {
    state.dispose();
  }
}
