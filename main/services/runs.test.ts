import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bestOf } from './checkpoint-retention';
import { expired } from './run-trash';
import { newProject, newRun, saveCheckpoint, startedForEach } from './testing/started';

const at = startedForEach();

describe('runs', () => {
  it('that nobody finished are interrupted, and can go on', async () => {
    const { token } = await newProject(at);
    const runId = await newRun(at, token);
    await at.caller.call('runs.append', { project: token, runId, records: [{ step: 1 }] });
    expect((await at.caller.call('runs.list', { project: token }))[0]?.status).toBe('running');
    await at.caller.services.close();
    at.caller = await at.home.start();
    const project = (await at.caller.call('projects.last', null))?.token ?? '';
    expect((await at.caller.call('runs.list', { project }))[0]?.status).toBe('interrupted');
    await at.caller.call('runs.append', { project, runId, records: [{ step: 2 }] });
    expect((await at.caller.call('runs.list', { project }))[0]?.status).toBe('running');
    await at.caller.call('runs.finish', { project, runId, status: 'paused' });
    const { run, metrics } = await at.caller.call('runs.read', { project, runId });
    expect(run).toMatchObject({ status: 'paused', settings: { epochs: 1 }, device: { name: 'test' } });
    expect(metrics).toEqual([{ step: 1 }, { step: 2 }]);
  });
});

describe('what a person says of a run', () => {
  it('is kept, and leaves the rest as it is', async () => {
    const { token } = await newProject(at);
    const run = { project: token, runId: await newRun(at, token) };
    await at.caller.call('runs.edit', { ...run, name: 'First try', tags: ['wide', 'wide', 'slow'], pinned: true });
    const edited = await at.caller.call('runs.edit', { ...run, notes: 'Too slow.', hidden: true });
    expect(edited).toMatchObject({
      name: 'First try',
      tags: ['wide', 'slow'],
      notes: 'Too slow.',
      pinned: true,
      hidden: true,
      status: 'running',
    });
    await at.caller.call('runs.finish', { ...run, status: 'finished' });
    expect(await at.caller.call('runs.list', { project: token })).toMatchObject([
      { ...edited, status: 'finished', finishedAt: expect.any(String) as string },
    ]);
  });

  it('is nothing in a run of version 1, which opens as before', async () => {
    const { token, location } = await newProject(at);
    const runId = await newRun(at, token);
    await at.caller.call('runs.append', {
      project: token,
      runId,
      records: [{ type: 'epoch', epoch: 2, step: 9, train: { loss: 2 }, validation: { loss: 3 } }],
    });
    const path = join(location, 'runs', runId, 'run.json');
    const { name, notes, tags, pinned, hidden, parent, trial, outcome, ...old } = JSON.parse(await readFile(path, 'utf8')) as Record<
      string,
      unknown
    >;
    expect([name, notes, tags, pinned, hidden, parent, trial, outcome]).toEqual(['', '', [], false, false, null, null, null]);
    await writeFile(path, JSON.stringify({ ...old, version: 1 }));
    expect(await at.caller.call('runs.list', { project: token })).toMatchObject([
      { id: runId, name: '', measures: { steps: 9, epochs: 2, seconds: null, last: { 'validation/loss': 3 } } },
    ]);
    await at.caller.call('runs.edit', { project: token, runId, name: 'Old' });
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ version: 2, name: 'Old', id: runId });
    await writeFile(path, JSON.stringify({ ...old, version: 3 }));
    expect((await at.caller.refused('runs.read', { project: token, runId })).code).toBe('run.broken');
  });
});

describe('a run that is removed', () => {
  it('comes back with all it had', async () => {
    const { token, location } = await newProject(at);
    const run = { project: token, runId: await newRun(at, token) };
    await saveCheckpoint(at, { ...run, step: 100 });
    expect((await at.caller.refused('runs.remove', run)).code).toBe('run.in-training');
    await at.caller.call('runs.finish', { ...run, status: 'finished' });
    await at.caller.call('runs.remove', run);
    expect(await at.caller.call('runs.list', { project: token })).toEqual([]);
    expect(await at.caller.call('checkpoints.list', { project: token })).toEqual([]);
    expect(await at.caller.call('runs.removed', { project: token })).toMatchObject([{ id: run.runId }]);
    expect((await at.caller.refused('runs.remove', run)).code).toBe('run.unknown');
    await at.caller.call('runs.restore', run);
    expect((await at.caller.call('runs.list', { project: token })).map(({ id }) => id)).toEqual([run.runId]);
    expect((await at.caller.call('checkpoints.list', { project: token })).length).toBe(1);
    expect(await readdir(join(location, 'trash', 'runs'))).toEqual([]);
    expect((await at.caller.refused('runs.restore', run)).code).toBe('run.not-removed');
  });

  it('is gone after thirty days, or when a hundred others were removed after it', () => {
    const day = 24 * 60 * 60 * 1000;
    const removed = Array.from({ length: 102 }, (_, index) => ({ runId: `r${String(index)}`, time: 1000 - index, folder: '' }));
    expect(expired(removed, 1000).map(({ runId }) => runId)).toEqual(['r100', 'r101']);
    expect(expired(removed.slice(0, 2), 30 * day + 1000).map(({ runId }) => runId)).toEqual(['r1']);
  });
});

describe('checkpoints', () => {
  it('are kept as the settings say: the last ones, the best, those of every k-th epoch', async () => {
    const { token } = await newProject(at);
    const runId = await newRun(at, token);
    await at.caller.call('settings.write', { checkpoints: { last: 1, best: false, everyEpochs: 3 } });
    for (let epoch = 1; epoch <= 8; epoch++)
      await saveCheckpoint(at, { project: token, runId, step: epoch * 100 }, { validationAccuracy: 1 / epoch });
    const kept = async () => (await at.caller.call('checkpoints.list', { project: token, runId })).map(({ step }) => step);
    expect(await kept()).toEqual([300, 600, 800]);
    // What cannot be read means as usual.
    await at.caller.call('settings.write', { checkpoints: { last: 0, best: true, everyEpochs: null } });
    await saveCheckpoint(at, { project: token, runId, step: 900 }, { validationAccuracy: 0 });
    expect(await kept()).toEqual([300, 600, 800, 900]);
  });

  it('are the best by accuracy, or where there is none by loss', () => {
    const rated = (validationAccuracy: number | null, loss: number) => ({ manifest: { validationAccuracy, validation: { loss } } });
    const byLoss = [rated(null, 3), rated(null, 1), rated(null, 1)];
    expect(bestOf(byLoss)).toBe(byLoss[1]);
    const byAccuracy = [rated(null, 0), rated(0.5, 3), rated(0.4, 1)];
    expect(bestOf(byAccuracy)).toBe(byAccuracy[1]);
    expect(bestOf([{ manifest: { validationAccuracy: null, validation: {} } }])).toBeNull();
  });

  it('kept are the last three, the best, and the pinned', async () => {
    const { token } = await newProject(at);
    const runId = await newRun(at, token);
    const accuracies = [0.1, 0.9, 0.3, 0.4, 0.9, 0.6, 0.7];
    for (const [index, accuracy] of accuracies.entries())
      await saveCheckpoint(at, { project: token, runId, step: (index + 1) * 100 }, { validationAccuracy: accuracy, pinned: index === 2 });
    const list = await at.caller.call('checkpoints.list', { project: token, runId });
    expect(list.map(({ step }) => step)).toEqual([200, 300, 500, 600, 700]);
    expect(list.filter(({ best }) => best).map(({ step }) => step)).toEqual([200]);
    await at.caller.call('checkpoints.pin', { project: token, runId, id: '300', pinned: false });
    await saveCheckpoint(at, { project: token, runId, step: 800 });
    expect((await at.caller.call('checkpoints.list', { project: token, runId })).map(({ step }) => step)).toEqual([200, 600, 700, 800]);
  });

  it('give back exactly what was saved', async () => {
    const { token } = await newProject(at);
    const runId = await newRun(at, token);
    await saveCheckpoint(at, { project: token, runId, step: 100 }, { validationAccuracy: 0.5 });
    const opened = await at.caller.call('checkpoints.open', { project: token, runId, id: '100' });
    expect(opened.state).toEqual({ position: { step: 100, epoch: 1 }, anything: ['else', 100] });
    expect(Buffer.from((await at.caller.get(opened.weightsUrl)) ?? []).toString()).toBe('weights 100');
    expect(Buffer.from((await at.caller.get(opened.optimizerUrl)) ?? []).toString()).toBe('optimizer 100');
    // Twice at one step: both stay.
    expect((await saveCheckpoint(at, { project: token, runId, step: 100 })).id).toBe('100-2');
  });

  it('that were damaged are not handed out', async () => {
    const { token, location } = await newProject(at);
    const runId = await newRun(at, token);
    const folder = join(location, 'runs', runId, 'checkpoints', '100');
    await saveCheckpoint(at, { project: token, runId, step: 100 });
    for (const name of ['weights.safetensors', 'optimizer.safetensors', 'state.json', 'manifest.json']) {
      const good = await readFile(join(folder, name));
      const bad = Buffer.from(good);
      bad[Math.floor(bad.length / 2)] = (bad[Math.floor(bad.length / 2)] ?? 0) ^ 1;
      const damages = name === 'manifest.json' ? [Buffer.from('{')] : [bad, good.subarray(1), Buffer.concat([good, Buffer.alloc(1)])];
      for (const damage of damages) {
        await writeFile(join(folder, name), damage);
        expect(await at.caller.refused('checkpoints.open', { project: token, runId, id: '100' })).toMatchObject({
          code: 'checkpoint.damaged',
          values: { file: name },
        });
      }
      await writeFile(join(folder, name), good);
    }
    await rm(join(folder, 'weights.safetensors'));
    expect((await at.caller.refused('checkpoints.open', { project: token, runId, id: '100' })).code).toBe('checkpoint.damaged');
  });

  it('are not there before they are committed, and never by half', async () => {
    const { token, location } = await newProject(at);
    const runId = await newRun(at, token);
    const begun = await at.caller.call('checkpoints.begin', { project: token, runId });
    await at.caller.put(begun.weightsUrl, Buffer.from('w'));
    const commit = {
      project: token,
      checkpoint: begun.checkpoint,
      state: { position: { step: 1, epoch: 0 } },
      validationAccuracy: null,
      pinned: false,
    };
    expect((await at.caller.refused('checkpoints.commit', commit)).code).toBe('upload.missing');
    expect((await at.caller.refused('checkpoints.commit', { ...commit, state: 'nonsense' })).code).toBe('checkpoint.invalid-state');
    expect(await at.caller.call('checkpoints.list', { project: token })).toEqual([]);
    await at.caller.put(begun.optimizerUrl, Buffer.from('o'));
    expect((await at.caller.call('checkpoints.commit', commit)).id).toBe('1');
    expect((await at.caller.refused('checkpoints.commit', commit)).code).toBe('checkpoint.unknown');
    expect(await readdir(join(location, 'runs', runId, 'checkpoints'))).toEqual(['1']);
    expect((await at.caller.refused('checkpoints.begin', { project: token, runId: 'other' })).code).toBe('run.unknown');
  });
});
