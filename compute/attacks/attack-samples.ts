/**
 * Runs attacks on a device: the samples are a state there and change there, without a way back to the host between steps.
 * Accuracy under attack over many samples, with progress.
 */
import { gradients } from '../autodiff/gradients';
import { checkParameters, type ParameterValues } from '../graph/parameter-schema';
import { philox, streamKey, uniformOf } from '../graph/philox';
import { failure, success, unwrap, type Outcome } from '../graph/problem';
import { sizeOf } from '../graph/tensor';
import { reshape } from '../ops/reshape.op';
import { sum } from '../ops/sum.op';
import { readState, type StateReference } from '../plan/program';
import { arenaOf, predictionProgram, sampleState, toPredictions, type Prediction } from '../insight/prediction';
import { requireNumbers } from '../insight/saliency';
import { inputRange, readSamples, type Split } from '../training/dataset';
import { forward } from '../training/model';
import { sampleLosses } from '../training/objective';
import type { NetworkOnDevice } from '../training/network-on-device';
import type { AttackDefinition, AttackPlan } from './attack';
import { attacks } from './registry';

export interface AttackRequest {
  readonly kind: string;
  /** ε among them, in units of the input (0…1 for images). */
  readonly parameters: ParameterValues;
}

export interface AttackedSample {
  readonly clean: Prediction;
  readonly adversarial: Prediction;
  /** As the attack left it, row-major. */
  readonly sample: Float32Array;
  readonly perturbation: Float32Array;
}

export interface Robustness {
  /** Accuracies, before the attack and under it, over `count` samples. */
  readonly clean: number;
  readonly robust: number;
  readonly count: number;
  readonly cancelled: boolean;
}

/** Samples at once when there are many: progress comes, and a cancel is heard, between two batches. */
const BATCH = 32;

const scalarState = (arena: string): StateReference => ({ arena, offset: 0, shape: [1], type: 'f32' });

/** Looks the attack up and checks its parameters. Problems: `attack.unknown`, `parameter.*`. */
function planAttack({ kind, parameters }: AttackRequest): Outcome<{ readonly definition: AttackDefinition; readonly plan: AttackPlan }> {
  const definition = attacks.get(kind);
  if (definition === undefined) return failure('attack.unknown', { kind, known: [...attacks.keys()].join(', ') });
  const values = checkParameters(definition.parameters, parameters);
  return values.ok ? success({ definition, plan: definition.plan(values.value) }) : values;
}

/** The programs of an attack on so many samples at once: one step of it, and the probabilities of the samples as they are. */
function prepareAttack(network: NetworkOnDevice, definition: AttackDefinition, batch: number) {
  return network.once(`attack.${definition.kind}.${String(batch)}`, async () => {
    const { model, dataset } = network;
    const current = sampleState(dataset, batch);
    const clean: StateReference = { ...current, arena: 'clean' };
    const labels: StateReference = { arena: 'labels', offset: 0, shape: [batch], type: 'i32' };
    const epsilon = scalarState('epsilon');
    const stepSize = scalarState('stepSize');

    const range = await inputRange(dataset);
    const input = readState(current);
    const { output } = forward(model, 'evaluate', input);
    const [gradient] = gradients(sum(sampleLosses(model, output, { samples: readState(clean), labels: readState(labels) })), [input]);
    if (gradient === undefined) throw new TypeError('no gradient of the input');
    const next = definition.update({
      clean: readState(clean),
      current: input,
      gradient,
      epsilon: reshape(readState(epsilon), []),
      stepSize: reshape(readState(stepSize), []),
      range,
    });
    const { program, result } = predictionProgram(model, dataset, batch);
    const state = network.createState([current, clean, labels, epsilon, stepSize, result].map(arenaOf));
    const [step, measure] = await Promise.all([
      network.compile({ name: `attack-${definition.kind}`, phases: [{ assignments: [{ target: current, value: next }] }] }, [state]),
      network.compile(program, [state]),
    ]);
    return { state, step, measure, range, classes: sizeOf(result.shape) / batch };
  });
}

const START_STREAM = streamKey('start of an attack');

/** Where an attack on a sample starts: the same for the same seed and number of the sample, whatever else is in its batch. */
function startOf(
  sample: Float32Array,
  { start, epsilon }: AttackPlan,
  number: number,
  [least, greatest]: readonly [number, number],
): Float32Array {
  if (start === 'sample') return sample;
  const words = new Uint32Array(4);
  return sample.map((value, index) => {
    philox(index, number, START_STREAM, 0, start.seed, 0, words);
    return Math.min(greatest, Math.max(least, value + epsilon * (2 * uniformOf(words[0] ?? 0) - 1)));
  });
}

interface Target {
  readonly sample: Float32Array;
  readonly label: number;
  /** Tells its random start from those of others. */
  readonly number: number;
}

/** Attacks up to `batch` samples; what is in the batch beyond them is left out of the answer. */
async function attackBatch(
  network: NetworkOnDevice,
  definition: AttackDefinition,
  plan: AttackPlan,
  targets: readonly Target[],
  batch: number,
): Promise<AttackedSample[]> {
  requireNumbers(network.dataset);
  if (network.model.objective.target.kind !== 'class') unwrap(failure('attack.needs-classes'));
  const { state, step, measure, range, classes } = await prepareAttack(network, definition, batch);
  const size = sizeOf(network.dataset.sampleShape);
  const clean = new Float32Array(batch * size);
  const start = new Float32Array(batch * size);
  const labels = new Int32Array(batch);
  targets.forEach((target, row) => {
    clean.set(target.sample, row * size);
    start.set(startOf(target.sample, plan, target.number, range), row * size);
    labels[row] = target.label;
  });
  // Everything is queued at once: another attack on the same states cannot come between.
  state.write('clean', clean);
  state.write('sample', clean);
  state.write('labels', labels);
  state.write('epsilon', Float64Array.of(plan.epsilon));
  state.write('stepSize', Float64Array.of(plan.stepSize));
  measure.run();
  const before = state.read('probabilities');
  state.write('sample', start);
  step.run(plan.steps);
  measure.run();
  const [cleanValues, values, attacked] = await Promise.all([before, state.read('probabilities'), state.read('sample')]);
  const cleanPredictions = toPredictions(cleanValues, targets.length, classes);
  const predictions = toPredictions(values, targets.length, classes);
  return targets.flatMap(({ sample: original }, row): AttackedSample[] => {
    const [cleanPrediction, adversarial] = [cleanPredictions[row], predictions[row]];
    if (cleanPrediction === undefined || adversarial === undefined) return [];
    const sample = Float32Array.from(attacked.subarray(row * size, (row + 1) * size));
    return [{ clean: cleanPrediction, adversarial, sample, perturbation: sample.map((value, index) => value - (original[index] ?? 0)) }];
  });
}

/** Attacks one sample away from its label. */
export async function attackSample(
  network: NetworkOnDevice,
  request: AttackRequest,
  sample: Float32Array,
  label: number,
): Promise<AttackedSample> {
  const { definition, plan } = unwrap(planAttack(request));
  const classes = network.dataset.classes.length;
  if (!Number.isInteger(label) || label < 0 || label >= classes) unwrap(failure('attack.label', { label, classes }));
  const [result] = await attackBatch(network, definition, plan, [{ sample, label, number: 0 }], 1);
  if (result === undefined) throw new RangeError('an attack on no sample');
  return result;
}

export interface RobustnessOptions {
  /** Of these samples so far, so many were still recognised under attack. */
  readonly progress: (done: number, robust: number) => void;
  readonly cancelled: () => boolean;
}

/** Accuracy under attack over the first `count` samples of a split, or as many as there are. */
export async function robustAccuracy(
  network: NetworkOnDevice,
  request: AttackRequest,
  split: Split,
  count: number,
  { progress, cancelled }: RobustnessOptions,
): Promise<Robustness> {
  const { definition, plan } = unwrap(planAttack(request));
  const { labels, count: available } = network.dataset.splits[split];
  const total = Math.min(count, available);
  const batch = Math.min(BATCH, Math.max(1, total));
  let done = 0;
  let clean = 0;
  let robust = 0;
  while (done < total && !cancelled()) {
    const first = done;
    const numbers = Array.from({ length: Math.min(batch, total - done) }, (_, index) => first + index);
    const samples = await readSamples(network.dataset, split, numbers);
    const targets = samples.map((sample, index): Target => ({ sample, label: labels[first + index] ?? 0, number: first + index }));
    const results = await attackBatch(network, definition, plan, targets, batch);
    results.forEach((result, index) => {
      const label = targets[index]?.label;
      if (result.clean.predicted === label) clean++;
      if (result.adversarial.predicted === label) robust++;
    });
    done += targets.length;
    progress(done, robust);
  }
  return { clean: done === 0 ? 0 : clean / done, robust: done === 0 ? 0 : robust / done, count: done, cancelled: done < total };
}
