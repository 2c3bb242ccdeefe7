/** Every optimizer, and what is done to a gradient before it, against PyTorch over 100 steps: in float64 on the reference, in f32 on WebGPU and on the CPU. */
import { beforeAll, describe, expect, test } from 'vitest';
import { devicesForTests, testedKinds } from '../../../main/cli/testing/devices';
import type { Device } from '../../devices/device';
import { openReferenceDevice } from '../../devices/reference/reference-device';
import { checkParameters, defaultsOf } from '../../graph/parameter-schema';
import { unwrap } from '../../graph/problem';
import { defaultTrainingSettings, type TrainingSettings } from '../../graph/training-settings';
import { add } from '../../ops/add.op';
import { cast } from '../../ops/cast.op';
import { multiply } from '../../ops/multiply.op';
import { subtract } from '../../ops/subtract.op';
import { optimizers } from '../../optimizers/registry';
import { readState, type Arena, type StateReference } from '../../plan/program';
import { prepareModel, type Model } from '../../training/model';
import { AVERAGED, GRADIENTS, WEIGHTS, optimizerArena } from '../../training/placement';
import { modelArenas } from '../../training/programs';
import { stepState } from '../../training/states';
import { normPhases, updatePhase } from '../../training/update';
import { learnable, perceptron } from '../small-training';
import { draw } from '../draw';
import { runPython } from './python';

const STEPS = 100;
/** Steps from one look at the weights to the next. */
const EVERY = 10;
const LEARNING_RATE = 0.01;
/** The reference computes in float64, as PyTorch does here: only the order of a few operations differs. */
const REFERENCE_BOUND = 1e-12;
/** A hundred updates in f32, each rounded to 6e-8 of a weight around 1; divisions by small roots enlarge that. */
const FLOAT32_BOUND = 1e-4;

const dataset = learnable();
const settingsOf = (part: Partial<TrainingSettings>): TrainingSettings => ({
  ...defaultTrainingSettings,
  batchSize: 16,
  learningRate: LEARNING_RATE,
  ...part,
});

const cases: readonly (readonly [string, TrainingSettings])[] = [
  ...[...optimizers.values()].flatMap(({ kind, samples }) =>
    samples.flatMap((parameters, index) => [
      [
        `${kind} ${String(index + 1)}`,
        settingsOf({ optimizer: { kind, parameters: { ...parameters } as TrainingSettings['optimizer']['parameters'] } }),
      ] as const,
      [
        `${kind} ${String(index + 1)}, weight decay`,
        settingsOf({ optimizer: { kind, parameters: { ...parameters } as TrainingSettings['optimizer']['parameters'] }, weightDecay: 0.1 }),
      ] as const,
    ]),
  ),
  ['L1', settingsOf({ l1: 0.05 })],
  ['clipped by value', settingsOf({ clipValue: 0.1, optimizer: { kind: 'sgd', parameters: {} } })],
  ['clipped by norm', settingsOf({ clipNorm: 0.5, optimizer: { kind: 'momentum', parameters: {} } })],
  ['normalised', settingsOf({ normalizeGradient: true, optimizer: { kind: 'sgd', parameters: {} } })],
  [
    'normalised, then clipped both ways',
    settingsOf({ normalizeGradient: true, clipNorm: 0.5, clipValue: 0.1, optimizer: { kind: 'sgd', parameters: {} } }),
  ],
  ['accumulated', settingsOf({ accumulation: 4 })],
  ['averaged', settingsOf({ averaging: { decay: 0.9 } })],
  [
    'all at once',
    settingsOf({
      accumulation: 3,
      averaging: { decay: 0.8 },
      clipNorm: 1,
      l1: 0.01,
      weightDecay: 0.01,
      optimizer: { kind: 'adamw', parameters: {} },
    }),
  ],
];

interface Moved {
  readonly weight: readonly number[];
  readonly average: readonly number[];
}

const modelOf = (settings: TrainingSettings): Model => unwrap(prepareModel(perceptron, settings, dataset));

/** Numbers for all weights of the small network, as one row. */
function given(model: Model) {
  const size = [model.placement.parameterSize];
  return { weight: draw('weight', size, [-1, 1]), slope: draw('slope', size, [0.2, 2]), shift: draw('shift', size, [-2, 2]) };
}

/** The same moves by the phases of a training step, with the gradient of the bowl in place of the network's. */
async function moveWithHebb(device: Device, settings: TrainingSettings): Promise<Moved[]> {
  const model = modelOf(settings);
  const { weight, slope, shift } = given(model);
  const row = (arena: string): StateReference => ({ arena, offset: 0, shape: [weight.length], type: 'f32' });
  const own: Arena[] = ['slope', 'shift'].map((name) => ({ name, type: 'f32', size: weight.length }));
  const state = device.createState([...modelArenas(model, dataset), ...own]);
  const part = multiply(cast(readState(stepState), 'f32'), 1 / STEPS);
  const gradient = subtract(multiply(readState(row('slope')), readState(row(WEIGHTS))), multiply(readState(row('shift')), part));
  const executable = await device.compile(
    {
      name: 'moves',
      phases: [
        { assignments: [{ target: row(GRADIENTS), value: gradient }] },
        ...normPhases(model),
        updatePhase(model, dataset),
        { assignments: [{ target: stepState, value: add(readState(stepState), 1) }] },
      ],
    },
    [state],
  );
  state.write(WEIGHTS, weight);
  state.write('slope', slope);
  state.write('shift', shift);
  state.write('learningRates', new Float64Array(4).fill(LEARNING_RATE));
  if (settings.averaging !== null) state.write(optimizerArena(AVERAGED), weight);
  const moved: Moved[] = [];
  for (let step = 0; step < STEPS; step += EVERY) {
    executable.run(EVERY);
    const weights = Array.from(await state.read(WEIGHTS));
    moved.push({
      weight: weights,
      average: settings.averaging === null ? weights : Array.from(await state.read(optimizerArena(AVERAGED))),
    });
  }
  executable.dispose();
  state.dispose();
  return moved;
}

/** Greatest difference of any weight or average at any look. */
function deviation(ours: readonly Moved[], theirs: readonly Moved[], averaged: boolean): number {
  expect(ours.length).toBe(theirs.length);
  const differences = ours.flatMap(({ weight, average }, step) => [
    ...weight.map((value, index) => Math.abs(value - (theirs[step]?.weight[index] ?? NaN))),
    ...(averaged ? average.map((value, index) => Math.abs(value - (theirs[step]?.average[index] ?? NaN))) : []),
  ]);
  return differences.reduce((worst, value) => (value <= worst ? worst : value), 0);
}

let torch: readonly (readonly Moved[])[] = [];
const deviceOf = devicesForTests();
beforeAll(async () => {
  const messages = cases.map(([, settings]) => {
    const model = modelOf(settings);
    const rows = Object.entries(given(model)).map(([name, values]) => [name, Array.from(values)] as const);
    return {
      ...settings,
      ...Object.fromEntries(rows),
      steps: STEPS,
      every: EVERY,
      optimizer: model.optimizer.pytorch(model.optimizerParameters),
    };
  });
  // The script prints one list of such rows a case.
  torch = (await runPython('updates.py', messages)) as Moved[][];
});

describe.each([...optimizers.values()])('$kind', ({ samples, help, label, formula, parameters }) => {
  test('has samples, of which the first are its defaults, and words', () => {
    expect(samples[0]).toEqual(defaultsOf(parameters));
    for (const sample of samples) expect(checkParameters(parameters, { ...sample })).toEqual({ ok: true, value: sample });
    expect(label).not.toBe('');
    expect(help).toMatch(/\.$/);
    expect(formula).toMatch(/w ← /);
  });
});

describe.each(cases.map(([name, settings], place) => ({ name, settings, place })))('$name', ({ settings, place }) => {
  test('moves as PyTorch does', async () => {
    const theirs = torch[place] ?? [];
    const averaged = settings.averaging !== null;
    expect(deviation(await moveWithHebb(openReferenceDevice(), settings), theirs, averaged)).toBeLessThan(REFERENCE_BOUND);
    for (const kind of testedKinds)
      expect(deviation(await moveWithHebb(deviceOf(kind), settings), theirs, averaged), kind).toBeLessThan(FLOAT32_BOUND);
    // It went somewhere.
    expect(theirs.at(-1)?.weight).not.toEqual(theirs[0]?.weight);
  });
});
