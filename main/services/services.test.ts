import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contractCalls, type ContractCall } from '../contract/contract';
import { nodeFileSystem } from '../storage/file-system';
import { lockName } from '../storage/lock';
import { faultyFileSystem } from '../storage/testing/faulty-file-system';
import { bundledDatasets } from './bundled/registry';
import { makeHome, smallContent, smallDocument, smallWeights, type Caller, type Home } from './testing/home';

let home: Home;
let caller: Caller;
beforeEach(async () => {
  home = await makeHome();
  caller = await home.start();
});
afterEach(async () => {
  await caller.services.close();
  await home.remove();
});

const idx = (sizes: readonly number[], element: (index: number) => number): Buffer => {
  const count = sizes.reduce((product, size) => product * size, 1);
  const bytes = Buffer.alloc(4 + 4 * sizes.length + count);
  bytes.set([0, 0, 8, sizes.length]);
  sizes.forEach((size, axis) => bytes.writeUInt32BE(size, 4 + 4 * axis));
  for (let index = 0; index < count; index++) bytes[4 + 4 * sizes.length + index] = element(index);
  return bytes;
};
/** Sample n is all n, its label n modulo 3: where a sample went can be read off. */
const images = idx([50, 2, 2], (index) => Math.floor(index / 4));
const labels = idx([50], (index) => index % 3);

const newProject = (mark = 0) => caller.call('projects.create', { name: 'Digits', content: smallContent(mark) });
const newRun = async (project: string): Promise<string> =>
  (
    await caller.call('runs.create', {
      project,
      settings: { epochs: 1 },
      document: smallDocument,
      dataset: 'mnist',
      device: { name: 'test' },
    })
  ).runId;

async function saveCheckpoint(project: string, runId: string, step: number, validationAccuracy: number | null = null, pinned = false) {
  const { checkpoint, weightsUrl, optimizerUrl } = await caller.call('checkpoints.begin', { project, runId });
  await caller.put(weightsUrl, Buffer.from(`weights ${String(step)}`));
  await caller.put(optimizerUrl, Buffer.from(`optimizer ${String(step)}`));
  const state = { position: { step, epoch: step / 100 }, anything: ['else', step] };
  return await caller.call('checkpoints.commit', { project, checkpoint, state, validationAccuracy, pinned });
}

it('answers every call of the contract, each answer in its form', async () => {
  const done = new Set<ContractCall>();
  const call: Caller['call'] = (name, request) => {
    done.add(name);
    return caller.call(name, request);
  };
  expect(await call('app.describe', null)).toMatchObject({ platform: process.platform, projectsFolder: home.places.projects });
  await call('settings.write', { theme: 'dark', size: 3 });
  await call('settings.write', { size: 4, theme: null });
  expect(await call('settings.read', null)).toEqual({ size: 4 });
  expect((await call('templates.list', null)).map(({ id }) => id)).toContain('lenet-5');
  expect(await call('projects.last', null)).toBeNull();
  const project = await call('projects.create', { name: 'Digits', content: smallContent(1) });
  const { token } = project;
  expect(await call('projects.recent', null)).toMatchObject([{ token, name: 'Digits' }]);
  await call('projects.autosave', { token, content: smallContent(2) });
  expect(await call('projects.open', { token })).toMatchObject({ restored: true });
  await call('projects.save', { token, content: smallContent(3) });
  const { folder } = await call('folders.list', { folder: null });
  const { runId } = await call('runs.create', { project: token, settings: {}, document: {}, dataset: 'mnist', device: {} });
  await call('runs.append', { project: token, runId, records: [{ step: 1, loss: 2.5 }] });
  await call('runs.finish', { project: token, runId, status: 'finished' });
  expect(await call('runs.list', { project: token })).toMatchObject([
    { id: runId, status: 'finished', lastMetrics: { step: 1, loss: 2.5 } },
  ]);
  expect(await call('runs.read', { project: token, runId })).toMatchObject({ metrics: [{ step: 1, loss: 2.5 }] });
  const begun = await call('checkpoints.begin', { project: token, runId });
  await caller.put(begun.weightsUrl, Buffer.from('w'));
  await caller.put(begun.optimizerUrl, Buffer.from('o'));
  const state = { position: { step: 5, epoch: 1 } };
  const { id } = await call('checkpoints.commit', {
    project: token,
    checkpoint: begun.checkpoint,
    state,
    validationAccuracy: 0.5,
    pinned: false,
  });
  await call('checkpoints.pin', { project: token, runId, id, pinned: true });
  expect(await call('checkpoints.list', { project: token })).toMatchObject([{ id: '5', runId, pinned: true, best: true }]);
  expect(await call('checkpoints.open', { project: token, runId, id })).toMatchObject({ state });
  const { token: upload, url } = await call('uploads.begin', { name: 'weights', size: smallWeights().length });
  await caller.put(url, smallWeights());
  const written = await call('exports.write', {
    project: token,
    format: 'onnx',
    document: smallDocument,
    weights: upload,
    folder: null,
    name: 'small',
  });
  expect(written.location.endsWith(join('exports', 'small.onnx'))).toBe(true);
  expect(await call('projects.saveAs', { token, folder, name: 'Copy', content: smallContent(4) })).toMatchObject({
    name: 'Copy',
    restored: false,
  });
  const uploads = [await caller.upload('i', images), await caller.upload('l', labels)];
  const { id: dataset } = await call('datasets.importIdx', { name: 'Mine', uploads, job: 'import' });
  expect((await call('datasets.list', null)).map((each) => each.id)).toEqual([...bundledDatasets.keys(), dataset]);
  await call('datasets.open', { id: dataset });
  expect(await call('jobs.read', { job: 'import' })).toBeNull();
  await call('jobs.cancel', { job: 'import' });
  expect([...contractCalls].filter((name) => !done.has(name))).toEqual([]);
});

describe('projects', () => {
  it('live in the projects folder under free names', async () => {
    const first = await newProject();
    const second = await newProject();
    expect([first.name, second.name]).toEqual(['Digits', 'Digits 2']);
    expect(await readdir(home.places.projects)).toEqual(['Digits', 'Digits 2']);
    const odd = await caller.call('projects.create', { name: '../a/b: "c"?', content: smallContent() });
    expect((await readdir(home.places.projects)).length).toBe(3);
    expect(odd.name).toBe('../a/b: "c"?');
  });

  it('come back as they were left, saved or not', async () => {
    const { token } = await newProject(1);
    await caller.call('projects.save', { token, content: smallContent(2) });
    await caller.services.close();
    caller = await home.start();
    expect(await caller.call('projects.last', null)).toMatchObject({ name: 'Digits', content: smallContent(2), restored: false });
    const { token: again } = (await caller.call('projects.last', null)) ?? expect.unreachable();
    await caller.call('projects.autosave', { token: again, content: smallContent(3) });
    await caller.services.close();
    caller = await home.start();
    expect(await caller.call('projects.last', null)).toMatchObject({ content: smallContent(3), restored: true });
  });

  it('ignore an autosave that is older than the last save', async () => {
    const { token, location } = await newProject(1);
    await caller.call('projects.autosave', { token, content: smallContent(2) });
    const stale = await readFile(join(location, 'autosave.json'));
    await caller.call('projects.save', { token, content: smallContent(3) });
    // As if the process had ended before the autosave was removed.
    await writeFile(join(location, 'autosave.json'), stale);
    expect(await caller.call('projects.open', { token })).toMatchObject({ content: smallContent(3), restored: false });
  });

  it('that are broken are refused, and nothing is lost', async () => {
    const { token, location } = await newProject(1);
    const path = join(location, 'project.json');
    for (const [text, code] of [
      ['{"format":"hebb-pro', 'project.broken'],
      ['[]', 'project.broken'],
      ['{"format":"hebb-project","version":1}', 'project.broken'],
      ['{"format":"hebb-project","version":2}', 'project.newer-version'],
    ] as const) {
      await writeFile(path, text);
      expect((await caller.refused('projects.open', { token })).code).toBe(code);
      expect(await readFile(path, 'utf8')).toBe(text);
    }
    // Saving over a broken file keeps it aside.
    await writeFile(path, '{"format":');
    await caller.call('projects.save', { token, content: smallContent(5) });
    expect(await readFile(`${path}.broken`, 'utf8')).toBe('{"format":');
    await rm(path);
    expect((await caller.refused('projects.open', { token })).code).toBe('project.missing');
  });

  it('whose project.json is broken are opened from a good autosave', async () => {
    const { token, location } = await newProject(1);
    await caller.call('projects.autosave', { token, content: smallContent(2) });
    await writeFile(join(location, 'project.json'), '{');
    expect(await caller.call('projects.open', { token })).toMatchObject({ content: smallContent(2), restored: true });
  });

  it('are not saved with content that is not valid', async () => {
    const { token } = await newProject(1);
    const error = await caller.refused('projects.save', { token, content: { ...smallContent(2), training: { batchSize: 0 } } });
    expect(error.code).toBe('project.invalid-content');
    expect(await caller.call('projects.open', { token })).toMatchObject({ content: smallContent(1) });
  });

  it('are copied with their runs', async () => {
    const { token, location } = await newProject(1);
    const runId = await newRun(token);
    await caller.call('runs.append', { project: token, runId, records: [{ step: 1 }] });
    await saveCheckpoint(token, runId, 10);
    await caller.call('projects.autosave', { token, content: smallContent(2) });
    const { folder } = await caller.call('folders.list', { folder: null });
    const copy = await caller.call('projects.saveAs', { token, folder, name: 'Copy', content: smallContent(3) });
    expect(copy.content).toEqual(smallContent(3));
    expect(await caller.call('runs.read', { project: copy.token, runId })).toMatchObject({ metrics: [{ step: 1 }] });
    expect((await caller.call('checkpoints.open', { project: copy.token, runId, id: '10' })).summary.step).toBe(10);
    expect((await readdir(location)).includes('autosave.json')).toBe(false);
    expect((await caller.refused('projects.saveAs', { token: copy.token, folder, name: 'Copy', content: smallContent(4) })).code).toBe(
      'project.exists',
    );
  });

  it('belong to one process at a time', async () => {
    const { token, location } = await newProject(1);
    const holder = { processId: process.ppid, host: (await import('node:os')).hostname(), startedAt: null, key: 'other' };
    await writeFile(join(location, lockName), JSON.stringify(holder));
    expect(await caller.refused('projects.save', { token, content: smallContent(2) })).toMatchObject({
      code: 'project.locked',
      values: { processId: process.ppid },
    });
    expect((await caller.refused('projects.open', { token })).code).toBe('project.locked');
    expect(JSON.parse(await readFile(join(location, lockName), 'utf8'))).toEqual(holder);
    await rm(join(location, lockName));
    await caller.call('projects.save', { token, content: smallContent(2) });
    // Opening another one gives this one back.
    await newProject(3);
    expect((await readdir(location)).includes(lockName)).toBe(false);
    await caller.call('projects.save', { token, content: smallContent(4) });
  });

  it('keep what was saved when the disk is full, and say so', async () => {
    const { location } = await newProject(1);
    await caller.services.close();
    for (let at = 0; ; at++) {
      const fileSystem = faultyFileSystem(nodeFileSystem, { at, fault: 'ENOSPC', lasting: true });
      const other = await home.start(fileSystem).catch(() => null);
      const opened = other === null ? null : await other.call('projects.last', null).catch(() => null);
      if (other !== null && opened !== null) {
        const before = fileSystem.failed.length;
        const result = await other.services.calls['projects.save']({ token: opened.token, content: smallContent(2) });
        if (result.ok && before === 0 && fileSystem.failed.length === 0) break;
        if (!result.ok) expect(result.error.code).toBe('disk.full');
      }
      await other?.services.close().catch(() => undefined);
      await rm(join(location, lockName), { force: true });
      const again = await home.start();
      const { content } = (await again.call('projects.last', null)) ?? expect.unreachable('the project is gone');
      expect([smallContent(1), smallContent(2)]).toContainEqual(content);
      await again.services.close();
    }
    caller = await home.start();
  });

  it('unknown to this process are refused', async () => {
    expect((await caller.refused('projects.open', { token: 'AAAAAAAAAAAAAAAAAAAAAAAA' })).code).toBe('project.unknown');
    const { token } = await newProject();
    expect((await caller.refused('runs.read', { project: token, runId: '../../..' })).code).toBe('run.unknown');
    expect((await caller.refused('checkpoints.open', { project: token, runId: 'a', id: '..' })).code).toBe('checkpoint.unknown');
    expect((await caller.refused('datasets.open', { id: '../projects' })).code).toBe('dataset.unknown');
    expect((await caller.refused('folders.list', { folder: 'AAAAAAAAAAAAAAAAAAAAAAAA' })).code).toBe('folder.unknown');
  });
});

describe('folders', () => {
  it('are listed with what they are, sorted, without hidden ones', async () => {
    const { token } = await newProject();
    await mkdir(join(home.places.projects, 'b10'));
    await mkdir(join(home.places.projects, 'b9'));
    await mkdir(join(home.places.projects, '.hidden'));
    await writeFile(join(home.places.projects, 'file'), '');
    const list = await caller.call('folders.list', { folder: null });
    expect(list.entries.map(({ name, isProject }) => [name, isProject])).toEqual([
      ['b9', false],
      ['b10', false],
      ['Digits', true],
    ]);
    expect(list.entries[2]?.token).toBe(token);
    const inside = await caller.call('folders.list', { folder: list.entries[0]?.token ?? '' });
    expect(inside.parent).toBe(list.folder);
    await rm(join(home.places.projects, 'b9'), { recursive: true });
    expect((await caller.refused('folders.list', { folder: list.entries[0]?.token ?? '' })).code).toBe('disk.missing');
  });
});

describe('settings', () => {
  it('that are broken are kept aside', async () => {
    await writeFile(join(home.places.settings, 'settings.json'), 'not json');
    expect(await caller.call('settings.read', null)).toEqual({});
    await caller.call('settings.write', { language: 'en' });
    expect(await readFile(join(home.places.settings, 'settings.json.broken'), 'utf8')).toBe('not json');
    expect(await caller.call('settings.read', null)).toEqual({ language: 'en' });
  });
});

describe('uploads', () => {
  it('hold exactly what was announced', async () => {
    const { url, token } = await caller.call('uploads.begin', { name: 'file', size: 10 });
    await expect(caller.put(url, Buffer.alloc(11))).rejects.toThrow('upload.too-long');
    await expect(caller.put(url, Buffer.alloc(9))).rejects.toThrow('upload.incomplete');
    expect((await caller.refused('datasets.importIdx', { name: 'n', uploads: [token, token] })).code).toBe('upload.missing');
    const again = await caller.call('uploads.begin', { name: 'file', size: 10 });
    await caller.put(again.url, Buffer.alloc(10));
    await expect(caller.put(again.url, Buffer.alloc(10))).rejects.toThrow('upload.unknown');
    await expect(caller.put('/upload/AAAAAAAAAAAAAAAA', Buffer.alloc(1))).rejects.toThrow('upload.unknown');
    expect((await caller.refused('uploads.begin', { name: 'huge', size: 2 ** 40 })).code).toBe('upload.too-long');
    // What nobody took goes when Hebb closes.
    await caller.services.close();
    expect(await readdir(join(home.places.cache, 'uploads'))).toEqual([]);
    caller = await home.start();
  });
});

describe('runs', () => {
  it('that nobody finished are interrupted, and can go on', async () => {
    const { token } = await newProject();
    const runId = await newRun(token);
    await caller.call('runs.append', { project: token, runId, records: [{ step: 1 }] });
    expect((await caller.call('runs.list', { project: token }))[0]?.status).toBe('running');
    await caller.services.close();
    caller = await home.start();
    const project = (await caller.call('projects.last', null))?.token ?? '';
    expect((await caller.call('runs.list', { project }))[0]?.status).toBe('interrupted');
    await caller.call('runs.append', { project, runId, records: [{ step: 2 }] });
    expect((await caller.call('runs.list', { project }))[0]?.status).toBe('running');
    await caller.call('runs.finish', { project, runId, status: 'paused' });
    const { run, metrics } = await caller.call('runs.read', { project, runId });
    expect(run).toMatchObject({ status: 'paused', settings: { epochs: 1 }, device: { name: 'test' } });
    expect(metrics).toEqual([{ step: 1 }, { step: 2 }]);
  });
});

describe('checkpoints', () => {
  it('kept are the last three, the best, and the pinned', async () => {
    const { token } = await newProject();
    const runId = await newRun(token);
    const accuracies = [0.1, 0.9, 0.3, 0.4, 0.9, 0.6, 0.7];
    for (const [index, accuracy] of accuracies.entries()) await saveCheckpoint(token, runId, (index + 1) * 100, accuracy, index === 2);
    const list = await caller.call('checkpoints.list', { project: token, runId });
    expect(list.map(({ step }) => step)).toEqual([200, 300, 500, 600, 700]);
    expect(list.filter(({ best }) => best).map(({ step }) => step)).toEqual([200]);
    await caller.call('checkpoints.pin', { project: token, runId, id: '300', pinned: false });
    await saveCheckpoint(token, runId, 800);
    expect((await caller.call('checkpoints.list', { project: token, runId })).map(({ step }) => step)).toEqual([200, 600, 700, 800]);
  });

  it('give back exactly what was saved', async () => {
    const { token } = await newProject();
    const runId = await newRun(token);
    await saveCheckpoint(token, runId, 100, 0.5);
    const opened = await caller.call('checkpoints.open', { project: token, runId, id: '100' });
    expect(opened.state).toEqual({ position: { step: 100, epoch: 1 }, anything: ['else', 100] });
    expect(Buffer.from((await caller.get(opened.weightsUrl)) ?? []).toString()).toBe('weights 100');
    expect(Buffer.from((await caller.get(opened.optimizerUrl)) ?? []).toString()).toBe('optimizer 100');
    // Twice at one step: both stay.
    expect((await saveCheckpoint(token, runId, 100)).id).toBe('100-2');
  });

  it('that were damaged are not handed out', async () => {
    const { token, location } = await newProject();
    const runId = await newRun(token);
    const folder = join(location, 'runs', runId, 'checkpoints', '100');
    await saveCheckpoint(token, runId, 100);
    for (const name of ['weights.safetensors', 'optimizer.safetensors', 'state.json', 'manifest.json']) {
      const good = await readFile(join(folder, name));
      const bad = Buffer.from(good);
      bad[Math.floor(bad.length / 2)] = (bad[Math.floor(bad.length / 2)] ?? 0) ^ 1;
      const damages = name === 'manifest.json' ? [Buffer.from('{')] : [bad, good.subarray(1), Buffer.concat([good, Buffer.alloc(1)])];
      for (const damage of damages) {
        await writeFile(join(folder, name), damage);
        expect(await caller.refused('checkpoints.open', { project: token, runId, id: '100' })).toMatchObject({
          code: 'checkpoint.damaged',
          values: { file: name },
        });
      }
      await writeFile(join(folder, name), good);
    }
    await rm(join(folder, 'weights.safetensors'));
    expect((await caller.refused('checkpoints.open', { project: token, runId, id: '100' })).code).toBe('checkpoint.damaged');
  });

  it('are not there before they are committed, and never by half', async () => {
    const { token, location } = await newProject();
    const runId = await newRun(token);
    const begun = await caller.call('checkpoints.begin', { project: token, runId });
    await caller.put(begun.weightsUrl, Buffer.from('w'));
    const commit = {
      project: token,
      checkpoint: begun.checkpoint,
      state: { position: { step: 1, epoch: 0 } },
      validationAccuracy: null,
      pinned: false,
    };
    expect((await caller.refused('checkpoints.commit', commit)).code).toBe('upload.missing');
    expect((await caller.refused('checkpoints.commit', { ...commit, state: 'nonsense' })).code).toBe('checkpoint.invalid-state');
    expect(await caller.call('checkpoints.list', { project: token })).toEqual([]);
    await caller.put(begun.optimizerUrl, Buffer.from('o'));
    expect((await caller.call('checkpoints.commit', commit)).id).toBe('1');
    expect((await caller.refused('checkpoints.commit', commit)).code).toBe('checkpoint.unknown');
    expect(await readdir(join(location, 'runs', runId, 'checkpoints'))).toEqual(['1']);
    expect((await caller.refused('checkpoints.begin', { project: token, runId: 'other' })).code).toBe('run.unknown');
  });
});

describe('data sets', () => {
  const importPair = async (first: Buffer, second: Buffer) =>
    caller.call('datasets.importIdx', {
      name: 'Mine',
      uploads: [await caller.upload('images.gz', first), await caller.upload('labels', second)],
    });

  it('imported hold every sample once, with its label', async () => {
    const summary = await importPair(gzipSync(images), labels);
    expect(summary).toMatchObject({
      name: 'Mine',
      counts: { train: 40, validation: 5, test: 5 },
      sampleShape: [1, 2, 2],
      sampleType: 'u8',
      classes: ['0', '1', '2'],
      bundled: false,
    });
    const dataset = await caller.call('datasets.open', { id: summary.id });
    const seen: number[] = [];
    for (const { count, first, sampleUrls, labelUrls } of Object.values(dataset.splits)) {
      const samples = (await caller.get(sampleUrls[0] ?? '')) ?? new Uint8Array(0);
      const read = new Int32Array(Uint8Array.from((await caller.get(labelUrls[0] ?? '')) ?? []).buffer);
      expect([samples.length, read.length, first]).toEqual([count * 4, count, 0]);
      const numbers = Array.from({ length: count }, (_, index) => samples[index * 4] ?? -1);
      // In the order of the file.
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(Array.from(read)).toEqual(numbers.map((number) => number % 3));
      seen.push(...numbers);
    }
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  it('that cannot be imported leave nothing and say which file', async () => {
    const fails = async (first: Buffer, second: Buffer) =>
      caller.refused('datasets.importIdx', {
        name: 'Mine',
        uploads: [await caller.upload('images.gz', first), await caller.upload('labels', second)],
      });
    expect(await fails(images.subarray(0, 100), labels)).toMatchObject({
      code: 'idx.truncated',
      values: { file: 'images.gz', offset: 100 },
    });
    expect(await fails(images, Buffer.from('nonsense'))).toMatchObject({ code: 'idx.magic', values: { file: 'labels' } });
    expect(
      (
        await fails(
          images,
          idx([49], () => 0),
        )
      ).code,
    ).toBe('idx.counts');
    expect(
      (
        await fails(
          idx([9, 1], () => 0),
          idx([9], () => 0),
        )
      ).code,
    ).toBe('idx.too-few');
    expect(await caller.call('datasets.list', null)).toHaveLength(bundledDatasets.size);
    expect(await readdir(join(home.places.cache, 'uploads'))).toEqual([]);
  });

  it('can be cancelled while they are imported', async () => {
    const big = idx([60_000, 28, 28], () => 0);
    const uploads = [
      await caller.upload('i', big),
      await caller.upload(
        'l',
        idx([60_000], () => 0),
      ),
    ];
    const refused = caller.refused('datasets.importIdx', { name: 'Mine', uploads, job: 'import' });
    await expect.poll(() => caller.call('jobs.read', { job: 'import' }), { interval: 1 }).not.toBeNull();
    await caller.call('jobs.cancel', { job: 'import' });
    expect((await refused).code).toBe('job.cancelled');
    expect(await caller.call('datasets.list', null)).toHaveLength(bundledDatasets.size);
    expect(await readdir(join(home.places.data, 'datasets'))).toEqual([]);
  });

  it('that were damaged are refused when they are opened first', async () => {
    const { id } = await importPair(images, labels);
    const path = join(home.places.data, 'datasets', id, 'train-samples-0.u8');
    const bytes = await readFile(path);
    bytes[7] = (bytes[7] ?? 0) ^ 1;
    await writeFile(path, bytes);
    expect(await caller.refused('datasets.open', { id })).toMatchObject({
      code: 'dataset.damaged',
      values: { file: 'train-samples-0.u8' },
    });
  });

  it('MNIST is converted once, whole, and mended when its cache is damaged', async () => {
    const { splits, counts } = await caller.call('datasets.open', { id: 'mnist' });
    expect(counts).toEqual({ train: 54_000, validation: 6000, test: 10_000 });
    const shard = join(home.places.cache, 'datasets', 'mnist', 'train-samples-0.u8');
    const modified = (await nodeFileSystem.status(shard)).modified;
    // Class counts of the 60,000 training and 10,000 test images, as counted with numpy from the original files.
    const tally = new Array<number>(10).fill(0);
    for (const { labelUrls } of [splits.train, splits.validation])
      for (const label of new Int32Array(Uint8Array.from((await caller.get(labelUrls[0] ?? '')) ?? []).buffer))
        tally[label] = (tally[label] ?? 0) + 1;
    expect(tally).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    await caller.services.close();
    caller = await home.start();
    await caller.call('datasets.open', { id: 'mnist' });
    expect((await nodeFileSystem.status(shard)).modified).toBe(modified);
    await writeFile(shard, 'damaged');
    await caller.services.close();
    caller = await home.start();
    await caller.call('datasets.open', { id: 'mnist' });
    expect((await nodeFileSystem.status(shard)).size).toBe(54_000 * 784);
  });
});

describe('bytes', () => {
  it('are handed out under tokens alone', async () => {
    const { id } = await caller.call('datasets.importIdx', {
      name: 'Mine',
      uploads: [await caller.upload('i', images), await caller.upload('l', labels)],
    });
    const url = (await caller.call('datasets.open', { id })).splits.train.sampleUrls[0] ?? '';
    expect((await caller.get(url))?.length).toBe(160);
    expect((await caller.call('datasets.open', { id })).splits.train.sampleUrls[0]).toBe(url);
    const [, , token = ''] = url.split('/');
    expect(await caller.get(`/data/${token}/manifest.json`)).toBeNull();
    expect(await caller.get(`/data/${token}/..%2Fmanifest.json`)).toBeNull();
    expect(await caller.get('/data/AAAAAAAAAAAAAAAA/train-samples-0.u8')).toBeNull();
    const file = await caller.services.bytes.openData(token, 'train-samples-0.u8');
    const pieces: Uint8Array[] = [];
    for await (const piece of file?.read(10, 20) ?? []) pieces.push(piece);
    expect(Buffer.concat(pieces)).toEqual(Buffer.from((await caller.get(url)) ?? []).subarray(10, 20));
  });
});
