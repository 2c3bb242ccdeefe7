import { describe, expect, it, vi } from 'vitest';
import type { BadNumber } from '../../../compute/training/progress';
import type { TrainingPosition } from '../../../compute/worker/protocol';
import { createLiveLog } from './live-log';
import { createReceiver } from './receive';
import type { Recorder } from './recorder';
import { createTrainingState } from './training-state';

const position: TrainingPosition = { epoch: 0, epochs: 5, step: 3, stepInEpoch: 3, stepsPerEpoch: 10 };
const finding: BadNumber = {
  step: 4,
  what: 'gradient',
  tensor: 'conv1.weight',
  node: 'conv1',
  value: 'NaN',
  stepBack: { epoch: 0, step: 0 },
};
const problem = { severity: 'error', code: 'training.bad-number', values: {} } as const;

function open(current: Recorder['current'] = null) {
  const recorder: Recorder = {
    current,
    begin: vi.fn(),
    resume: vi.fn(),
    goOn: vi.fn(),
    record: vi.fn(),
    evaluated: vi.fn(),
    settled: vi.fn(() => Promise.resolve()),
    flush: vi.fn(() => Promise.resolve()),
    end: vi.fn(() => Promise.resolve()),
    checkpoint: vi.fn(() => Promise.resolve(null)),
  };
  const state = createTrainingState();
  const live = createLiveLog();
  const epochEnded = vi.fn();
  const crashed = vi.fn();
  const kernelMemory = { known: () => Promise.resolve({}), learn: vi.fn() };
  const receive = createReceiver({ state, live, recorder, kernelMemory, classes: () => ['a', 'b'], epochEnded, crashed });
  return { state, live, recorder, kernelMemory, epochEnded, crashed, receive };
}

describe('what the worker tells', () => {
  it('offers the CPU where a GPU is lost for good, and keeps in which run', () => {
    const run = { project: 'p', runId: 'r' };
    const { state, receive } = open(run);
    const gpu = { kind: 'webgpu', name: 'GPU', software: false, backend: 'WebGPU', maximumBufferBytes: 1 } as const;
    state.device.value = { description: gpu, choice: { kind: 'webgpu', reason: 'hardware' } };
    receive({ type: 'device', state: 'lost', message: 'gone', description: null });
    expect(state.news.value).toMatchObject({ kind: 'device', state: 'lost', offersCpu: false });
    receive({ type: 'device', state: 'recovered', message: 'gone', description: { ...gpu, name: 'again' } });
    expect(state.device.value).toMatchObject({ description: { name: 'again' }, choice: { reason: 'hardware' } });
    receive({ type: 'device', state: 'failed', message: 'gone', description: null });
    expect(state.news.value).toMatchObject({ state: 'failed', offersCpu: true });
    expect(state.interruptedRun.value).toBe(run);
    expect(state.device.value).toBeNull();
  });

  it('keeps which kernels were the fastest', () => {
    const { receive, kernelMemory } = open();
    receive({ type: 'kernels', choices: { product: 'block-64' } });
    expect(kernelMemory.learn).toHaveBeenCalledWith({ product: 'block-64' });
  });

  it('keeps what a bad number was until training runs again', () => {
    const { state, receive, recorder } = open();
    receive({ type: 'bad-number', finding, problem });
    receive({ type: 'status', status: 'paused', position });
    expect(state.badNumber.value).toEqual({ finding, problem });
    expect(recorder.end).not.toHaveBeenCalled();
    receive({ type: 'status', status: 'running', position });
    expect(state.badNumber.value).toBeNull();
  });

  it('logs and records every step, and shows the last', () => {
    const { state, live, receive, recorder } = open();
    const step = (number: number) => ({
      step: number,
      loss: 1 / number,
      accuracy: 0,
      meanAbsoluteError: 0,
      learningRate: 0.1 * number,
      gradientNorm: null,
    });
    receive({ type: 'progress', position, metrics: [step(2), step(3)], samplesPerSecond: 7, secondsLeft: 9, busyShare: 1 });
    expect([...live.log.loss.xs()]).toEqual([2, 3]);
    expect(recorder.record).toHaveBeenCalledTimes(1);
    expect(state.latest.value).toMatchObject({ loss: 1 / 3, learningRate: 0.1 * 3, samplesPerSecond: 7 });
    expect(state.weightsVersion.value).toBe(1);
  });

  it('tells which rule ended the training, and ends the run when it is finished', () => {
    const { state, receive, recorder } = open();
    receive({ type: 'stopped', rule: 'early', epoch: 4, step: 40, restored: { epoch: 2, step: 20 } });
    expect(state.news.value).toEqual({ kind: 'rule', rule: 'early', epoch: 4, step: 40, restored: { epoch: 2, step: 20 } });
    expect(state.weightsVersion.value).toBe(1);
    receive({ type: 'status', status: 'finished', position });
    expect(recorder.end).toHaveBeenCalledWith('finished');
  });

  it('hands on that the worker crashed, and no other problem', () => {
    const { state, receive, crashed } = open();
    receive({ type: 'problem', problem });
    expect(crashed).not.toHaveBeenCalled();
    receive({ type: 'problem', problem: { ...problem, code: 'engine.crashed' } });
    expect(crashed).toHaveBeenCalledTimes(1);
    expect(state.trouble.value?.code).toBe('engine.crashed');
  });
});
