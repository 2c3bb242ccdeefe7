import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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

describe('checkpoints', () => {
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
