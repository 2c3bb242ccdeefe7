/**
 * The programs of training and evaluation, made of tensors: one training step as three phases (batch, loss, gradients and
 * metrics; optimizer; counters), and one batch of an evaluation. They know no device.
 */
import { sizeOf, type Tensor } from '../graph/tensor';
import { gradients } from '../autodiff/gradients';
import { add } from '../ops/add.op';
import { cast } from '../ops/cast.op';
import { equal } from '../ops/equal.op';
import { broadcastTo } from '../ops/elementwise';
import { gather } from '../ops/gather.op';
import { iota } from '../ops/iota.op';
import { mean } from '../ops/mean';
import { multiply } from '../ops/multiply.op';
import { remainder } from '../ops/remainder.op';
import { reshape } from '../ops/reshape.op';
import { select } from '../ops/select.op';
import { ARENA_ALIGNMENT, readState, type Arena, type Assignment, type Program, type StateReference } from '../plan/program';
import { gatherBatch, type Dataset, type Split } from './dataset';
import { forward, stepState, type Model } from './model';
import { predictedClasses, sampleLosses } from './objective';
import { BUFFERS, GRADIENTS, WEIGHTS, inArena, optimizerArena } from './placement';

/** Steps whose loss and accuracy the device keeps before they are overwritten. */
export const RING_STEPS = 1024;

const positionState: StateReference = { arena: 'position', offset: 0, shape: [1], type: 'i32' };
const learningRateState: StateReference = { arena: 'learningRate', offset: 0, shape: [1], type: 'f32' };
const ringState: StateReference = { arena: 'metrics', offset: 0, shape: [RING_STEPS, 2], type: 'f32' };
const permutationState = (count: number): StateReference => ({ arena: 'permutation', offset: 0, shape: [count], type: 'i32' });
const flatState = (arena: string, size: number): StateReference => ({ arena, offset: 0, shape: [size], type: 'f32' });

/** What the programs of one network keep on the device, besides the data set. */
export function modelArenas({ placement, optimizer }: Model, dataset: Dataset): Arena[] {
  const { parameterSize, bufferSize } = placement;
  return [
    { name: WEIGHTS, type: 'f32', size: parameterSize },
    { name: BUFFERS, type: 'f32', size: bufferSize },
    { name: GRADIENTS, type: 'f32', size: parameterSize },
    ...optimizer.slots.map((slot): Arena => ({ name: optimizerArena(slot), type: 'f32', size: parameterSize })),
    { name: 'step', type: 'i32', size: 1 },
    { name: 'seed', type: 'i32', size: 2 },
    { name: 'learningRate', type: 'f32', size: 1 },
    { name: 'position', type: 'i32', size: 1 },
    { name: 'permutation', type: 'i32', size: dataset.splits.train.count },
    { name: 'metrics', type: 'f32', size: RING_STEPS * 2 },
  ];
}

/** Fraction of predictions that agree with the labels; a scalar. */
const accuracyOf = (model: Model, output: Tensor, labels: Tensor): Tensor => mean(equal(predictedClasses(model, output, labels), labels));

/** The ring with (loss, accuracy) written at the row of this step. */
function writeRing(loss: Tensor, accuracy: Tensor): Assignment {
  const { shape } = ringState;
  const row = broadcastTo(remainder(readState(stepState), RING_STEPS), shape);
  const column = iota(shape, 1);
  const value = select(equal(column, 0), broadcastTo(loss, shape), broadcastTo(accuracy, shape));
  return { target: ringState, value: select(equal(iota(shape, 0), row), value, readState(ringState)) };
}

/**
 * One training step on the `batch` samples that follow the position in the permutation. Leaves gradients in their arena,
 * writes loss (mean over the batch, before the update) and accuracy into the ring, and counts on.
 */
export function trainingProgram(model: Model, dataset: Dataset, batch: number): Program {
  const { placement, settings, optimizer, optimizerParameters } = model;
  const places = add(iota([batch], 0), broadcastTo(readState(positionState), [batch]));
  const { samples, labels } = gatherBatch(dataset, 'train', gather(readState(permutationState(dataset.splits.train.count)), places));
  const { output, weights, bufferUpdates } = forward(model, 'train', samples);
  const objective = mean(sampleLosses(model, output, { samples, labels }));

  const trainable = placement.weights.filter(({ specification }) => specification.role === 'parameter');
  const leaf = (name: string): Tensor => {
    const tensor = weights.get(name);
    if (tensor === undefined) throw new RangeError(`the network has no weight ${name}`);
    return tensor;
  };
  const computed = gradients(
    objective,
    trainable.map(({ name }) => leaf(name)),
  );
  const gradientAssignments = trainable.flatMap(({ reference }, index): Assignment[] => {
    const value = computed[index];
    return value === undefined ? [] : [{ target: inArena(reference, GRADIENTS), value }];
  });
  const bufferAssignments = placement.weights.flatMap(({ name, reference }): Assignment[] => {
    const value = bufferUpdates.get(name);
    return value === undefined ? [] : [{ target: reference, value }];
  });

  const size = placement.parameterSize;
  const weight = readState(flatState(WEIGHTS, size));
  const gradient = readState(flatState(GRADIENTS, size));
  const step = readState(stepState);
  const updated = optimizer.update(
    {
      weight,
      gradient:
        settings.weightDecay === 0 || optimizer.decouplesWeightDecay ? gradient : add(gradient, multiply(weight, settings.weightDecay)),
      weightDecay: settings.weightDecay,
      slots: Object.fromEntries(optimizer.slots.map((slot) => [slot, readState(flatState(optimizerArena(slot), size))])),
      learningRate: reshape(readState(learningRateState), []),
      step: reshape(cast(add(step, 1), 'f32'), []),
    },
    optimizerParameters,
  );

  return {
    name: `train-${String(batch)}`,
    phases: [
      { assignments: [...gradientAssignments, ...bufferAssignments, writeRing(objective, accuracyOf(model, output, labels))] },
      {
        assignments: [
          { target: flatState(WEIGHTS, size), value: updated.weight },
          ...Object.entries(updated.slots).map(([slot, value]) => ({ target: flatState(optimizerArena(slot), size), value })),
        ],
      },
      {
        assignments: [
          { target: stepState, value: add(step, 1) },
          { target: positionState, value: add(readState(positionState), batch) },
        ],
      },
    ],
  };
}

const evaluationLosses = (split: Split, batch: number): StateReference => ({
  arena: `evaluation.${split}`,
  offset: 0,
  shape: [batch],
  type: 'f32',
});
const evaluationPosition = (split: Split): StateReference => ({
  arena: `evaluation.${split}.position`,
  offset: 0,
  shape: [1],
  type: 'i32',
});

/** Where an evaluation finds its place and leaves its results: losses [batch] and, from `predictions` on, `labels` classes, all f32. */
export function evaluationPlaces(split: Split, batch: number, labels: number) {
  const predictions = Math.ceil(batch / ARENA_ALIGNMENT) * ARENA_ALIGNMENT;
  const result = evaluationLosses(split, batch).arena;
  const position = evaluationPosition(split).arena;
  const arenas: readonly Arena[] = [
    { name: result, type: 'f32', size: predictions + Math.ceil(labels / ARENA_ALIGNMENT) * ARENA_ALIGNMENT },
    { name: position, type: 'i32', size: 1 },
  ];
  return { result, position, predictions, arenas };
}

/**
 * Loss and predicted class of the `batch` samples from the position on. Past the end of the split the results mean nothing,
 * and the reader leaves them out.
 */
export function evaluationProgram(model: Model, dataset: Dataset, split: Split, batch: number): Program {
  const places = add(iota([batch], 0), broadcastTo(readState(evaluationPosition(split)), [batch]));
  const { samples, labels } = gatherBatch(dataset, split, places);
  const { output } = forward(model, 'evaluate', samples);
  const losses = evaluationLosses(split, batch);
  const { predictions } = evaluationPlaces(split, batch, sizeOf(labels.shape));
  return {
    name: `evaluate-${split}`,
    phases: [
      {
        assignments: [
          { target: losses, value: sampleLosses(model, output, { samples, labels }) },
          { target: { ...losses, offset: predictions, shape: labels.shape }, value: cast(predictedClasses(model, output, labels), 'f32') },
        ],
      },
    ],
  };
}
