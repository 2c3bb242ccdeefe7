/** Training on WebGPU and on the CPU: the same bytes each time, exact resumption, losses as on the reference, and nothing made anew after the first step. */
import { afterAll, describe, expect, it } from 'vitest';
import { devicesForTests, testedKinds } from '../../main/cli/testing/devices';
import type { Device } from '../devices/device';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { unwrap } from '../graph/problem';
import { learnable, perceptron, settingsForTests } from '../testing/small-training';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint';
import { createSession, type Session } from './session';
import type { StepMetrics, TrainingEvent } from './progress';
import type { Snapshot } from './snapshot';

/** 64 samples in batches of 12: the last of an epoch holds 4. */
const settings = { ...settingsForTests, batchSize: 12, epochs: 4 };
const dropout = {
  ...perceptron,
  nodes: [...perceptron.nodes, { id: 'drop', kind: 'dropout', version: 1, parameters: { probability: 0.2 } }],
  edges: perceptron.edges.flatMap((edge) =>
    edge.to === 'output'
      ? [
          { from: 'tanh', to: 'drop', port: 0 },
          { from: 'drop', to: 'output', port: 0 },
        ]
      : [edge],
  ),
};

const manySteps = 10_000;

const deviceOf = devicesForTests();

describe.each(testedKinds)('training on %s', (kind) => {
  const sessions: Session[] = [];

  afterAll(() => {
    for (const session of sessions) session.dispose();
  });

  /** One device for all sessions: compiling takes longest, and a device compiles no kernel twice. */
  const openIt = (): Promise<Device> => Promise.resolve({ ...deviceOf(kind), dispose: () => undefined });

  async function open(openDevice: () => Promise<Device> = openIt) {
    const metrics: StepMetrics[] = [];
    const session = createSession({
      openDevice,
      emit: (event) => {
        if (event.type === 'progress') metrics.push(...event.metrics);
      },
    });
    sessions.push(session);
    await session.openDevice();
    await session.loadDataset(learnable());
    await session.configure({ document: dropout, settings, keepWeights: false });
    return { session, metrics };
  }

  const steps = 24;

  async function latestOf(session: Session): Promise<Snapshot> {
    const snapshot = await session.snapshot(true);
    if (snapshot === null) throw new Error('nothing was trained');
    return snapshot;
  }

  it('ends in the same bytes each time', async () => {
    const files = [];
    for (let time = 0; time < 2; time++) {
      const { session } = await open();
      await session.step(steps);
      files.push(encodeCheckpoint(await latestOf(session)));
    }
    expect(files[1]).toEqual(files[0]);
  });

  it('clips, accumulates, averages, freezes and schedules, the same bytes each time and as the reference does', async () => {
    const everything = {
      ...settings,
      batchSize: 8,
      epochs: 3,
      optimizer: { kind: 'adamw', parameters: {} },
      schedule: { kind: 'cosine', parameters: {} },
      weightDecay: 0.01,
      l1: 1e-3,
      normalizeGradient: true,
      clipNorm: 0.5,
      clipValue: 0.2,
      accumulation: 2,
      averaging: { decay: 0.9 },
    };
    const document = { ...perceptron, nodes: perceptron.nodes.map((node) => (node.id === 'hidden' ? { ...node, frozen: true } : node)) };
    const train = async (openDevice: () => Promise<Device>) => {
      const { session, metrics } = await open(openDevice);
      await session.configure({ document, settings: everything, keepWeights: false });
      await session.step(21);
      return { metrics, snapshot: await latestOf(session) };
    };
    const [first, second, reference] = [
      await train(openIt),
      await train(openIt),
      await train(() => Promise.resolve(openReferenceDevice())),
    ];
    expect(first.metrics).toEqual(second.metrics);
    expect(encodeCheckpoint(first.snapshot)).toEqual(encodeCheckpoint(second.snapshot));
    expect(first.metrics.map(({ step }) => step)).toEqual(reference.metrics.map(({ step }) => step));
    // Ten updates in f32, of a loss around 0.7.
    first.metrics.forEach(({ loss }, index) => expect(Math.abs(loss - (reference.metrics[index]?.loss ?? NaN))).toBeLessThan(1e-5));
  });

  it.each(['relu', 'tanh'])('notices numbers that are not finite behind %s at once, and steps back', async (kind) => {
    const document = { ...perceptron, nodes: perceptron.nodes.map((node) => (node.id === 'tanh' ? { ...node, kind } : node)) };
    const events: TrainingEvent[] = [];
    const session = createSession({ openDevice: openIt, emit: (event) => void events.push(event) });
    sessions.push(session);
    await session.openDevice();
    await session.loadDataset(learnable());
    await session.configure({ document, settings, keepWeights: false });
    await session.step(3);
    const { weights } = await latestOf(session);
    await session.loadWeights(
      weights.map((entry) =>
        entry.name === 'hidden.weight' ? { ...entry, data: Float32Array.from(entry.data, (_, index) => (index === 3 ? NaN : 0)) } : entry,
      ),
    );
    await session.step(20);
    const finding = events.find((event) => event.type === 'bad-number')?.finding;
    expect(finding).toMatchObject({ step: 1, what: 'weight', tensor: 'hidden.weight', node: 'hidden', value: 'NaN' });
    expect(session.status).toBe('paused');
  });

  it('goes on exactly from a checkpoint in the middle of an epoch', async () => {
    const straight = await open();
    await straight.session.step(steps);
    const before = await open();
    await before.session.step(9);
    const snapshot = await latestOf(before.session);
    const after = await open();
    const { cursor, history, best } = snapshot;
    await after.session.restore({ ...unwrap(decodeCheckpoint(encodeCheckpoint(snapshot))), cursor, history, best, settings });
    await after.session.step(steps - 9);
    expect(encodeCheckpoint(await latestOf(after.session))).toEqual(encodeCheckpoint(await latestOf(straight.session)));
    expect(after.metrics).toEqual(straight.metrics.slice(9));
  });

  it('reports the losses of the reference device', async () => {
    const tested = await open();
    await tested.session.step(steps);
    const reference = await open(() => Promise.resolve(openReferenceDevice()));
    await reference.session.step(steps);
    expect(tested.metrics.map(({ step }) => step)).toEqual(reference.metrics.map(({ step }) => step));
    // float32 rounds each of some hundred operations of a step by 6e-8; over 24 steps that stays below 1e-4 of the loss.
    tested.metrics.forEach(({ loss }, index) => {
      const expected = reference.metrics[index]?.loss ?? NaN;
      expect(Math.abs(loss - expected) / expected).toBeLessThan(1e-4);
    });
  });

  it('makes no buffer, bind group or pipeline after the first epoch', async () => {
    const { session } = await open();
    // Batches of 3, of which the last of an epoch holds 1: 22 steps an epoch, the first of which compiles, as its validation does.
    await session.configure({ document: dropout, settings: { ...settings, batchSize: 3, epochs: 1000 }, keepWeights: false });
    await session.step(22);
    await latestOf(session);
    const before = { ...deviceOf(kind).counters };
    await session.step(manySteps);
    expect(session.position.step).toBe(22 + manySteps);
    expect({ ...deviceOf(kind).counters }).toEqual(before);
    // That they count: another network needs what there was not.
    const { session: other } = await open();
    await other.configure({ document: dropout, settings: { ...settings, batchSize: 5 }, keepWeights: false });
    await other.step(1);
    const counted = kind === 'cpu' ? (['buffers', 'pipelines'] as const) : (['buffers', 'bindGroups', 'pipelines'] as const);
    for (const what of counted) expect(deviceOf(kind).counters[what], what).toBeGreaterThan(before[what]);
  }, 600_000);
});
