import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { sweepSchema, type Sweep } from '../../compute/graph/sweep';
import { defaultTrainingSettings } from '../../compute/graph/training-settings';
import { smallDocument } from './testing/home';
import { newProject, startedForEach } from './testing/started';

const at = startedForEach();

const base = { document: smallDocument, settings: defaultTrainingSettings, dataset: 'mnist' };
const plan = {
  method: { kind: 'halving', trials: 4, factor: 2, epochs: 1 },
  parameters: [{ path: 'settings.learningRate', values: { kind: 'choices', choices: [0.1, 0.2, 0.3] } }],
};
const read = (value: unknown): Sweep => v.parse(sweepSchema, value);

describe('a sweep', () => {
  it('is a queue on the disk that grows by its rounds and goes on after a restart', async () => {
    const { token } = await newProject(at);
    const { id } = read(await at.caller.call('sweeps.create', { project: token, plan, base }));
    const record = async (trial: number, status: 'running' | 'finished', result: number | null = null) =>
      read(await at.caller.call('sweeps.record', { project: token, sweep: id, trial, status, run: 'run', result, problem: null }));
    for (let trial = 0; trial < 3; trial++) await record(trial, 'finished', trial);
    expect((await record(3, 'running')).trials.map(({ status }) => status)).toEqual(['finished', 'finished', 'finished', 'running']);
    await at.caller.services.close();
    at.caller = await at.home.start();
    const project = (await at.caller.call('projects.last', null))?.token ?? '';
    const [resumed] = (await at.caller.call('sweeps.list', { project })).map(read);
    expect(resumed?.trials[3]).toMatchObject({ status: 'waiting', run: null });
    const done = read(
      await at.caller.call('sweeps.record', {
        project,
        sweep: id,
        trial: 3,
        status: 'failed',
        run: null,
        result: null,
        problem: 'no memory',
      }),
    );
    expect(done.trials.slice(4)).toMatchObject([
      { round: 1, epochs: 2, values: done.trials[0]?.values },
      { round: 1, epochs: 2, values: done.trials[1]?.values },
    ]);
  });

  it('keeps its place among others that wait, also past a restart', async () => {
    const { token, location } = await newProject(at);
    const create = async () => read(await at.caller.call('sweeps.create', { project: token, plan, base })).id;
    const [first, second, third] = [await create(), await create(), await create()];
    expect(await at.caller.call('sweeps.queue', { project: token })).toEqual([]);
    expect(await at.caller.call('sweeps.arrange', { project: token, sweeps: [second, '../run', first, second, third] })).toEqual([
      second,
      first,
      third,
    ]);
    await at.caller.call('sweeps.remove', { project: token, sweep: first });
    await at.caller.services.close();
    at.caller = await at.home.start();
    const project = (await at.caller.call('projects.last', null))?.token ?? '';
    expect(await at.caller.call('sweeps.queue', { project })).toEqual([second, third]);
    expect((await at.caller.call('sweeps.list', { project })).length).toBe(2);
    // Damaged, it is no queue; the sweeps are there all the same.
    await writeFile(join(location, 'sweeps', 'queue.json'), '{"format":"hebb-sweep-queue","version":1,"sweeps":[1]}');
    expect(await at.caller.call('sweeps.queue', { project })).toEqual([]);
  });

  it('that is removed comes back', async () => {
    const { token, location } = await newProject(at);
    const { id } = read(await at.caller.call('sweeps.create', { project: token, plan, base }));
    await at.caller.call('sweeps.remove', { project: token, sweep: id });
    expect(await at.caller.call('sweeps.list', { project: token })).toEqual([]);
    expect((await at.caller.refused('sweeps.remove', { project: token, sweep: id })).code).toBe('sweep.unknown');
    await at.caller.call('sweeps.restore', { project: token, sweep: id });
    expect((await at.caller.call('sweeps.list', { project: token })).length).toBe(1);
    expect(await readdir(join(location, 'sweeps'))).toEqual([`${id}.json`]);
  });

  it('is refused where its plan is none, and left alone where its file is damaged', async () => {
    const { token, location } = await newProject(at);
    const refused = async (wrong: unknown) => (await at.caller.refused('sweeps.create', { project: token, plan: wrong, base })).code;
    expect(await refused({ ...plan, parameters: [] })).toBe('sweep.invalid');
    expect(await refused({ ...plan, parameters: [...plan.parameters, ...plan.parameters] })).toBe('sweep.twice');
    const { id } = read(await at.caller.call('sweeps.create', { project: token, plan, base }));
    const request = { project: token, sweep: id, trial: 9, status: 'finished', run: null, result: 1, problem: null } as const;
    expect((await at.caller.refused('sweeps.record', request)).code).toBe('sweep.unknown-trial');
    expect((await at.caller.refused('sweeps.record', { ...request, sweep: '../run' })).code).toBe('sweep.unknown');
    const path = join(location, 'sweeps', `${id}.json`);
    await writeFile(path, '{');
    expect((await at.caller.refused('sweeps.record', { ...request, trial: 0 })).code).toBe('sweep.broken');
    expect(await readFile(path, 'utf8')).toBe('{');
  });
});
