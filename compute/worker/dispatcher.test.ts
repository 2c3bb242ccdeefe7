import { describe, expect, it } from 'vitest';
import type { Device, DeviceKind } from '../devices/device';
import { failure, success } from '../graph/problem';
import { deviceAs } from '../testing/device-as';
import { learnable, perceptron, settingsForTests } from '../testing/small-training';
import type { Split } from '../training/dataset';
import { createDispatcher, type DispatcherOptions } from './dispatcher';
import type { DatasetSource, DeviceWish, WorkerCall, WorkerCalls, WorkerEvent } from './protocol';

const dataset = learnable();
const bytesOf = (data: Uint8Array | Float32Array | Int32Array) => new Uint8Array(data.slice().buffer);

/** Files by URL: one table in which samples of the splits, and one that is excluded, alternate, in shards of uneven length. */
function filesOfDataset() {
  const { train, validation, test } = dataset.splits;
  const left = [train, validation, test].map(({ count }) => count);
  const assignments: number[] = [];
  const samples: number[] = [];
  const labels: number[] = [];
  for (let turn = 0; left.some((count) => count > 0); turn = (turn + 1) % 3) {
    const split = [train, validation, test][turn];
    const rest = left[turn] ?? 0;
    if (split === undefined || rest === 0) continue;
    const index = split.count - rest;
    assignments.push(turn);
    samples.push(...split.samples.subarray(index * 8, (index + 1) * 8));
    labels.push(split.labels[index] ?? 0);
    left[turn] = rest - 1;
    if (assignments.length !== 20) continue;
    assignments.push(3);
    samples.push(...new Uint8Array(8).fill(255));
    labels.push(1);
  }
  const files = new Map<string, Uint8Array>([
    ['/data/token0000/a', Uint8Array.from(samples.slice(0, 296))],
    ['/data/token0000/b', Uint8Array.from(samples.slice(296))],
    ['/data/token0000/labels', bytesOf(Int32Array.from(labels))],
    ['/data/token0000/splits', Uint8Array.from(assignments)],
  ]);
  const shard = (url: string) => ({ url, bytes: files.get(url)?.length ?? 0 });
  const { splits: _, ...form } = dataset;
  const source: DatasetSource = {
    ...form,
    count: assignments.length,
    sampleShards: [shard('/data/token0000/a'), shard('/data/token0000/b')],
    labelShards: [shard('/data/token0000/labels')],
    splitUrl: '/data/token0000/splits',
  };
  return { files, source };
}

const none = () => Promise.resolve(failure('device.no-webgpu'));

async function start(openers: Partial<DispatcherOptions['openers']> = {}) {
  const { files, source } = filesOfDataset();
  const events: WorkerEvent[] = [];
  const reads: string[] = [];
  const ranges: string[] = [];
  const { dispatch } = createDispatcher({
    openers: { webgpu: none, cpu: () => Promise.resolve(success(deviceAs('cpu'))), reference: none, ...openers },
    transfer: {
      read: (url) => {
        reads.push(url);
        const file = files.get(url);
        return file === undefined ? Promise.reject(new Error(`no ${url}`)) : Promise.resolve(file);
      },
      readRange: (url, first, length) => {
        ranges.push(url);
        const file = files.get(url);
        return file === undefined ? Promise.reject(new Error(`no ${url}`)) : Promise.resolve(file.slice(first, first + length));
      },
      write: (url, bytes) => {
        files.set(url, bytes);
        return Promise.resolve();
      },
    },
    emit: (event) => void events.push(event),
  });
  const ask = async <Call extends WorkerCall>(
    call: Call,
    request: WorkerCalls[Call]['request'],
  ): Promise<WorkerCalls[Call]['response']> => {
    const outcome = await dispatch(call, request);
    if (!outcome.ok) throw new Error(outcome.problem.code);
    return outcome.value;
  };
  return { files, source, events, reads, ranges, dispatch, ask };
}

async function ready(openers: Partial<DispatcherOptions['openers']> = {}, wish: DeviceWish = 'auto') {
  const all = await start(openers);
  await all.ask('open-device', { wish, threads: 1, kernels: {} });
  await all.ask('load-dataset', all.source);
  await all.ask('configure', { document: perceptron, settings: settingsForTests, keepWeights: false });
  return all;
}

describe('the worker', () => {
  it('loads a data set from shards, each once', async () => {
    const { ask, source, reads } = await start();
    const { classCounts, bytes } = await ask('load-dataset', source);
    const expected = (split: Split) => [0, 1].map((label) => dataset.splits[split].labels.filter((item) => item === label).length);
    expect(classCounts).toEqual({ train: expected('train'), validation: expected('validation'), test: expected('test') });
    expect(bytes).toBe(114 * (8 + 4));
    expect(reads).toHaveLength(new Set(reads).size);
    expect(reads).toHaveLength(4);
  });

  it('trains, evaluates and answers about single samples', async () => {
    const { ask } = await ready();
    expect(await ask('step', null)).toMatchObject({ step: 1, stepInEpoch: 1, stepsPerEpoch: 4 });
    const evaluation = await ask('evaluate', { split: 'test' });
    expect(evaluation).toMatchObject({ split: 'test', count: 10 });
    const sample = { from: 'split', split: 'test', index: 3 } as const;
    const predictions = await ask('predict', { sample });
    expect(predictions.map(({ predicted }) => predicted)).toEqual([evaluation.predictions[3]]);
    const own = dataset.splits.test.labels[3] ?? 0;
    expect(-Math.log(predictions[0]?.probabilities[own] ?? 0)).toBeCloseTo(evaluation.losses[3] ?? 0, 5);
    const given = Float32Array.from(dataset.splits.test.samples.subarray(24, 32), (value) => value * Math.fround(1 / 255));
    expect(await ask('predict', { sample: { from: 'data', values: given } })).toEqual(predictions);
    expect((await ask('saliency', { sample, unit: 1 })).shape).toEqual([1, 2, 4]);
    expect((await ask('probe', { sample, nodes: ['hidden'] }))[0]?.data).toHaveLength(6);
  });

  it('sets a training aside for another network, and goes on with it to the same bytes', async () => {
    const saved = async ({ ask, files }: Awaited<ReturnType<typeof ready>>) => {
      await ask('step', null);
      await ask('save-checkpoint', { weightsUrl: '/upload/w', optimizerUrl: '/upload/o', fresh: true });
      return [files.get('/upload/w'), files.get('/upload/o')];
    };
    const undisturbed = await ready();
    await undisturbed.ask('step', null);
    const disturbed = await ready();
    expect(await disturbed.ask('take-back', null)).toBeNull();
    await disturbed.ask('step', null);
    expect(await disturbed.ask('set-aside', null)).toBe(true);
    const settings = { ...settingsForTests, seed: 99, optimizer: { kind: 'sgd', parameters: {} } };
    await disturbed.ask('configure', { document: perceptron, settings, keepWeights: false });
    await disturbed.ask('step', null);
    expect(await disturbed.ask('take-back', null)).toMatchObject({ step: 1 });
    expect(await saved(disturbed)).toEqual(await saved(undisturbed));
  });

  it('saves a checkpoint and goes on from it in another worker to the same bytes', async () => {
    const first = await ready();
    await first.ask('step', null);
    await first.ask('step', null);
    const state = await first.ask('save-checkpoint', { weightsUrl: '/upload/w', optimizerUrl: '/upload/o', fresh: true });
    if (state === null) throw new Error('no checkpoint');
    expect(state.position.step).toBe(2);
    const second = await ready();
    for (const url of ['/upload/w', '/upload/o']) second.files.set(url, first.files.get(url) ?? new Uint8Array());
    // What crosses the border of the worker, and the disk, is plain JSON.
    const read = JSON.parse(JSON.stringify(state)) as typeof state;
    expect(await second.ask('load-checkpoint', { weightsUrl: '/upload/w', optimizerUrl: '/upload/o', state: read })).toMatchObject({
      position: { step: 2 },
      device: { description: { kind: 'cpu' }, choice: { reason: 'alone' } },
    });
    for (const { ask } of [first, second]) {
      await ask('step', null);
      await ask('save-checkpoint', { weightsUrl: '/upload/w3', optimizerUrl: '/upload/o3', fresh: true });
    }
    expect(second.files.get('/upload/w3')).toEqual(first.files.get('/upload/w3'));
    expect(second.files.get('/upload/o3')).toEqual(first.files.get('/upload/o3'));
  });

  it('tries WebGPU in software and the CPU before a run begins, and stays where it is once it has', async () => {
    const quick = () => Promise.resolve(success(deviceAs('webgpu', { software: true })));
    const slow = () => Promise.resolve(success(deviceAs('cpu', { delay: 50 })));
    const { ask } = await ready({ webgpu: quick, cpu: slow });
    expect(await ask('settle-device', null)).toMatchObject({
      description: { kind: 'webgpu' },
      choice: { kind: 'webgpu', reason: 'faster' },
    });
    await ask('step', null);
    expect(await ask('open-device', { wish: 'cpu', threads: 1, kernels: {} })).toMatchObject({
      description: { kind: 'cpu' },
      choice: { reason: 'asked' },
    });
    expect(await ask('step', null)).toMatchObject({ step: 2 });
    // Of a run that has begun, `auto` moves nothing.
    await ask('open-device', { wish: 'auto', threads: 1, kernels: {} });
    expect(await ask('settle-device', null)).toMatchObject({ description: { kind: 'cpu' }, choice: { reason: 'kept' } });
    expect(await ask('step', null)).toMatchObject({ step: 3 });
    await ask('reset', null);
    expect(await ask('settle-device', null)).toMatchObject({ description: { kind: 'webgpu' }, choice: { reason: 'faster' } });
  });

  it('moves a network that only WebGPU in software can take there', async () => {
    const refusing: Device = { ...deviceAs('cpu'), compile: () => Promise.reject(new Error('too large')) };
    const { ask } = await ready({
      webgpu: () => Promise.resolve(success(deviceAs('webgpu', { software: true }))),
      cpu: () => Promise.resolve(success(refusing)),
    });
    // Asked for once more: the same network on the device that took it.
    const { device } = await ask('configure', { document: perceptron, settings: settingsForTests, keepWeights: true });
    expect(device).toMatchObject({ description: { kind: 'webgpu' }, choice: { reason: 'faster', milliseconds: { cpu: null } } });
    expect(await ask('step', null)).toMatchObject({ step: 1 });
  });

  it('goes on with a checkpoint on the kind of device that it was trained on, if there is one', async () => {
    const gpu = { webgpu: () => Promise.resolve(success(deviceAs('webgpu'))) };
    const first = await ready(gpu, 'cpu');
    await first.ask('step', null);
    const state = await first.ask('save-checkpoint', { weightsUrl: '/upload/w', optimizerUrl: '/upload/o', fresh: true });
    if (state === null) throw new Error('no checkpoint');
    const loadedIn = async (other: Awaited<ReturnType<typeof ready>>, kind: DeviceKind) => {
      for (const url of ['/upload/w', '/upload/o']) other.files.set(url, first.files.get(url) ?? new Uint8Array());
      const request = { weightsUrl: '/upload/w', optimizerUrl: '/upload/o', state: { ...state, device: { ...state.device, kind } } };
      return (await other.ask('load-checkpoint', request)).device;
    };
    expect(await loadedIn(await ready(gpu), 'cpu')).toMatchObject({ description: { kind: 'cpu' }, choice: { reason: 'kept' } });
    expect(await loadedIn(await ready(gpu, 'webgpu'), 'cpu')).toMatchObject({
      description: { kind: 'webgpu' },
      choice: { reason: 'asked' },
    });
    expect(await loadedIn(await ready(), 'webgpu')).toMatchObject({ description: { kind: 'cpu' } });
    // What was trained on a real GPU does not go on in software.
    const software = { webgpu: () => Promise.resolve(success(deviceAs('webgpu', { software: true }))) };
    expect(await loadedIn(await ready(software), 'webgpu')).toMatchObject({ description: { kind: 'cpu' } });
  });

  it('reports robustness as it goes, and ends it when told', async () => {
    const { ask, events } = await ready();
    const attack = { kind: 'fgsm', parameters: { epsilon: 0.1 } };
    const whole = await ask('robustness', { split: 'validation', count: 40, attack });
    expect(whole).toMatchObject({ count: 40, cancelled: false });
    expect(events.flatMap((event) => (event.type === 'robustness' ? [event.done] : []))).toEqual([32, 40]);
    const running = ask('robustness', { split: 'validation', count: 40, attack });
    await ask('cancel', null);
    expect(await running).toMatchObject({ cancelled: true });
  });

  it.each([
    ['training before anything is there', 'train', null, 'training.not-configured'],
    ['a device that is not there', 'open-device', { wish: 'webgpu', threads: 1, kernels: {} }, 'device.no-webgpu'],
  ] as const)('answers %s with a problem', async (_name, call, request, code) => {
    const { dispatch } = await start();
    expect(await dispatch(call, request)).toMatchObject({ ok: false, problem: { code } });
  });

  it('answers what is wrong with a request', async () => {
    const { dispatch } = await ready();
    expect(await dispatch('predict', { sample: { from: 'data', values: new Float32Array(3) } })).toMatchObject({
      problem: { code: 'sample.size' },
    });
    expect(await dispatch('predict', { sample: { from: 'split', split: 'test', index: 10 } })).toMatchObject({
      problem: { code: 'sample.index' },
    });
  });
});
