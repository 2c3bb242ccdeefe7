import { describe, expect, it, vi } from 'vitest';
import { emptyDocument } from '../../../compute/graph/model-document';
import { defaultTrainingSettings } from '../../../compute/graph/training-settings';
import type { EngineClient } from '../../engine';
import { stepsToRecord } from './metrics-log';
import { createRecorder, type CallSystem } from './recorder';

const device = {
  kind: 'webgpu',
  name: 'Test',
  software: true,
  backend: 'test',
  maximumBufferBytes: 1,
  chosen: { kind: 'webgpu', reason: 'asked' },
} as const;
const start = { project: 'project-token', settings: defaultTrainingSettings, document: emptyDocument('x'), dataset: 'mnist', device };
const record = stepsToRecord([{ step: 1, loss: 1, accuracy: 0, meanAbsoluteError: 0 }]);

function open(failing: string | null = null) {
  const calls: [string, unknown][] = [];
  const answers: Record<string, unknown> = {
    'runs.create': { runId: 'run-1' },
    'checkpoints.begin': { checkpoint: 'checkpoint-token', weightsUrl: '/w', optimizerUrl: '/o' },
    'checkpoints.commit': { id: '10' },
  };
  // The fake answers by name with what the test wrote above; the contract's types cannot follow that.
  const callSystem = ((name: string, request: unknown) => {
    calls.push([name, request]);
    return Promise.resolve(
      name === failing ? { ok: false, error: { code: 'storage.full', values: {} } } : { ok: true, value: answers[name] ?? null },
    );
  }) as CallSystem;
  const state = { position: { step: 10 } };
  // Only save-checkpoint is asked for.
  const engine = { call: vi.fn(() => Promise.resolve({ ok: true, value: state })) } as unknown as Pick<EngineClient, 'call'>;
  const tell = vi.fn();
  const kept = vi.fn();
  return { recorder: createRecorder(callSystem, engine, tell, kept, () => 5000), calls, tell, kept };
}

describe('the recorder', () => {
  it('writes records that came before the run had its name', async () => {
    const { recorder, calls } = open();
    recorder.begin(start);
    recorder.record(record);
    await recorder.flush();
    expect(calls.map(([name]) => name)).toEqual(['runs.create', 'runs.append']);
    expect(calls[1]?.[1]).toMatchObject({
      runId: 'run-1',
      records: [
        { type: 'started', at: 5000 },
        { ...record, at: 5000 },
      ],
    });
  });

  it('flushes before it finishes, then has no run', async () => {
    const { recorder, calls, kept } = open();
    recorder.begin(start);
    recorder.record(record);
    await recorder.end('finished');
    expect(kept).toHaveBeenCalledTimes(2);
    expect(calls.map(([name]) => name)).toEqual(['runs.create', 'runs.append', 'runs.finish']);
    expect(recorder.current).toBeNull();
    recorder.record(record);
    await recorder.flush();
    expect(calls.length).toBe(3);
  });

  it('ends a run once: what would end it a moment later does not say how it ended', async () => {
    const { recorder, calls } = open();
    recorder.begin(start);
    recorder.record(record);
    await Promise.all([recorder.end('finished'), recorder.end('stopped')]);
    expect(calls.filter(([name]) => name === 'runs.finish').map(([, request]) => request)).toMatchObject([{ status: 'finished' }]);
  });

  it('keeps the newest evaluation when the run ends, and tells where it branched off', async () => {
    const { recorder, calls } = open();
    recorder.begin({ ...start, parent: { run: 'run-0', step: 7 } });
    expect(calls).toEqual([]);
    const evaluation = { split: 'validation', epoch: 1, step: 4, count: 2, measures: { loss: 1 }, classes: [], confusion: [] };
    recorder.evaluated({ ...evaluation, epoch: 0 });
    recorder.evaluated(evaluation);
    await recorder.end('finished');
    expect(calls[0]?.[1]).toMatchObject({ parent: { run: 'run-0', step: 7 } });
    expect(calls.at(-1)).toEqual(['runs.finish', { project: 'project-token', runId: 'run-1', status: 'finished', evaluation }]);
  });

  it('keeps a paused run', async () => {
    const { recorder } = open();
    recorder.begin(start);
    await recorder.end('paused');
    expect(recorder.current).toEqual({ project: 'project-token', runId: 'run-1' });
  });

  it('makes a checkpoint in three moves, with the accuracy of that very step', async () => {
    const { recorder, calls } = open();
    recorder.begin(start);
    const summary = await recorder.checkpoint({
      fresh: false,
      validationAt: (step) => (step === 10 ? { accuracy: 0.97, loss: 0.1 } : null),
    });
    expect(summary).toEqual({ id: '10' });
    expect(calls.map(([name]) => name)).toEqual(['runs.create', 'checkpoints.begin', 'checkpoints.commit']);
    expect(calls[2]?.[1]).toMatchObject({
      checkpoint: 'checkpoint-token',
      validationAccuracy: 0.97,
      validation: { accuracy: 0.97, loss: 0.1 },
    });
  });

  it.each(['runs.create', 'runs.append', 'checkpoints.begin', 'checkpoints.commit'])(
    'tells when %s fails, and goes on',
    async (failing) => {
      const { recorder, tell } = open(failing);
      recorder.begin(start);
      recorder.record(record);
      await recorder.flush();
      await recorder.checkpoint({ fresh: true, validationAt: () => null });
      await recorder.end('stopped');
      expect(tell).toHaveBeenCalledWith({ code: 'storage.full', values: {} });
    },
  );
});
