/** Training from disk by windows: the same bytes whatever the timing, in any order that a seed gives, and across a pause. */
import { afterAll, describe, expect, it } from 'vitest';
import { devicesForTests } from '../../main/cli/testing/devices';
import type { Device } from '../devices/device';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { ProblemError, failure } from '../graph/problem';
import type { TrainingSettings } from '../graph/training-settings';
import { attackSample, robustAccuracy } from '../attacks/attack-samples';
import { learnable, perceptron, settingsForTests } from '../testing/small-training';
import { readSamples, type Dataset, type SplitData, type Split } from './dataset';
import { layoutOf } from './dataset-placement';
import { evaluate } from './evaluation';
import type { TrainingEvent } from './progress';
import type { SampleArray, SampleReader } from './sample-source';
import { createSession, type Session } from './session';
import { epochOrder } from './windows';

const size = 8;
/** Each sample is 8 bytes: windows of 20 samples, in blocks of 2. */
const windowBytes = 20 * size;
/** 64 samples: batches of 12 lie across the windows, the last of an epoch has 4. */
const settings: TrainingSettings = { ...settingsForTests, batchSize: 12, epochs: 3 };

interface Reading {
  /** Milliseconds before each answer. */
  readonly delay?: () => number;
  /** Called before each reading. */
  readonly asked?: (split: Split, places: Uint32Array) => void;
}

/** The data set as if it lay on disk. */
function streamed({ delay = () => 0, asked = () => undefined }: Reading = {}, of: Dataset = learnable()): Dataset {
  const reading = (split: Split): SplitData => {
    const data = of.splits[split];
    const samples = data.samples as SampleArray;
    const reader: SampleReader = {
      async read(places) {
        expect(Array.from(places)).toEqual(Array.from(places).sort((a, b) => a - b));
        await new Promise<void>((resolve) => setTimeout(resolve, delay()));
        asked(split, places);
        const result = samples.slice(0, places.length * size);
        places.forEach((place, row) => {
          result.set(samples.subarray(place * size, (place + 1) * size), row * size);
        });
        return result;
      },
    };
    return { ...data, samples: reader };
  };
  return { ...of, windowBytes, splits: { train: reading('train'), validation: reading('validation'), test: reading('test') } };
}

const sessions: Session[] = [];
afterAll(() => {
  for (const session of sessions) session.dispose();
});

const reference = (): Promise<Device> => Promise.resolve(openReferenceDevice());

async function open(dataset: Dataset, more: Partial<TrainingSettings> = {}, openDevice = reference) {
  const events: TrainingEvent[] = [];
  const session = createSession({ openDevice, emit: (event) => void events.push(event) });
  sessions.push(session);
  await session.openDevice();
  await session.loadDataset(dataset);
  await session.configure({ document: perceptron, settings: { ...settings, ...more }, keepWeights: false });
  return { session, events };
}

const weightsOf = async (session: Session) => (await session.snapshot(true))?.weights.map(({ data }) => Array.from(data));

describe('the order of an epoch by windows', () => {
  const layout = { window: 20, block: 3 };

  it.each([null, 7])('takes every sample once (seed %s)', (seed) => {
    const order = epochOrder(64, layout, seed, 12);
    expect(order.windows).toBe(4);
    const places = Array.from({ length: order.windows }, (_, window) => order.places(window));
    const rows = order.rows(1);
    const taken = Array.from(rows, (row, position) => {
      const window = Math.floor(position / 20);
      expect(Math.floor(row / 20)).toBe((window + 1) % 2);
      return places[window]?.[row % 20] ?? NaN;
    });
    expect([...taken].sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, place) => place));
    if (seed === null) expect(taken).toEqual([...taken].sort((a, b) => a - b));
  });

  it('is another in each epoch and for each seed, and the same again', () => {
    const rows = (seed: number, epochStart: number) => {
      const order = epochOrder(64, layout, seed, epochStart);
      return [...order.places(0), ...order.rows(0)].join(' ');
    };
    expect(new Set([rows(1, 0), rows(1, 6), rows(2, 0)]).size).toBe(3);
    expect(rows(1, 6)).toBe(rows(1, 6));
  });
});

describe('training by windows', () => {
  it('takes the samples in the order of the split where it is asked for: the bytes are those of a set in memory', async () => {
    const [inMemory, onDisk] = await Promise.all([open(learnable(), { order: 'sequential' }), open(streamed(), { order: 'sequential' })]);
    for (const { session } of [inMemory, onDisk]) await session.step(16);
    expect(await weightsOf(onDisk.session)).toEqual(await weightsOf(inMemory.session));
  });

  it('reads each sample once an epoch, windows ahead, and shuffles them', async () => {
    const taken: number[] = [];
    const { session } = await open(
      streamed({
        asked: (split, places) => {
          if (split === 'train') taken.push(...places);
        },
      }),
    );
    await session.step(6);
    const first = taken.slice(0, 64);
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, place) => place));
    expect(first).not.toEqual([...first].sort((a, b) => a - b));
    // The beginning of the next epoch was asked for before it began.
    expect(taken.length).toBeGreaterThan(64);
  });

  it('gives the same bytes whatever the reading takes, and says how long the device waited', async () => {
    let turn = 0;
    const quick = await open(streamed());
    const slow = await open(streamed({ delay: () => [0, 30, 5, 60][turn++ % 4] ?? 0 }));
    for (const { session } of [quick, slow]) await session.step(18);
    expect(await weightsOf(slow.session)).toEqual(await weightsOf(quick.session));
    const shares = slow.events.flatMap((event) => (event.type === 'progress' ? [event.busyShare] : []));
    expect(Math.min(...shares)).toBeLessThan(1);
    for (const share of shares) expect(share >= 0 && share <= 1).toBe(true);
  });

  it('goes on in the middle of an epoch from a snapshot, in another session, to the same bytes', async () => {
    const whole = await open(streamed());
    await whole.session.step(15);
    const first = await open(streamed());
    await first.session.step(9);
    const snapshot = await first.session.snapshot(true);
    if (snapshot === null) throw new Error('no snapshot');
    expect(snapshot.layout).toEqual({ window: 20, block: 2 });
    const second = await open(streamed());
    await second.session.restore({ ...snapshot, settings: snapshot.model.settings });
    expect(second.session.position).toMatchObject({ step: 9, stepInEpoch: 3 });
    await second.session.step(6);
    expect(await weightsOf(second.session)).toEqual(await weightsOf(whole.session));
    // In memory the samples of an epoch come in another order: there it begins anew.
    const inMemory = await open(learnable());
    await inMemory.session.restore({ ...snapshot, settings: snapshot.model.settings });
    expect(inMemory.session.position).toMatchObject({ step: 9, stepInEpoch: 0 });
  });

  it('evaluates, attacks and reads single samples as in memory', async () => {
    const [inMemory, onDisk] = await Promise.all([open(learnable()), open(streamed())]);
    for (const split of ['train', 'validation', 'test'] as const) {
      const [a, b] = await Promise.all([inMemory, onDisk].map(({ session }) => session.use((network) => evaluate(network, split))));
      expect(b).toEqual(a);
    }
    const robust = ({ session }: typeof onDisk) =>
      session.use((network) =>
        robustAccuracy(network, { kind: 'fgsm', parameters: {} }, 'validation', 40, { progress: () => undefined, cancelled: () => false }),
      );
    expect(await robust(onDisk)).toEqual(await robust(inMemory));
    const [one, other] = await readSamples(streamed(), 'test', [7, 2]);
    expect([one, other]).toEqual(await readSamples(learnable(), 'test', [7, 2]));
    const attacked = await onDisk.session.use((network) =>
      attackSample(network, { kind: 'fgsm', parameters: {} }, one ?? new Float32Array(), 0),
    );
    expect(attacked.sample).toHaveLength(size);
  });

  it('says that samples cannot be read, and goes on once they can', async () => {
    let broken = false;
    const dataset = streamed({
      asked: () => {
        if (broken) throw new ProblemError(failure('transfer.read', { message: 'gone' }).problem);
      },
    });
    const { session, events } = await open(dataset);
    await session.step(1);
    broken = true;
    await session.step(40);
    expect(events.flatMap((event) => (event.type === 'problem' ? [event.problem.code] : []))).toEqual(['transfer.read']);
    expect(session.status).toBe('failed');
    broken = false;
    const latest = await session.snapshot(false);
    if (latest === null) throw new Error('no snapshot');
    await session.restore({ ...latest, settings: latest.model.settings });
    await session.step(18 - session.position.step);
    const whole = await open(streamed());
    await whole.session.step(18);
    expect(await weightsOf(session)).toEqual(await weightsOf(whole.session));
  });

  it('names the samples that are bad, windows further on', async () => {
    const { splits, ...form } = learnable();
    const wide = (split: Split): SplitData => ({
      ...splits[split],
      samples: Float32Array.from(splits[split].samples, (value) => value / 255),
    });
    const train = wide('train');
    (train.samples as Float32Array)[50 * size] = NaN;
    const all: Dataset = { ...form, sampleType: 'f32', splits: { train, validation: wide('validation'), test: wide('test') } };
    const { session, events } = await open({ ...streamed({}, all), windowBytes: 4 * windowBytes }, { order: 'sequential' });
    await session.step(18);
    const found = events.flatMap((event) => (event.type === 'bad-number' ? [event.finding] : []));
    // Sample 50 is of the fifth batch of 12.
    expect(found).toMatchObject([{ what: 'input', tensor: 'input', step: 5 }]);
    expect(session.position.step).toBe(4);
  });

  it('also serves a device on which a set in memory has no room in one piece', () => {
    expect(layoutOf(learnable(), 12, 1000)).toBeNull();
    expect(layoutOf(learnable(), 12, 400)).toEqual({ window: 25, block: 3 });
    // A batch never needs more than two windows.
    expect(layoutOf(learnable(), 40, 400)).toEqual({ window: 40, block: 5 });
  });
});

describe('on a device that computes beside', () => {
  const deviceOf = devicesForTests();
  it.each(['webgpu', 'cpu'] as const)('%s trains by windows as the set in memory in the same order', async (kind) => {
    const openIt = (): Promise<Device> => Promise.resolve({ ...deviceOf(kind), dispose: () => undefined });
    const [inMemory, onDisk] = [
      await open(learnable(), { order: 'sequential' }, openIt),
      await open(streamed(), { order: 'sequential' }, openIt),
    ];
    for (const { session } of [inMemory, onDisk]) await session.step(16);
    expect(await weightsOf(onDisk.session)).toEqual(await weightsOf(inMemory.session));
  });
});
