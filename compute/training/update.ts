/**
 * From the gradient of a batch to new weights: whether the step is taken at all, accumulation, normalisation, clipping,
 * decay, the optimizer's step, averaging. Tensors only; the order is PyTorch's: clip, then decay, then step.
 */
import { sizeOf, type Tensor } from '../graph/tensor';
import { add } from '../ops/add.op';
import { cast } from '../ops/cast.op';
import { divide } from '../ops/divide.op';
import { equal } from '../ops/equal.op';
import { gather } from '../ops/gather.op';
import { greater } from '../ops/greater.op';
import { maximum } from '../ops/maximum.op';
import { minimum } from '../ops/minimum.op';
import { multiply, square } from '../ops/multiply.op';
import { nonFinite } from '../ops/non-finite.op';
import { remainder } from '../ops/remainder.op';
import { reshape } from '../ops/reshape.op';
import { select } from '../ops/select.op';
import { sign } from '../ops/sign.op';
import { sqrt } from '../ops/sqrt.op';
import { subtract } from '../ops/subtract.op';
import { sum } from '../ops/sum.op';
import { ARENA_ALIGNMENT, readState, type Assignment, type Phase, type StateReference } from '../plan/program';
import { slotOf } from '../optimizers/optimizer';
import type { Dataset } from './dataset';
import type { Model } from './model';
import { ACCUMULATED, AVERAGED, BUFFERS, GRADIENTS, WEIGHTS, isTrainable, optimizerArena } from './placement';
import { BAD_NUMBER, gradientNormState, haltedState, lossState, outcomeState, ratesState, stepState } from './states';

/** Keeps a gradient of zeros, which has no direction, from being divided by its norm. */
const LEAST_NORM = 1e-12;
/** PyTorch's clip_grad_norm_ adds it to the norm that it divides by. */
const CLIP_EPSILON = 1e-6;

const scalarOf = (reference: StateReference): Tensor => reshape(readState(reference), []);
const flatState = (arena: string, { placement }: Model): StateReference => ({
  arena,
  offset: 0,
  shape: [placement.parameterSize],
  type: 'f32',
});

export const needsGradientNorm = ({ settings }: Pick<Model, 'settings'>): boolean =>
  settings.normalizeGradient || settings.clipNorm !== null || settings.stopping.gradientNorm !== null;

/** 1 at the last batch of each that make one update. */
const isUpdate = (count: number): Tensor => equal(remainder(scalarOf(stepState), count), count - 1);

/**
 * The mean gradient of the batches since the last update, with this one; parts of it until the last of them. Each batch counts
 * alike, however many samples it has and whatever their classes weigh, as in a PyTorch loop that divides each batch's mean loss
 * by their number.
 */
function totalGradient(model: Model): Tensor {
  const { accumulation } = model.settings;
  const gradient = readState(flatState(GRADIENTS, model));
  if (accumulation === 1) return gradient;
  const isFirst = equal(remainder(scalarOf(stepState), accumulation), 0);
  const before = readState(flatState(optimizerArena(ACCUMULATED), model));
  return add(select(isFirst, 0, before), multiply(gradient, 1 / accumulation));
}

/** The phase that measures the gradient, where something asks for its norm. */
export const normPhases = (model: Model): Phase[] =>
  needsGradientNorm(model)
    ? [
        {
          assignments: [
            {
              target: gradientNormState,
              value: reshape(sqrt(sum(square(totalGradient(model)))), gradientNormState.shape),
            },
          ],
        },
      ]
    : [];

/** More than 0 where arenas of one size hold a number that is not finite; a scalar. */
function badness(...arenas: readonly StateReference[]): Tensor {
  // Rows of one length, each for a workgroup of its own: arenas hold a multiple of so many elements.
  const rows = arenas.map((reference) =>
    nonFinite(reshape(readState(reference), [ARENA_ALIGNMENT, sizeOf(reference.shape) / ARENA_ALIGNMENT])),
  );
  return sum(sum(rows.reduce(add), [1]));
}

/**
 * What becomes of the step, as in outcomeState: a scalar, from the states as they are after the batch. Weights and gradients
 * are looked at too, and not the loss alone: what goes bad behind a unit that is off, or in a row that no sample asks for,
 * never reaches it.
 */
export function outcomeOf(model: Model): Tensor {
  const { accumulation, stopping } = model.settings;
  const { weights, bufferSize } = model.placement;
  const sums = [nonFinite(scalarOf(lossState)), badness(flatState(WEIGHTS, model), flatState(GRADIENTS, model))];
  if (weights.some((weight) => !isTrainable(weight))) sums.push(badness({ ...flatState(BUFFERS, model), shape: [bufferSize] }));
  let goesOn = subtract(1, scalarOf(haltedState));
  if (needsGradientNorm(model)) {
    const norm = scalarOf(gradientNormState);
    sums.push(nonFinite(norm));
    if (stopping.gradientNorm !== null) {
      const isShort = multiply(greater(stopping.gradientNorm, norm), isUpdate(accumulation));
      goesOn = multiply(goesOn, subtract(1, isShort));
    }
  }
  return select(greater(sums.reduce(add), 0), BAD_NUMBER, goesOn);
}

/** Normalised, then shortened to the norm that is allowed, then limited element by element. */
function clipped(gradient: Tensor, { settings }: Model): Tensor {
  const { normalizeGradient, clipNorm, clipValue } = settings;
  let result = gradient;
  if (normalizeGradient || clipNorm !== null) {
    const measured = scalarOf(gradientNormState);
    const normal = normalizeGradient ? divide(1, maximum(measured, LEAST_NORM)) : null;
    const norm = normal === null ? measured : multiply(measured, normal);
    const shortened = clipNorm === null ? null : minimum(divide(clipNorm, add(norm, CLIP_EPSILON)), 1);
    for (const factor of [normal, shortened]) if (factor !== null) result = multiply(result, factor);
  }
  return clipValue === null ? result : maximum(minimum(result, clipValue), -clipValue);
}

/** The gradient with what weight decay and L1 add to it. */
function decayed(gradient: Tensor, weight: Tensor, { settings: { weightDecay, l1 }, optimizer }: Model): Tensor {
  const smaller = weightDecay === 0 || optimizer.decouplesWeightDecay ? gradient : add(gradient, multiply(weight, weightDecay));
  return l1 === 0 ? smaller : add(smaller, multiply(sign(weight), l1));
}

/** The phase that moves weights, optimizer slots and their companions as the outcome of the step says, and keeps the outcome. */
export function updatePhase(model: Model, dataset: Dataset, outcome: Tensor = outcomeOf(model)): Phase {
  const { settings, optimizer, optimizerParameters } = model;
  const { accumulation, averaging, batchSize } = settings;
  const weight = readState(flatState(WEIGHTS, model));
  const slots = Object.fromEntries(model.slots.map((slot) => [slot, readState(flatState(optimizerArena(slot), model))]));
  const total = totalGradient(model);
  const rates = ratesState(dataset, batchSize);
  const step = readState(stepState);
  const count = cast(add(step, 1), 'f32');
  const updated = optimizer.update(
    {
      weight,
      gradient: decayed(clipped(total, model), weight, model),
      weightDecay: settings.weightDecay,
      slots,
      learningRate: reshape(gather(readState(rates), remainder(step, sizeOf(rates.shape))), []),
      // Whole at every update, and between two of them not looked at.
      step: reshape(accumulation === 1 ? count : divide(count, accumulation), []),
    },
    optimizerParameters,
  );
  const taken = greater(outcome, 0);
  const updates = accumulation === 1 ? taken : multiply(taken, isUpdate(accumulation));
  const assign = (arena: string, when: Tensor, value: Tensor, before: Tensor): Assignment => ({
    target: flatState(arena, model),
    value: select(when, value, before),
  });
  const assignments = [
    { target: outcomeState, value: reshape(outcome, outcomeState.shape) },
    assign(WEIGHTS, updates, updated.weight, weight),
    ...Object.entries(updated.slots).map(([slot, value]) => assign(optimizerArena(slot), updates, value, slotOf(slots, slot))),
  ];
  if (accumulation > 1) assignments.push(assign(optimizerArena(ACCUMULATED), taken, total, slotOf(slots, ACCUMULATED)));
  if (averaging !== null) {
    const before = slotOf(slots, AVERAGED);
    const average = add(multiply(before, averaging.decay), multiply(updated.weight, 1 - averaging.decay));
    assignments.push(assign(optimizerArena(AVERAGED), updates, average, before));
  }
  return { assignments };
}
