/** Weights that nothing names go when a project is first opened; whatever may still name them keeps them, whichever call fails. */
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ProjectContent } from '../contract/contract';
import { writeFile } from '../storage/atomic';
import { readFile, type FileSystem } from '../storage/file-system';
import { lockName } from '../storage/lock';
import { memoryFileSystem } from '../storage/testing/memory-file-system';
import { keepWeights } from './project-weights';
import { armedFileSystem, faults, optionalError } from './testing/faults';
import { placesIn, smallContent, smallWeights, startServices, type Caller } from './testing/home';

const places = placesIn('/home');
const hour = 60 * 60 * 1000;

let disk: FileSystem;
let hoursPassed = 0;
const now = () => new Date(Date.now() + hoursPassed * hour);
const start = (fileSystem = disk): Promise<Caller> => startServices(places, fileSystem, now);

let caller: Caller;
let project = '';
let folder = '';
beforeEach(async () => {
  disk = memoryFileSystem();
  hoursPassed = 0;
  caller = await start();
  ({ token: project, location: folder } = await caller.call('projects.create', { name: 'Weights', content: smallContent(1) }));
});

const beginningWith = (file: string, mark = 1): ProjectContent => ({ ...smallContent(mark), weights: { file, source: 'other.onnx' } });
const put = (path: string, text: string) => writeFile(disk, join(folder, path), new TextEncoder().encode(text));
const weights = async (): Promise<string[]> => (await disk.list(join(folder, 'weights'))).map(({ name }) => name);
/** Another process, so many hours later. */
async function reopen(hours: number): Promise<void> {
  await caller.services.close();
  hoursPassed += hours;
  caller = await start();
  ({ token: project } = (await caller.call('projects.last', null)) ?? expect.unreachable());
}

describe('weights of a project', () => {
  it('are kept by whatever names them, and for a day by nothing', async () => {
    const named = [
      ['project.json.broken', (file: string) => `{"weights":"${file}", broken`],
      ['project.v1.json', (file: string) => JSON.stringify({ weights: { file } })],
      ['versions/900.json', (file: string) => JSON.stringify({ version: 99, weights: { file } })],
      ['runs/20260101-000000-aaaaaa/run.json', (file: string) => JSON.stringify({ given: file })],
      ['runs/20260101-000000-aaaaaa/checkpoints/5/state.json', (file: string) => JSON.stringify({ given: file })],
      ['trash/runs/20260101-000000-bbbbbb.1/checkpoints/5/state.json', (file: string) => JSON.stringify({ given: file })],
      ['sweeps/a.json', (file: string) => JSON.stringify({ content: { weights: { file } } })],
      ['trash/sweeps/b.json', (file: string) => `${' '.repeat(2 ** 20 - 20)}"${file}"`],
    ] as const;
    const kept: string[] = [];
    for (const [index, [path, text]] of named.entries()) {
      const file = await keepWeights(disk, folder, Uint8Array.of(index));
      await disk.createFolder(join(folder, path, '..'));
      await put(path, text(file));
      kept.push(file);
    }
    const current = await keepWeights(disk, folder, Uint8Array.of(100));
    const autosaved = await keepWeights(disk, folder, Uint8Array.of(101));
    await caller.call('projects.save', { token: project, content: beginningWith(current) });
    await caller.call('projects.autosave', { token: project, content: beginningWith(autosaved, 2) });
    const unnamed = await keepWeights(disk, folder, Uint8Array.of(102));
    await put('weights/notes.txt', 'mine');
    // A journal and what was exported name nothing.
    await disk.createFolder(join(folder, 'exports'));
    await put('exports/model.json', unnamed);
    await put('runs/20260101-000000-aaaaaa/metrics.jsonl', unnamed);
    const all = [...kept, current, autosaved, 'notes.txt'];
    await reopen(1);
    expect((await weights()).sort()).toEqual([...all, unnamed].sort());
    await reopen(24);
    expect((await weights()).sort()).toEqual(all.sort());
  });

  it('stay while a window may undo its way back to them, and go with the last version that names them', async () => {
    const upload = await caller.upload('w.safetensors', smallWeights());
    const { document } = smallContent(1);
    const read = await caller.call('weights.read', { files: [{ upload, name: 'w.safetensors' }], document, seed: 1, job: 'w' });
    const { file } = await caller.call('weights.keep', { project, kept: read.weights.kept });
    await caller.call('projects.save', { token: project, content: beginningWith(file, 2) });
    // An undo, a save, and twenty more: no version names them any more.
    for (let mark = 3; mark < 25; mark++) await caller.call('projects.save', { token: project, content: smallContent(mark) });
    hoursPassed += 48;
    await caller.call('projects.open', { token: project });
    expect(await caller.call('weights.open', { project, file })).toMatchObject({ bytes: read.weights.bytes });
    await caller.call('projects.save', { token: project, content: beginningWith(file, 25) });
    await reopen(48);
    expect(await weights()).toEqual([file]);
    for (let mark = 3; mark < 24; mark++) await caller.call('projects.save', { token: project, content: smallContent(mark) });
    await reopen(48);
    expect(await weights()).toEqual([]);
    expect(await caller.refused('weights.open', { project, file })).toMatchObject({ code: 'model.weights-gone' });
  });
});

describe.each(faults)('whichever call fails: $fault, lasting $lasting', (plan) => {
  it('opening leaves the weights that are named, and the project as it was', async () => {
    const named = await keepWeights(disk, folder, Uint8Array.of(1));
    const unnamed = await keepWeights(disk, folder, Uint8Array.of(2));
    await caller.call('projects.save', { token: project, content: beginningWith(named, 7) });
    await caller.services.close();
    hoursPassed += 48;
    let removed = 0;
    let left = 0;
    for (let at = 0; ; at++) {
      await put(`weights/${unnamed}`, '\u0002');
      const { fileSystem, arm } = armedFileSystem(disk, plan);
      const opening = await start(fileSystem);
      const faulty = arm(at);
      const error = await optionalError(opening.call('projects.last', null));
      const ended = faulty.calls.length <= at;
      await optionalError(opening.services.close());
      await disk.removeFile(join(folder, lockName)).catch(() => undefined);
      if (!(await weights()).includes(unnamed)) removed++;
      else left++;
      expect(await readFile(disk, join(folder, 'weights', named))).toEqual(Uint8Array.of(1));
      const again = await start();
      expect(await again.call('projects.last', null)).toMatchObject({ content: beginningWith(named, 7) });
      expect(await weights()).toEqual([named]);
      await again.services.close();
      if (ended) {
        expect(error).toBeNull();
        break;
      }
    }
    expect(removed).toBeGreaterThan(0);
    if (plan.fault !== 'short write') expect(left).toBeGreaterThan(0);
  });
});
