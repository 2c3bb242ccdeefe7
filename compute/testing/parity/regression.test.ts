/** Numbers of the training split against NumPy, and training on numbers against PyTorch: losses and errors step by step, measures at the end. */
import { beforeAll, describe, expect, test } from 'vitest';
import { openReferenceDevice } from '../../devices/reference/reference-device';
import type { ModelDocument } from '../../graph/model-document';
import { sizeOf, type Shape } from '../../graph/tensor';
import { defaultTrainingSettings, type NormalizationKind, type TrainingSettings } from '../../graph/training-settings';
import { losses } from '../../losses/registry';
import type { DatasetInMemory } from '../../training/dataset';
import { evaluate } from '../../training/evaluation';
import type { MeasuredStep } from '../../training/progress';
import { createSession } from '../../training/session';
import { measureStatistics, normalizedAxis } from '../../training/statistics';
import { deviationOf } from '../comparison';
import { draw } from '../draw';
import { arrayMessage, runPython } from './python';

/** Both sum in float64, in another order. */
const STATISTICS_BOUND = 1e-12;
/** Rounding differs by 1e-16 a step; the estimates of an evaluation are kept in float32. */
const LOSS_BOUND = 1e-11;
const EVALUATION_BOUND = 1e-6;

const SAMPLES = 48;
const BATCH = 16;
const STEPS = 45;
const targetNames = ['first', 'second', 'third'];

interface Measured {
  readonly shape: Shape;
  readonly kind: NormalizationKind;
  readonly type: 'u8' | 'f32';
}
const measured: readonly Measured[] = [
  { shape: [3, 4, 5], kind: 'per-channel', type: 'u8' },
  { shape: [3, 4, 5], kind: 'per-channel', type: 'f32' },
  { shape: [3, 4, 5], kind: 'per-column', type: 'f32' },
  { shape: [6], kind: 'per-column', type: 'f32' },
  { shape: [6], kind: 'range', type: 'f32' },
];

function samplesOf({ shape, kind, type }: Measured): Uint8Array | Float32Array {
  const drawn = draw(`${shape.join('×')} ${kind} ${type}`, [SAMPLES, ...shape], [0, 255]);
  // A great offset, which sums of squares would not survive, and a first entry that never changes.
  const size = sizeOf(shape);
  return type === 'u8'
    ? Uint8Array.from(drawn)
    : Float32Array.from(drawn, (value, index) => (index % size < size / (shape[0] ?? 1) && kind === 'range' ? 7 : 1e6 + value));
}

const nothing = { count: 0, samples: new Float32Array(), labels: new Float32Array() };
const datasetOf = (item: Measured): DatasetInMemory => {
  const train = { count: SAMPLES, samples: samplesOf(item), labels: new Int32Array(SAMPLES) };
  const none = { count: 0, samples: train.samples.subarray(0, 0), labels: new Int32Array() };
  return {
    name: 'measured',
    sampleShape: item.shape,
    sampleType: item.type,
    classes: ['one'],
    splits: { train, validation: none, test: none },
  };
};

const cases = [
  { loss: 'mean-squared-error', yes: false },
  { loss: 'mean-squared-error', yes: false, far: true },
  { loss: 'absolute-error', yes: false },
  { loss: 'huber', yes: false },
  { loss: 'binary-cross-entropy', yes: true },
] as const satisfies readonly Case[];
interface Case {
  readonly loss: string;
  /** Whether targets are yes or no. */
  readonly yes: boolean;
  /** Whether they lie far from 0 and far apart, and are standardised. */
  readonly far?: boolean;
}

/** A table of five columns of very different sizes, and three numbers that follow from them. */
function tableOf({ yes, far = false }: Case): DatasetInMemory {
  const columns = draw('columns', [SAMPLES, 5], [-1, 1]);
  const samples = Float32Array.from(columns, (value, index) => 100 + value * 10 ** ((index % 5) - 2));
  const labels = Float32Array.from({ length: SAMPLES * 3 }, (_, index) => {
    const row = Math.floor(index / 3) * 5;
    const value = (columns[row + (index % 3)] ?? 0) * 3 - (columns[row + 4] ?? 0);
    return yes ? Number(value > 0) : far ? 5000 + 10 ** (index % 3) * 40 * value : value;
  });
  const train = { count: SAMPLES, samples, labels };
  return {
    name: 'table',
    sampleShape: [5],
    sampleType: 'f32',
    labelShape: [3],
    classes: [],
    targetNames,
    splits: { train, validation: nothing, test: nothing },
  };
}

const document: ModelDocument = {
  format: 'hebb-model',
  version: 1,
  name: 'numbers',
  nodes: [
    { id: 'input', kind: 'input', version: 1, parameters: { shape: [5] } },
    { id: 'hidden', kind: 'dense', version: 1, parameters: { units: 7 } },
    { id: 'tanh', kind: 'tanh', version: 1, parameters: {} },
    { id: 'output', kind: 'dense', version: 1, parameters: { units: 3 } },
  ],
  edges: [
    { from: 'input', to: 'hidden', port: 0 },
    { from: 'hidden', to: 'tanh', port: 0 },
    { from: 'tanh', to: 'output', port: 0 },
  ],
};

const settingsOf = ({ loss, far = false }: Case): TrainingSettings => ({
  ...defaultTrainingSettings,
  batchSize: BATCH,
  epochs: 100,
  loss: { kind: loss, parameters: {} },
  optimizer: { kind: 'sgd', parameters: {} },
  learningRate: 0.3,
  order: 'sequential',
  preparation: { normalization: 'per-column', standardizeTargets: far, augmentation: [] },
});

async function trainIt(item: Case) {
  const steps: MeasuredStep[] = [];
  const session = createSession({
    openDevice: () => Promise.resolve(openReferenceDevice()),
    emit: (event) => {
      if (event.type === 'progress') steps.push(...event.metrics);
    },
  });
  await session.openDevice();
  const dataset = tableOf(item);
  await session.loadDataset(dataset);
  await session.configure({ document, settings: settingsOf(item), keepWeights: false });
  const first = await session.snapshot(true);
  await session.step(STEPS);
  const evaluation = await session.use((network) => evaluate(network, 'train'));
  session.dispose();
  return { steps, evaluation, weights: first?.weights ?? [], dataset };
}

interface Torch {
  readonly statistics: readonly { readonly mean: number[]; readonly deviation: number[]; readonly spread?: number[] }[];
  readonly trainings: readonly {
    readonly losses: number[];
    readonly errors: number[];
    readonly meanAbsoluteErrors: number[];
    readonly r2: number[];
  }[];
}
let trained: readonly Awaited<ReturnType<typeof trainIt>>[] = [];
let torch: Torch = { statistics: [], trainings: [] };

beforeAll(async () => {
  trained = await Promise.all(cases.map(trainIt));
  const order = Array.from({ length: STEPS }, (_, step) => Array.from({ length: BATCH }, (__, row) => (step * BATCH + row) % SAMPLES));
  // The script prints results of this form.
  torch = (await runPython('regression.py', {
    statistics: measured.map((item) => ({
      kind: item.kind,
      axis: normalizedAxis(item.kind, item.shape),
      colours: item.shape.length === 3,
      samples: arrayMessage(
        [SAMPLES, ...item.shape],
        Float64Array.from(samplesOf(item), (value) => (item.type === 'u8' ? value / 255 : value)),
      ),
    })),
    trainings: trained.map(({ weights, dataset }, place) => {
      const { loss, yes, far = false }: Case = cases[place] ?? expect.unreachable('Each case was trained.');
      const { samples, labels } = dataset.splits.train;
      return {
        samples: arrayMessage([SAMPLES, 5], samples),
        labels: arrayMessage([SAMPLES, 3], labels),
        weights: Object.fromEntries(weights.map(({ name, shape, data }) => [name, arrayMessage(shape, data)])),
        learningRate: 0.3,
        logits: yes,
        standardize: far,
        loss: losses.get(loss)?.pytorch(loss === 'huber' ? { delta: 1 } : {}, [3], { kind: 'values', shape: [3] }, 'mean'),
        batches: order,
      };
    }),
  })) as Torch;
}, 120_000);

describe('the numbers of a training split', () => {
  test.each(measured)('$kind of $shape in $type are those of NumPy', async (item) => {
    const { normalization, colours } = await measureStatistics(datasetOf(item), {
      normalization: item.kind,
      needsColours: item.shape.length === 3,
      targets: 0,
    });
    const expected = torch.statistics[measured.indexOf(item)] ?? expect.unreachable('The script measured each.');
    expect(deviationOf(normalization?.mean ?? [], expected.mean)).toBeLessThan(STATISTICS_BOUND);
    // Of numbers around a million in float32, whose differences are exact: what NumPy sums in pairs is off by 1e-16 of a million.
    expect(deviationOf(normalization?.deviation ?? [], expected.deviation)).toBeLessThan(1e-9);
    if (colours === null) return;
    const spread = Array.from({ length: 9 }, (_, place) => {
      const [row, column] = [Math.floor(place / 3), place % 3];
      return [0, 1, 2].reduce((sum, axis) => sum + (colours[3 * row + axis] ?? 0) * (colours[3 * column + axis] ?? 0), 0);
    });
    expect(deviationOf(spread, expected.spread ?? [])).toBeLessThan(1e-9);
  });
});

describe('training on numbers', () => {
  test.each(cases)('with $loss (far: $far) has the losses and errors of PyTorch', (item) => {
    const place = cases.indexOf(item);
    const { steps, evaluation } = trained[place] ?? expect.unreachable('Each case was trained.');
    const expected = torch.trainings[place] ?? expect.unreachable('The script trained each.');
    expect(steps.map(({ accuracy }) => accuracy)).toEqual(new Array(STEPS).fill(NaN));
    expect(
      deviationOf(
        steps.map((step) => step.loss),
        expected.losses,
      ),
    ).toBeLessThan(LOSS_BOUND);
    expect(
      deviationOf(
        steps.map(({ meanAbsoluteError }) => meanAbsoluteError),
        expected.errors,
      ),
    ).toBeLessThan(LOSS_BOUND);
    // The comparison means something only where training moved.
    expect(expected.losses.at(-1)).toBeLessThan(0.9 * (expected.losses[0] ?? 0));
    const { regression } = evaluation;
    expect(regression?.targets.map(({ name }) => name)).toEqual(targetNames);
    expect(
      deviationOf(regression?.targets.map(({ meanAbsoluteError }) => meanAbsoluteError) ?? [], expected.meanAbsoluteErrors),
    ).toBeLessThan(EVALUATION_BOUND);
    expect(deviationOf(regression?.targets.map(({ r2 }) => r2) ?? [], expected.r2)).toBeLessThan(EVALUATION_BOUND);
  });
});
