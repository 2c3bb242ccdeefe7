import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockName } from '../storage/lock';
import { smallContent } from './testing/home';
import { newProject, newRun, saveCheckpoint, startedForEach } from './testing/started';

const at = startedForEach();

describe('projects', () => {
  it('live in the projects folder under free names', async () => {
    const first = await newProject(at);
    const second = await newProject(at);
    expect([first.name, second.name]).toEqual(['Digits', 'Digits 2']);
    expect(await readdir(at.home.places.projects)).toEqual(['Digits', 'Digits 2']);
    const odd = await at.caller.call('projects.create', { name: '../a/b: "c"?', content: smallContent() });
    expect((await readdir(at.home.places.projects)).length).toBe(3);
    expect(odd.name).toBe('../a/b: "c"?');
  });

  it('come back as they were left, saved or not', async () => {
    const { token } = await newProject(at, 1);
    await at.caller.call('projects.save', { token, content: smallContent(2) });
    await at.caller.services.close();
    at.caller = await at.home.start();
    expect(await at.caller.call('projects.last', null)).toMatchObject({ name: 'Digits', content: smallContent(2), restored: false });
    const { token: again } = (await at.caller.call('projects.last', null)) ?? expect.unreachable();
    await at.caller.call('projects.autosave', { token: again, content: smallContent(3) });
    await at.caller.services.close();
    at.caller = await at.home.start();
    expect(await at.caller.call('projects.last', null)).toMatchObject({ content: smallContent(3), restored: true });
  });

  it('ignore an autosave that is older than the last save', async () => {
    const { token, location } = await newProject(at, 1);
    await at.caller.call('projects.autosave', { token, content: smallContent(2) });
    const stale = await readFile(join(location, 'autosave.json'));
    await at.caller.call('projects.save', { token, content: smallContent(3) });
    // As if the process had ended before the autosave was removed.
    await writeFile(join(location, 'autosave.json'), stale);
    expect(await at.caller.call('projects.open', { token })).toMatchObject({ content: smallContent(3), restored: false });
  });

  it('keep what each save replaces, twenty of them, and give it back', async () => {
    const { token, location } = await newProject(at, 0);
    for (let mark = 1; mark <= 22; mark++) await at.caller.call('projects.save', { token, content: smallContent(mark) });
    // A save that changes nothing keeps nothing.
    await at.caller.call('projects.save', { token, content: smallContent(22) });
    const versions = await at.caller.call('projects.versions', { token });
    expect(versions).toHaveLength(20);
    const marks = await Promise.all(
      versions.map(async ({ id }) => (await at.caller.call('projects.readVersion', { token, id })).content.training as { seed: number }),
    );
    expect(marks.map(({ seed }) => seed)).toEqual(Array.from({ length: 20 }, (_, index) => 21 - index));
    expect((await at.caller.refused('projects.readVersion', { token, id: '1' })).code).toBe('project.no-version');
    expect((await at.caller.refused('projects.readVersion', { token, id: '../../project' })).code).toBe('project.no-version');
    await writeFile(join(location, 'versions', `${versions[0]?.id ?? ''}.json`), '{');
    expect(await at.caller.call('projects.versions', { token })).toHaveLength(19);
  });

  it('become an earlier version now and then while edits go on unsaved', async () => {
    await at.caller.services.close();
    let time = Date.parse('2026-01-01T12:00:00Z');
    at.caller = await at.home.start(undefined, () => new Date(time));
    const { token } = await newProject(at, 0);
    for (let minute = 1; minute <= 11; minute++) {
      time += 60_000;
      await at.caller.call('projects.autosave', { token, content: smallContent(minute) });
    }
    const versions = await at.caller.call('projects.versions', { token });
    // After five minutes that of the fourth, after ten that of the ninth.
    expect(versions.map(({ savedAt }) => savedAt.slice(11, 16))).toEqual(['12:09', '12:04']);
  });

  it('that are broken are refused, and nothing is lost', async () => {
    const { token, location } = await newProject(at, 1);
    const path = join(location, 'project.json');
    for (const [text, code] of [
      ['{"format":"hebb-pro', 'project.broken'],
      ['[]', 'project.broken'],
      ['{"format":"hebb-project","version":1}', 'project.broken'],
      ['{"format":"hebb-project","version":2}', 'project.newer-version'],
    ] as const) {
      await writeFile(path, text);
      expect((await at.caller.refused('projects.open', { token })).code).toBe(code);
      expect(await readFile(path, 'utf8')).toBe(text);
    }
    // Saving over a broken file keeps it aside.
    await writeFile(path, '{"format":');
    await at.caller.call('projects.save', { token, content: smallContent(5) });
    expect(await readFile(`${path}.broken`, 'utf8')).toBe('{"format":');
    await rm(path);
    expect((await at.caller.refused('projects.open', { token })).code).toBe('project.missing');
  });

  it('whose project.json is broken are opened from a good autosave', async () => {
    const { token, location } = await newProject(at, 1);
    await at.caller.call('projects.autosave', { token, content: smallContent(2) });
    await writeFile(join(location, 'project.json'), '{');
    expect(await at.caller.call('projects.open', { token })).toMatchObject({ content: smallContent(2), restored: true });
  });

  it('are not saved with content that is not valid', async () => {
    const { token } = await newProject(at, 1);
    const error = await at.caller.refused('projects.save', { token, content: { ...smallContent(2), training: { batchSize: 0 } } });
    expect(error.code).toBe('project.invalid-content');
    expect(await at.caller.call('projects.open', { token })).toMatchObject({ content: smallContent(1) });
  });

  it('are copied with their runs', async () => {
    const { token, location } = await newProject(at, 1);
    const runId = await newRun(at, token);
    await at.caller.call('runs.append', { project: token, runId, records: [{ step: 1 }] });
    await saveCheckpoint(at, { project: token, runId, step: 10 });
    await at.caller.call('projects.autosave', { token, content: smallContent(2) });
    const { folder } = await at.caller.call('folders.list', { folder: null });
    const copy = await at.caller.call('projects.saveAs', { token, folder, name: 'Copy', content: smallContent(3) });
    expect(copy.content).toEqual(smallContent(3));
    expect(await at.caller.call('runs.read', { project: copy.token, runId })).toMatchObject({ metrics: [{ step: 1 }] });
    expect((await at.caller.call('checkpoints.open', { project: copy.token, runId, id: '10' })).summary.step).toBe(10);
    expect((await readdir(location)).includes('autosave.json')).toBe(false);
    expect((await at.caller.refused('projects.saveAs', { token: copy.token, folder, name: 'Copy', content: smallContent(4) })).code).toBe(
      'project.exists',
    );
  });

  it('belong to one process at a time', async () => {
    const { token, location } = await newProject(at, 1);
    const holder = { processId: process.ppid, host: (await import('node:os')).hostname(), startedAt: null, key: 'other' };
    await writeFile(join(location, lockName), JSON.stringify(holder));
    expect(await at.caller.refused('projects.save', { token, content: smallContent(2) })).toMatchObject({
      code: 'project.locked',
      values: { processId: process.ppid },
    });
    expect((await at.caller.refused('projects.open', { token })).code).toBe('project.locked');
    expect(JSON.parse(await readFile(join(location, lockName), 'utf8'))).toEqual(holder);
    await rm(join(location, lockName));
    await at.caller.call('projects.save', { token, content: smallContent(2) });
    // Opening another one gives this one back.
    await newProject(at, 3);
    expect((await readdir(location)).includes(lockName)).toBe(false);
    await at.caller.call('projects.save', { token, content: smallContent(4) });
  });

  it('unknown to this process are refused', async () => {
    expect((await at.caller.refused('projects.open', { token: 'AAAAAAAAAAAAAAAAAAAAAAAA' })).code).toBe('project.unknown');
    const { token } = await newProject(at);
    expect((await at.caller.refused('runs.read', { project: token, runId: '../../..' })).code).toBe('run.unknown');
    expect((await at.caller.refused('checkpoints.open', { project: token, runId: 'a', id: '..' })).code).toBe('checkpoint.unknown');
    expect((await at.caller.refused('datasets.open', { id: '../projects' })).code).toBe('dataset.unknown');
    expect((await at.caller.refused('folders.list', { folder: 'AAAAAAAAAAAAAAAAAAAAAAAA' })).code).toBe('folder.unknown');
  });
});
