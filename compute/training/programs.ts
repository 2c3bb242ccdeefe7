/**
 * The programs of training and evaluation, made of tensors: one training step as three phases (batch, loss, gradients and
 * metrics; optimizer; counters), and one batch of an evaluation. They know no device.
 */
import { sizeOf, type Tensor } from '../graph/tensor';
import { add } from '../ops/add.op';
import { cast } from '../ops/cast.op';
import { equal } from '../ops/equal.op';
import { broadcastTo } from '../ops/elementwise';
import { gather } from '../ops/gather.op';
import { greater } from '../ops/greater.op';
import { iota } from '../ops/iota.op';
import { mean } from '../ops/mean';
import { multiply } from '../ops/multiply.op';
import { remainder } from '../ops/remainder.op';
import { reshape } from '../ops/reshape.op';
import { select } from '../ops/select.op';
import { subtract } from '../ops/subtract.op';
import { ARENA_ALIGNMENT, readState, type Arena, type Assignment, type Program, type StateReference } from '../plan/program';
import type { Dataset, Split } from './dataset';
import { gatherBatch, type PlacedDataset } from './dataset-placement';
import { forward, type Model } from './model';
import { batchLoss, distances, estimates, hasTargets, predictedClasses, sampleLosses, type Given } from './objective';
import { augmented, inUnits, preparationArenas, standardised, told } from './preparation';
import { BUFFERS, GRADIENTS, WEIGHTS, inArena, isTrainable, optimizerArena } from './placement';
import {
  RING_STEPS,
  OUTCOME_COLUMN,
  measureState,
  gradientNormState,
  haltedState,
  lossState,
  outcomeState,
  permutationState,
  positionState,
  ratesState,
  ringState,
  seedState,
  stepState,
} from './states';
import { needsGradientNorm, normPhases, outcomeOf, updatePhase } from './update';

/** What the programs of one network keep on the device, besides the data set. */
export function modelArenas({ placement, slots, settings, preparation }: Model, dataset: Dataset): Arena[] {
  const { parameterSize, bufferSize } = placement;
  const small = [
    stepState,
    seedState,
    positionState,
    haltedState,
    lossState,
    outcomeState,
    measureState,
    gradientNormState,
    permutationState(dataset),
    ratesState(dataset, settings.batchSize),
    ringState,
  ];
  return [
    { name: WEIGHTS, type: 'f32', size: parameterSize },
    { name: BUFFERS, type: 'f32', size: bufferSize },
    { name: GRADIENTS, type: 'f32', size: parameterSize },
    ...slots.map((slot): Arena => ({ name: optimizerArena(slot), type: 'f32', size: parameterSize })),
    ...preparationArenas(preparation),
    ...small.map(({ arena, type, shape }): Arena => ({ name: arena, type, size: sizeOf(shape) })),
  ];
}

/** What a step measures beside its loss, a scalar: the fraction of predictions that agree with the labels, or how far numbers are off. */
function measureOf(model: Model, output: Tensor, given: Given): Tensor | null {
  const { labels } = given;
  if (hasTargets(model)) return mean(inUnits(model.preparation, distances(model, output, given)));
  return model.objective.target.kind === 'class' ? mean(equal(predictedClasses(model, output, labels), labels)) : null;
}

/** The ring with what this step measured written at its row; a step that is not taken is tried again, and writes its row again. */
function writeRing(model: Model, outcome: Tensor): Assignment {
  const { shape } = ringState;
  const column = iota(shape, 1);
  const measured = [lossState, measureState, ...(needsGradientNorm(model) ? [gradientNormState] : [])];
  const values = [...measured.map((reference) => broadcastTo(readState(reference), shape)), broadcastTo(outcome, shape)];
  const row = values.reduceRight((others, value, index) =>
    select(equal(column, index === measured.length ? OUTCOME_COLUMN : index), value, others),
  );
  const isRow = equal(iota(shape, 0), broadcastTo(remainder(readState(stepState), RING_STEPS), shape));
  return { target: ringState, value: select(isRow, row, readState(ringState)) };
}

/** The `batch` samples that follow the position in the permutation, augmented as the settings say, and what the network is to say of them. */
export function nextBatch({ preparation }: Model, { dataset, training }: PlacedDataset, batch: number): Given {
  const places = add(iota([batch], 0), broadcastTo(readState(positionState), [batch]));
  const { samples, labels: own } = gatherBatch(dataset, training, gather(readState(permutationState(dataset)), places));
  const labels = standardised(preparation, own);
  if (preparation.augmentations.length === 0) return { samples, labels };
  return { ...augmented(preparation, samples, { seed: readState(seedState), step: readState(stepState) }), labels };
}

/**
 * What is passed back is so many times as large where it is kept in 16 bits: 1024 times what a sample's own loss would give. From
 * there it may grow 64-fold before it is cut off at the largest of these numbers, and shrink by 2³⁴ before it is lost.
 */
const gradientScaleOf = ({ settings: { precision } }: Model, batch: number): number =>
  precision === 'f32' ? 1 : 1024 * 2 ** Math.ceil(Math.log2(batch));

/**
 * One training step on the `batch` samples that follow the position in the permutation. Leaves gradients in their arena, moves
 * the weights, writes a row of the ring (loss: mean over the batch, before the update) and counts on. A step with a number that
 * is not finite is not taken: weights and counters stay as they are, in this and in all later runs, until the host clears `halted`.
 */
export function trainingProgram(model: Model, placed: PlacedDataset, batch: number): Program {
  const { placement, learningRule, learningRuleParameters } = model;
  const { dataset } = placed;
  const given = nextBatch(model, placed, batch);
  const { output, activations, weights, bufferUpdates } = forward(model, 'train', given.samples);
  const objective = batchLoss(model, output, given);

  const trainable = placement.weights.filter(isTrainable).map(({ name, node, reference }) => {
    const tensor = weights.get(name);
    if (tensor === undefined) throw new RangeError(`the network has no weight ${name}`);
    return { name, node, tensor, reference };
  });
  const directions = learningRule.directions(
    { objective, weights: trainable, activations, gradientScale: gradientScaleOf(model, batch) },
    learningRuleParameters,
  );
  const gradientAssignments = trainable.flatMap(({ reference }, index): Assignment[] => {
    const value = directions[index];
    return value === undefined ? [] : [{ target: inArena(reference, GRADIENTS), value }];
  });
  const halted = readState(haltedState);
  const bufferAssignments = placement.weights.flatMap(({ name, reference }): Assignment[] => {
    const value = bufferUpdates.get(name);
    // Repeats of a step that was not taken must not move them on: how many there are is a matter of time.
    return value === undefined ? [] : [{ target: reference, value: select(reshape(halted, []), readState(reference), value) }];
  });
  const measured = (target: StateReference, value: Tensor): Assignment => ({ target, value: reshape(value, target.shape) });
  const beside = measureOf(model, output, given);
  const measure = beside === null ? [] : [measured(measureState, beside)];

  const outcome = outcomeOf(model);
  const update = updatePhase(model, dataset, outcome);
  const taken = greater(readState(outcomeState), 0);
  const step = readState(stepState);
  const position = readState(positionState);
  return {
    name: `train-${String(batch)}`,
    phases: [
      {
        assignments: [...gradientAssignments, ...bufferAssignments, measured(lossState, objective), ...measure],
        intermediates: model.settings.precision === 'f32' ? 'f32' : 'f16',
      },
      ...normPhases(model),
      // Not with the counters: it reads the one of steps, which would have to be kept for it.
      { assignments: [...update.assignments, writeRing(model, outcome)] },
      {
        assignments: [
          { target: stepState, value: add(step, cast(taken, 'i32')) },
          { target: positionState, value: add(position, multiply(cast(taken, 'i32'), batch)) },
          { target: haltedState, value: subtract(1, taken) },
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

/** Where an evaluation finds its place and leaves its results: losses [batch] and, from `predictions` on, `labels` classes or numbers, all f32. */
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
 * Loss and predicted class, or numbers, of the `batch` samples from the position on. Past the end of the split the results mean
 * nothing, and the reader leaves them out.
 */
export function evaluationProgram(model: Model, { dataset, evaluation }: PlacedDataset, split: Split, batch: number): Program {
  const places = add(iota([batch], 0), broadcastTo(readState(evaluationPosition(split)), [batch]));
  const { samples, labels: own } = gatherBatch(dataset, evaluation(split), places);
  const labels = standardised(model.preparation, own);
  const { output } = forward(model, 'evaluate', samples);
  const losses = evaluationLosses(split, batch);
  const { predictions } = evaluationPlaces(split, batch, sizeOf(labels.shape));
  const predicted = hasTargets(model)
    ? told(model.preparation, estimates(model, output))
    : model.objective.target.kind === 'class'
      ? cast(predictedClasses(model, output, labels), 'f32')
      : null;
  return {
    name: `evaluate-${split}`,
    phases: [
      {
        assignments: [
          { target: losses, value: sampleLosses(model, output, { samples, labels }) },
          ...(predicted === null ? [] : [{ target: { ...losses, offset: predictions, shape: labels.shape }, value: predicted }]),
        ],
      },
    ],
  };
}
