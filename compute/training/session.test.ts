import { describe, expect, it } from 'vitest';
import type { Device } from '../devices/device';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { ProblemError } from '../graph/problem';
import { defaultTrainingSettings, type TrainingSettings } from '../graph/training-settings';
import type { ModelDocument } from '../graph/model-document';
import type { Dataset } from './dataset';
import type { TrainingEvent } from './progress';
import { createSession, type Session } from './session';
import type { Snapshot } from './snapshot';

/** 22 training samples of 3×3 pixels: a batch of 4 leaves 2 over. The class is the brightest of the first three pixels. */
function smallDataset(): Dataset {
  const count = 30;
  const samples = Uint8Array.from({ length: count * 9 }, (_, index) => (index * 7919 + (index >> 3) * 104_729) % 256);
  const labels = Int32Array.from({ length: count }, (_, sample) => {
    const first = Array.from(samples.subarray(sample * 9, sample * 9 + 3));
    return first.indexOf(Math.max(...first));
  });
  const part = (from: number, to: number) => ({
    count: to - from,
    samples: samples.slice(from * 9, to * 9),
    labels: labels.slice(from, to),
  });
  return {
    name: 'small',
    sampleShape: [1, 3, 3],
    sampleType: 'u8',
    classes: ['first', 'second', 'third'],
    splits: { train: part(0, 22), validation: part(22, 27), test: part(27, 30) },
  };
}

/** Everything that has a state of its own: weights, running statistics, optimizer slots, random numbers. */
const document: ModelDocument = {
  format: 'hebb-model',
  version: 1,
  name: 'small',
  nodes: [
    { id: 'input', kind: 'input', version: 1, parameters: { shape: [1, 3, 3] } },
    { id: 'conv', kind: 'conv2d', version: 1, parameters: { outChannels: 2, kernelSize: [2, 2] } },
    { id: 'norm', kind: 'batch-norm', version: 1, parameters: {} },
    { id: 'relu', kind: 'relu', version: 1, parameters: {} },
    { id: 'flatten', kind: 'flatten', version: 1, parameters: {} },
    { id: 'drop', kind: 'dropout', version: 1, parameters: { probability: 0.25 } },
    { id: 'dense', kind: 'dense', version: 1, parameters: { units: 3 } },
  ],
  edges: [
    { from: 'input', to: 'conv', port: 0 },
    { from: 'conv', to: 'norm', port: 0 },
    { from: 'norm', to: 'relu', port: 0 },
    { from: 'relu', to: 'flatten', port: 0 },
    { from: 'flatten', to: 'drop', port: 0 },
    { from: 'drop', to: 'dense', port: 0 },
  ],
};

const settings: TrainingSettings = { ...defaultTrainingSettings, batchSize: 4, epochs: 2, learningRate: 0.02, weightDecay: 0.01, seed: 5 };
const stepsPerEpoch = 6;

interface Bench {
  readonly session: Session;
  readonly events: TrainingEvent[];
  /** Resolves at the first event that matches, past or future. */
  readonly until: (matches: (event: TrainingEvent) => boolean) => Promise<TrainingEvent>;
}

async function bench(
  wanted: TrainingSettings = settings,
  openDevice: () => Promise<Device> = () => Promise.resolve(openReferenceDevice()),
): Promise<Bench> {
  const events: TrainingEvent[] = [];
  const waiting: { matches: (event: TrainingEvent) => boolean; resolve: (event: TrainingEvent) => void }[] = [];
  const session = createSession({
    openDevice,
    emit: (event) => {
      events.push(event);
      for (const { matches, resolve } of waiting) if (matches(event)) resolve(event);
    },
  });
  await session.openDevice();
  await session.loadDataset(smallDataset());
  await session.configure({ document, settings: wanted, keepWeights: false });
  return {
    session,
    events,
    until: (matches) =>
      new Promise((resolve) => {
        const present = events.find(matches);
        if (present === undefined) waiting.push({ matches, resolve });
        else resolve(present);
      }),
  };
}

const isStatus = (status: string) => (event: TrainingEvent) => event.type === 'status' && event.status === status;

async function trainToEnd({ session, until }: Bench): Promise<Snapshot> {
  await session.train();
  await until(isStatus('finished'));
  return latestOf(session);
}

async function latestOf(session: Session): Promise<Snapshot> {
  const snapshot = await session.snapshot(true);
  if (snapshot === null) throw new Error('nothing was trained');
  return snapshot;
}

const contentOf = ({ cursor, weights, optimizer }: Snapshot) => ({ cursor, weights, optimizer });

const lossesOf = (events: readonly TrainingEvent[]) =>
  events.flatMap((event) => (event.type === 'progress' ? event.metrics.map(({ step, loss }) => ({ step, loss })) : []));

describe('a training session', () => {
  it('takes every step of every epoch once, and reports each loss', async () => {
    const one = await bench();
    const end = await trainToEnd(one);
    expect(end.cursor).toEqual({ epoch: 2, stepInEpoch: 0, step: 2 * stepsPerEpoch });
    const losses = lossesOf(one.events);
    expect(losses.map(({ step }) => step)).toEqual(Array.from({ length: 2 * stepsPerEpoch }, (_, index) => index + 1));
    expect(losses.every(({ loss }) => loss > 0 && loss < 10)).toBe(true);
    const epochs = one.events.flatMap((event) => (event.type === 'epoch' ? [event] : []));
    expect(epochs.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, stepsPerEpoch],
      [2, 2 * stepsPerEpoch],
    ]);
    expect(epochs[0]?.validation.count).toBe(5);
    expect(epochs[0]?.validation.confusion.flat().reduce((sum, cell) => sum + cell, 0)).toBe(5);
  });

  it('learns', async () => {
    const one = await bench({ ...settings, epochs: 60 });
    await trainToEnd(one);
    const losses = lossesOf(one.events).map(({ loss }) => loss);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-2 * stepsPerEpoch))).toBeLessThan(0.7 * mean(losses.slice(0, 2 * stepsPerEpoch)));
  });

  it('ends in the same numbers whether it was paused, stepped or left alone', async () => {
    const straight = contentOf(await trainToEnd(await bench()));
    const one = await bench();
    await one.session.step();
    await one.session.step(3);
    expect(one.session.position).toMatchObject({ epoch: 0, stepInEpoch: 4, step: 4 });
    await one.session.train();
    await one.session.pause();
    expect(contentOf(await trainToEnd(one))).toEqual(straight);
  });

  it('differs with the seed', async () => {
    const first = await trainToEnd(await bench());
    const second = await trainToEnd(await bench({ ...settings, seed: 6 }));
    expect(second.weights).not.toEqual(first.weights);
  });

  it.each([3, stepsPerEpoch, stepsPerEpoch + 5])('goes on exactly from a snapshot after step %i', async (steps) => {
    const straight = await bench();
    const end = contentOf(await trainToEnd(straight));
    const before = await bench();
    await before.session.step(steps);
    const snapshot = await latestOf(before.session);
    const after = await bench();
    await after.session.restore({ ...snapshot, settings });
    expect(contentOf(await trainToEnd(after))).toEqual(end);
    expect(lossesOf(after.events)).toEqual(lossesOf(straight.events).slice(steps));
  });

  it('refuses tensors that are not those of the network, and goes on with its own', async () => {
    const { session } = await bench();
    await session.step(2);
    const snapshot = await latestOf(session);
    const codeOf = (changed: Partial<Snapshot>) =>
      session.restore({ ...snapshot, ...changed, settings }).then(
        () => 'ok',
        (error: unknown) => (error instanceof ProblemError ? error.problem.code : String(error)),
      );
    const [first, ...others] = snapshot.weights;
    const [slot, ...otherSlots] = snapshot.optimizer;
    if (first === undefined || slot === undefined) throw new Error('no tensors');
    expect(await codeOf({ weights: others })).toBe('checkpoint.weight-missing');
    expect(await codeOf({ weights: [...snapshot.weights, { ...first, name: 'other.weight' }] })).toBe('checkpoint.weight-unknown');
    expect(await codeOf({ weights: [{ ...first, shape: [first.data.length] }, ...others] })).toBe('checkpoint.weight-shape');
    expect(await codeOf({ optimizer: [{ ...slot, shape: [1] }, ...otherSlots] })).toBe('checkpoint.weight-shape');
    expect(contentOf(await latestOf(session))).toEqual(contentOf(snapshot));
    expect(await codeOf({})).toBe('ok');
  });

  it('keeps weights of the same name and shape when the network changes', async () => {
    const { session } = await bench();
    await session.step(3);
    const before = await latestOf(session);
    const wider = {
      ...document,
      nodes: document.nodes.map((node) => (node.id === 'conv' ? { ...node, parameters: { ...node.parameters, outChannels: 3 } } : node)),
    };
    await session.configure({ document: wider, settings, keepWeights: true });
    const after = await latestOf(session);
    const find = (snapshot: Snapshot, name: string) => snapshot.weights.find((entry) => entry.name === name)?.data;
    expect(find(after, 'dense.bias')).toEqual(find(before, 'dense.bias'));
    expect(find(after, 'conv.weight')).not.toEqual(find(before, 'conv.weight'));
    expect(after.cursor.step).toBe(3);
  });

  it('begins with given weights where they fit, after a change of the network and a reset too', async () => {
    const { session } = await bench();
    const given = {
      id: 'given',
      tensors: new Map([
        ['conv.weight', { name: 'conv.weight', shape: [2, 1, 2, 2], data: Float32Array.from({ length: 8 }, (_, index) => index) }],
        ['dense.weight', { name: 'dense.weight', shape: [3, 8], data: new Float32Array(24).fill(0.5) }],
        ['dense.bias', { name: 'dense.bias', shape: [4], data: new Float32Array(4) }],
      ]),
    };
    const find = async (name: string) => Array.from((await latestOf(session)).weights.find((entry) => entry.name === name)?.data ?? []);
    const first = (name: string) => Array.from(given.tensors.get(name)?.data ?? []);
    const drawn = await find('dense.bias');
    await session.configure({ document, settings, keepWeights: false, given });
    expect(await find('conv.weight')).toEqual(first('conv.weight'));
    expect(await find('dense.bias')).toEqual(drawn);
    await session.step(2);
    const trained = await find('conv.weight');
    const other = {
      ...document,
      nodes: document.nodes.map((node) => (node.id === 'conv' ? { ...node, parameters: { ...node.parameters, outChannels: 3 } } : node)),
    };
    await session.configure({ document: other, settings, keepWeights: true, given });
    await session.configure({ document, settings, keepWeights: true, given });
    // What another shape had no place for begins anew.
    expect(await find('conv.weight')).toEqual(first('conv.weight'));
    expect(await find('conv.weight')).not.toEqual(trained);
    await session.step(1);
    await session.reset();
    expect(await find('dense.weight')).toEqual(first('dense.weight'));
  });

  it('keeps a network while somebody looks into it, and then disposes of it', async () => {
    const { session } = await bench();
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const looking = session.use(async ({ state }) => {
      await gate;
      return state.read('weights');
    });
    const former = await session.use((of) => Promise.resolve(of.state));
    const configuring = session.configure({ document, settings: { ...settings, batchSize: 5 }, keepWeights: true });
    // Several turns of the event loop, in which the old network would have gone.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    go();
    expect((await looking).length).toBeGreaterThan(0);
    await configuring;
    await expect(Promise.resolve().then(() => former.read('weights'))).rejects.toThrow();
  });

  it('starts anew after a reset', async () => {
    const one = await bench();
    const first = contentOf(await trainToEnd(one));
    await one.session.reset();
    expect(one.session.position.step).toBe(0);
    one.events.length = 0;
    expect(contentOf(await trainToEnd(one))).toEqual(first);
  });

  it('says what is wrong with a network that does not fit the data', async () => {
    const { session } = await bench();
    const wrong = {
      ...document,
      nodes: document.nodes.map((node) => (node.id === 'input' ? { ...node, parameters: { shape: [1, 4, 4] } } : node)),
    };
    const error = await session.configure({ document: wrong, settings, keepWeights: true }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ problem: { code: 'training.input-shape', node: 'input' } });
  });
});

/** A reference device that is lost when told: from then on nothing that was asked of it settles. */
function fragileDevice() {
  const device = openReferenceDevice();
  let isLost = false;
  let report: (loss: { readonly reason: 'lost'; readonly message: string }) => void = () => undefined;
  const lost = new Promise<{ readonly reason: 'lost'; readonly message: string }>((resolve) => {
    report = resolve;
  });
  const orNever = <Value>(promise: Promise<Value>): Promise<Value> => (isLost ? new Promise<Value>(() => undefined) : promise);
  const fragile: Device = {
    ...device,
    lost,
    finish: () => orNever(device.finish()),
    createState: (arenas) => {
      const state = device.createState(arenas);
      // The device knows its states by identity.
      return Object.assign(state, {
        read: (
          (read) =>
          (...args: Parameters<typeof read>) =>
            orNever(read(...args))
        )(state.read),
      });
    },
  };
  return {
    device: fragile,
    lose: () => {
      isLost = true;
      report({ reason: 'lost', message: 'unplugged' });
    },
  };
}

describe('a lost device', () => {
  it('is replaced, and training ends in the same numbers', async () => {
    const straight = contentOf(await trainToEnd(await bench({ ...settings, epochs: 40 })));
    const first = fragileDevice();
    const devices = [first.device, openReferenceDevice()];
    const one = await bench({ ...settings, epochs: 40 }, () => {
      const next = devices.shift();
      return next === undefined ? Promise.reject(new Error('no more devices')) : Promise.resolve(next);
    });
    await one.session.train();
    await one.until((event) => event.type === 'epoch' && event.epoch >= 2);
    first.lose();
    await one.until((event) => event.type === 'device' && event.state === 'recovered');
    await one.until(isStatus('finished'));
    expect(contentOf(await latestOf(one.session))).toEqual(straight);
    expect(devices).toHaveLength(0);
  });

  it('is given up when it is lost for the third time, and another kind goes on from the same step', async () => {
    const straight = contentOf(await trainToEnd(await bench({ ...settings, epochs: 40 })));
    const fragile = [fragileDevice(), fragileDevice(), fragileDevice()];
    const devices = [...fragile.map(({ device }) => device), openReferenceDevice()];
    const one = await bench({ ...settings, epochs: 40 }, () => Promise.resolve(devices.shift() ?? openReferenceDevice()));
    await one.session.train();
    await one.until((event) => event.type === 'epoch' && event.epoch >= 2);
    for (const [times, { lose }] of fragile.entries()) {
      lose();
      const told = () => one.events.filter((event) => event.type === 'device' && event.state !== 'lost').length;
      await expect.poll(told).toBe(times + 1);
    }
    await one.until(isStatus('failed'));
    expect(one.events).toContainEqual(
      expect.objectContaining({ type: 'problem', problem: expect.objectContaining({ code: 'device.lost-again' }) as unknown }),
    );
    expect(devices).toHaveLength(1);
    await one.session.openDevice();
    expect(one.session.status).toBe('paused');
    expect(one.session.position.epoch).toBeGreaterThanOrEqual(2);
    const before = one.events.length;
    await one.session.train();
    await expect.poll(() => one.events.slice(before).some(isStatus('finished'))).toBe(true);
    expect(contentOf(await latestOf(one.session))).toEqual(straight);
  });

  it('is reported where there is no other', async () => {
    const first = fragileDevice();
    const devices = [first.device];
    const one = await bench(settings, () => {
      const next = devices.shift();
      return next === undefined ? Promise.reject(new Error('no more devices')) : Promise.resolve(next);
    });
    first.lose();
    await one.until(isStatus('failed'));
    expect(one.events).toContainEqual({ type: 'device', state: 'failed', message: 'no more devices', description: null });
  });
});
