/** What steers a training beside its optimizer: schedules, accumulation, averages, frozen layers, rules that end it, numbers that go bad. */
import { describe, expect, it } from 'vitest';
import { openReferenceDevice } from '../devices/reference/reference-device';
import type { ModelDocument } from '../graph/model-document';
import type { SafetensorsEntry } from '../graph/safetensors';
import { ProblemError } from '../graph/problem';
import type { StoppingSettings, TrainingSettings } from '../graph/training-settings';
import { learnable, perceptron, settingsForTests } from '../testing/small-training';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint';
import type { Dataset } from './dataset';
import { evaluate } from './evaluation';
import type { MeasuredStep, TrainingEvent } from './progress';
import { createSession, type Session } from './session';
import type { Snapshot } from './snapshot';
import { unwrap } from '../graph/problem';

const base: TrainingSettings = { ...settingsForTests, epochs: 3 };
const never = base.stopping;

interface Opened {
  readonly session: Session;
  readonly events: TrainingEvent[];
}

async function open(
  wanted: Partial<TrainingSettings>,
  document: ModelDocument = perceptron,
  dataset: Dataset = learnable(),
): Promise<Opened> {
  const events: TrainingEvent[] = [];
  const session = createSession({ openDevice: () => Promise.resolve(openReferenceDevice()), emit: (event) => void events.push(event) });
  await session.openDevice();
  await session.loadDataset(dataset);
  await session.configure({ document, settings: { ...base, ...wanted }, keepWeights: false });
  return { session, events };
}

const stopping = (rules: Partial<StoppingSettings>): Partial<TrainingSettings> => ({ stopping: { ...never, ...rules } });
const stepsOf = ({ events }: Opened): MeasuredStep[] => events.flatMap((event) => (event.type === 'progress' ? event.metrics : []));
const eventOf = <Type extends TrainingEvent['type']>({ events }: Opened, type: Type) =>
  events.filter((event): event is Extract<TrainingEvent, { type: Type }> => event.type === type);

async function snapshotOf({ session }: Opened): Promise<Snapshot> {
  const snapshot = await session.snapshot(true);
  if (snapshot === null) throw new Error('nothing was trained');
  return snapshot;
}
const tensorOf = ({ weights, optimizer }: Snapshot, name: string): number[] => {
  const entry = [...weights, ...optimizer].find((item) => item.name === name);
  if (entry === undefined) throw new Error(`there is no ${name}`);
  return [...entry.data];
};

describe('a schedule', () => {
  it('gives each step its rate, on the device too', async () => {
    const opened = await open({
      optimizer: { kind: 'sgd', parameters: {} },
      schedule: { kind: 'step', parameters: { every: 1, factor: 0.5 } },
    });
    await opened.session.step(12);
    expect(stepsOf(opened).map(({ learningRate }) => learningRate)).toEqual([
      ...new Array<number>(4).fill(0.02),
      ...new Array<number>(4).fill(0.01),
      ...new Array<number>(4).fill(0.005),
    ]);
    // The second epoch at half the rate is not the second epoch at the whole rate.
    const constant = await open({ optimizer: { kind: 'sgd', parameters: {} } });
    await constant.session.step(12);
    expect(
      stepsOf(opened)
        .slice(0, 5)
        .map(({ loss }) => loss),
    ).toEqual(
      stepsOf(constant)
        .slice(0, 5)
        .map(({ loss }) => loss),
    );
    expect(stepsOf(opened)[6]?.loss).not.toBe(stepsOf(constant)[6]?.loss);
  });

  it('may change while it trains, without a new network', async () => {
    const opened = await open({});
    await opened.session.step(2);
    await opened.session.configure({
      document: perceptron,
      settings: { ...base, schedule: { kind: 'exponential', parameters: { factor: 0.1 } } },
      keepWeights: true,
    });
    await opened.session.step(4);
    expect(stepsOf(opened).map(({ learningRate }) => learningRate)).toEqual([0.02, 0.02, 0.02, 0.02, 0.002, 0.002]);
    expect(opened.events.filter((event) => event.type === 'status' && event.status === 'compiling')).toHaveLength(1);
  });
});

describe('accumulation', () => {
  it('makes of four batches the step of one that is four times as large', async () => {
    const small = await open({ batchSize: 4, accumulation: 4, order: 'sequential' });
    await small.session.step(16);
    const large = await open({ batchSize: 16, order: 'sequential' });
    await large.session.step(4);
    const [few, many] = [await snapshotOf(small), await snapshotOf(large)];
    for (const { name } of many.weights) {
      // In float64, only the order of the additions differs.
      tensorOf(few, name).forEach((value, index) => expect(Math.abs(value - (tensorOf(many, name)[index] ?? NaN))).toBeLessThan(1e-12));
    }
  });
});

describe('averages of the weights', () => {
  it('follow them by the decay, and are what is evaluated', async () => {
    const opened = await open({ averaging: { decay: 0.5 } });
    const start = tensorOf(await snapshotOf(opened), 'output.bias');
    let average = start;
    for (let step = 0; step < 3; step++) {
      await opened.session.step();
      const weight = tensorOf(await snapshotOf(opened), 'output.bias');
      average = average.map((value, index) => value * 0.5 + (weight[index] ?? NaN) * 0.5);
    }
    const snapshot = await snapshotOf(opened);
    tensorOf(snapshot, 'averaged_weight.output.bias').forEach((value, index) => expect(value).toBeCloseTo(average[index] ?? NaN, 12));

    const measured = await opened.session.use((network) => evaluate(network, 'validation'));
    const plain = await open({});
    await plain.session.loadWeights(
      snapshot.weights.map((entry) => ({ ...entry, data: Float64Array.from(tensorOf(snapshot, `averaged_weight.${entry.name}`)) })),
    );
    expect((await plain.session.use((network) => evaluate(network, 'validation'))).loss).toBe(measured.loss);
  });

  it('stand in the file of weights, and the weights come back from a checkpoint', async () => {
    const opened = await open({ averaging: { decay: 0.9 } });
    await opened.session.step(5);
    const snapshot = await snapshotOf(opened);
    const narrow = (entries: readonly SafetensorsEntry[]): SafetensorsEntry[] =>
      entries.map((entry) => ({ ...entry, data: Float32Array.from(entry.data) }));
    const files = encodeCheckpoint({ weights: narrow(snapshot.weights), optimizer: narrow(snapshot.optimizer), best: null });
    const read = unwrap(decodeCheckpoint(files));
    expect(new Map(read.weights.map(({ name, data }) => [name, data]))).toEqual(
      new Map(narrow(snapshot.weights).map(({ name, data }) => [name, data])),
    );
    expect(new Set(read.optimizer.map(({ name }) => name))).toEqual(new Set(snapshot.optimizer.map(({ name }) => name)));
  });
});

describe('a frozen layer', () => {
  const frozen: ModelDocument = {
    ...perceptron,
    nodes: perceptron.nodes.map((node) => (node.id === 'hidden' ? { ...node, frozen: true } : node)),
  };

  it('keeps its weights while others learn, with weight decay too', async () => {
    const opened = await open({ weightDecay: 0.1, l1: 0.01 }, frozen);
    const before = await snapshotOf(opened);
    await opened.session.step(6);
    const after = await snapshotOf(opened);
    expect(tensorOf(after, 'hidden.weight')).toEqual(tensorOf(before, 'hidden.weight'));
    expect(tensorOf(after, 'output.weight')).not.toEqual(tensorOf(before, 'output.weight'));
    expect(after.optimizer.some(({ name }) => name.includes('hidden'))).toBe(false);
  });

  it('keeps what it has learnt when it is frozen, and learns on when it thaws', async () => {
    const opened = await open({});
    await opened.session.step(3);
    const learnt = tensorOf(await snapshotOf(opened), 'hidden.weight');
    await opened.session.configure({ document: frozen, settings: base, keepWeights: true });
    await opened.session.step(3);
    expect(tensorOf(await snapshotOf(opened), 'hidden.weight')).toEqual(learnt);
    await opened.session.configure({ document: perceptron, settings: base, keepWeights: true });
    await opened.session.step(3);
    expect(tensorOf(await snapshotOf(opened), 'hidden.weight')).not.toEqual(learnt);
  });

  it('may not be every layer', async () => {
    const all = { ...perceptron, nodes: perceptron.nodes.map((node) => ({ ...node, frozen: true })) };
    await expect(open({}, all)).rejects.toMatchObject({ problem: { code: 'training.all-frozen' } });
  });
});

describe('a rule ends the training', () => {
  it('after so many steps', async () => {
    const opened = await open(stopping({ steps: 6 }));
    await opened.session.step(100);
    expect(opened.session.status).toBe('finished');
    expect(eventOf(opened, 'stopped')).toEqual([{ type: 'stopped', rule: 'steps', epoch: 1, step: 6, restored: null }]);
    expect(stepsOf(opened)).toHaveLength(6);
  });

  it('at the first gradient that is short enough, exactly there', async () => {
    const measuring = await open({ clipNorm: 1e9 });
    await measuring.session.step(12);
    const norms = stepsOf(measuring).map(({ gradientNorm }) => gradientNorm ?? NaN);
    // Shorter than all before it.
    const place = norms.findIndex((norm, index) => index > 2 && norms.slice(0, index).every((earlier) => norm < earlier));
    expect(place).toBeGreaterThan(2);
    const opened = await open(stopping({ gradientNorm: (norms[place] ?? 0) * 1.0000001 }));
    await opened.session.step(100);
    expect(opened.session.status).toBe('finished');
    expect(eventOf(opened, 'stopped')).toMatchObject([{ rule: 'gradientNorm', step: place, restored: null }]);
    expect(stepsOf(opened)).toHaveLength(place);
    expect((await snapshotOf(opened)).cursor.step).toBe(place);
  });

  it('when the training loss rests', async () => {
    const opened = await open({ ...stopping({ stableLoss: { tolerance: 0.5, epochs: 2 } }), learningRate: 1e-6, epochs: 50 });
    await opened.session.step(1000);
    expect(eventOf(opened, 'stopped')).toEqual([{ type: 'stopped', rule: 'stableLoss', epoch: 3, step: 12, restored: null }]);
  });

  it('early, and puts the weights of the best epoch back', async () => {
    // A rate that is far too high: after the first epoch the validation loss only grows.
    const wanted: Partial<TrainingSettings> = {
      ...stopping({ early: { measure: 'loss', patience: 2, minimumChange: 0, restoreBest: true } }),
      optimizer: { kind: 'sgd', parameters: {} },
      loss: { kind: 'mean-squared-error', parameters: {} },
      learningRate: 1.6,
      epochs: 60,
    };
    const opened = await open(wanted);
    await opened.session.step(10_000);
    const [stopped] = eventOf(opened, 'stopped');
    const validation = eventOf(opened, 'epoch').map((event) => event.validation.loss);
    const best = validation.indexOf(Math.min(...validation));
    expect(stopped).toMatchObject({ rule: 'early', epoch: best + 3, restored: { epoch: best + 1 } });
    expect((await opened.session.use((network) => evaluate(network, 'validation'))).loss).toBe(validation[best]);
    expect(opened.session.status).toBe('finished');
  });
});

describe('a number that is not finite', () => {
  const wild: Partial<TrainingSettings> = {
    optimizer: { kind: 'sgd', parameters: {} },
    loss: { kind: 'mean-squared-error', parameters: {} },
    learningRate: 1000,
    epochs: 100,
  };
  // Without a bound on what comes out of the hidden layer.
  const linear: ModelDocument = {
    ...perceptron,
    nodes: perceptron.nodes.map((node) => (node.id === 'tanh' ? { ...node, kind: 'relu' } : node)),
  };

  it('pauses the training before it is spread, and names where it stands', async () => {
    const opened = await open(wild, linear);
    await opened.session.step(400);
    expect(opened.session.status).toBe('paused');
    const [event] = eventOf(opened, 'bad-number');
    expect(event?.finding.step).toBe(stepsOf(opened).length + 1);
    expect(['hidden', 'output', 'relu', null]).toContain(event?.finding.node);
    expect(event?.problem.code).toMatch(/^training\.bad-/);
    expect(stepsOf(opened).every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect((await snapshotOf(opened)).cursor.step).toBe(stepsOf(opened).length);
  });

  it('is stepped back from, to a snapshot that is finite, and trained on from with a lower rate', async () => {
    const opened = await open(wild, linear);
    await opened.session.step(400);
    const [event] = eventOf(opened, 'bad-number');
    const position = await opened.session.stepBack();
    expect({ epoch: position.epoch, step: position.step }).toEqual(event?.finding.stepBack);
    const { weights } = await snapshotOf(opened);
    expect(weights.every(({ data }) => data.every(Number.isFinite))).toBe(true);
    await opened.session.configure({ document: linear, settings: { ...base, ...wild, learningRate: 1e-30 }, keepWeights: true });
    const before = opened.events.length;
    await opened.session.step(2);
    expect(opened.events.slice(before).some(({ type }) => type === 'bad-number')).toBe(false);
  });

  it('is found in the samples', async () => {
    const { splits, ...form } = learnable();
    const samples = Float32Array.from(splits.train.samples, (value, index) => (index === 8 * 3 + 1 ? NaN : value / 255));
    const others = {
      validation: { ...splits.validation, samples: new Float32Array(splits.validation.samples) },
      test: { ...splits.test, samples: new Float32Array(splits.test.samples) },
    };
    const dataset: Dataset = { ...form, sampleType: 'f32', splits: { train: { ...splits.train, samples }, ...others } };
    const opened = await open({ order: 'sequential' }, perceptron, dataset);
    await opened.session.step(5);
    expect(eventOf(opened, 'bad-number')).toMatchObject([
      { finding: { step: 1, what: 'input', tensor: 'input', node: 'input', value: 'NaN' } },
    ]);
  });

  it('is found in a weight', async () => {
    const opened = await open({});
    const { weights } = await snapshotOf(opened);
    await opened.session.loadWeights(
      weights.map((entry) => (entry.name === 'output.bias' ? { ...entry, data: Float32Array.of(0, Infinity) } : entry)),
    );
    await opened.session.step(5);
    expect(eventOf(opened, 'bad-number')).toMatchObject([
      { finding: { step: 1, what: 'weight', tensor: 'output.bias', node: 'output', value: 'infinity' } },
    ]);
  });

  it('has nowhere to go back to before anything was configured', async () => {
    const session = createSession({ openDevice: () => Promise.resolve(openReferenceDevice()), emit: () => undefined });
    await expect(session.stepBack()).rejects.toBeInstanceOf(ProblemError);
  });
});

describe('an auto-encoder', () => {
  it('learns its own samples, and has no accuracy', async () => {
    const shapes: ModelDocument = {
      ...perceptron,
      nodes: [
        { id: 'input', kind: 'input', version: 1, parameters: { shape: [8] } },
        ...perceptron.nodes.filter(({ id }) => id === 'hidden' || id === 'tanh'),
        { id: 'output', kind: 'dense', version: 1, parameters: { units: 8 } },
      ],
      edges: [
        { from: 'input', to: 'hidden', port: 0 },
        { from: 'hidden', to: 'tanh', port: 0 },
        { from: 'tanh', to: 'output', port: 0 },
      ],
    };
    const opened = await open({ target: 'input', loss: { kind: 'mean-squared-error', parameters: {} }, epochs: 20 }, shapes, {
      ...learnable(),
      sampleShape: [8],
    });
    await opened.session.step(80);
    const losses = stepsOf(opened).map(({ loss }) => loss);
    expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] ?? 0));
    expect(stepsOf(opened).every(({ accuracy }) => Number.isNaN(accuracy))).toBe(true);
    const measured = await opened.session.use((network) => evaluate(network, 'validation'));
    expect(measured).toMatchObject({ accuracy: NaN, confusion: [] });
  });
});
