import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultTrainingSettings } from '../../compute/graph/training-settings';
import { contractCalls, type ContractCall } from '../contract/contract';
import { bundledDatasets } from './bundled/registry';
import { bundleOf, importFiles, smallContent, smallDocument, smallWeights, type Caller } from './testing/home';
import { imagePair } from './testing/idx';
import { newProject, startedForEach } from './testing/started';

const at = startedForEach();

it('answers every call of the contract, each answer in its form', async () => {
  const done = new Set<ContractCall>();
  const call: Caller['call'] = (name, request) => {
    done.add(name);
    return at.caller.call(name, request);
  };
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
  const [version] = await call('projects.versions', { token });
  expect(await call('projects.readVersion', { token, id: version?.id ?? '' })).toHaveProperty('content');
  const { folder } = await call('folders.list', { folder: null });
  const { runId } = await call('runs.create', { project: token, settings: {}, document: {}, dataset: 'mnist', device: {} });
  await call('runs.append', { project: token, runId, records: [{ type: 'steps', steps: [1], loss: [2.5] }] });
  await call('runs.finish', { project: token, runId, status: 'finished' });
  expect(await call('runs.list', { project: token })).toMatchObject([{ id: runId, status: 'finished', measures: { steps: 1 } }]);
  expect(await call('runs.read', { project: token, runId })).toMatchObject({ metrics: [{ steps: [1], loss: [2.5] }] });
  expect(await call('runs.edit', { project: token, runId, tags: ['a'] })).toMatchObject({ tags: ['a'], notes: '' });
  await call('runs.export', { project: token, runId, format: 'html', folder: null });
  const plan = { method: { kind: 'grid' }, parameters: [{ path: 'settings.seed', values: { kind: 'choices', choices: [1] } }] };
  const base = { document: smallDocument, settings: defaultTrainingSettings, dataset: 'mnist' };
  await call('sweeps.create', { project: token, plan, base });
  const sweep = String((await call('sweeps.list', { project: token })).map((each) => (each as { id: string }).id));
  await call('sweeps.record', { project: token, sweep, trial: 0, status: 'finished', run: runId, result: 1, problem: null });
  expect(await call('sweeps.arrange', { project: token, sweeps: [sweep, 'gone'] })).toEqual([sweep]);
  expect(await call('sweeps.queue', { project: token })).toEqual([sweep]);
  await call('sweeps.remove', { project: token, sweep });
  await call('sweeps.restore', { project: token, sweep });
  const picture = await at.caller.upload('loss.csv', Buffer.from('step,loss\n1,2.5\n'));
  expect((await call('pictures.save', { project: token, upload: picture, name: 'Loss', extension: 'csv' })).bytes).toBe(16);
  await call('runs.remove', { project: token, runId });
  expect(await call('runs.removed', { project: token })).toMatchObject([{ id: runId }]);
  await call('runs.restore', { project: token, runId });
  const begun = await call('checkpoints.begin', { project: token, runId });
  await at.caller.put(begun.weightsUrl, Buffer.from('w'));
  await at.caller.put(begun.optimizerUrl, Buffer.from('o'));
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
  await at.caller.put(url, smallWeights());
  const written = await call('exports.write', {
    project: token,
    format: 'onnx',
    document: smallDocument,
    weights: upload,
    material: null,
    settings: defaultTrainingSettings,
    dataset: null,
    withData: false,
    folder: null,
    name: 'small',
  });
  expect(written.location.endsWith(join('exports', 'small.onnx'))).toBe(true);
  const model = [{ upload: await at.caller.upload('small.onnx', await readFile(written.location)), name: 'small.onnx' }];
  expect(await call('models.import', { files: model, inputShape: null, output: null, seed: 1, job: 'model' })).toMatchObject({
    report: { refused: [] },
  });
  const foreign = [{ upload: await at.caller.upload('w.safetensors', smallWeights()), name: 'w.safetensors' }];
  const matched = await call('weights.read', { files: foreign, document: smallDocument, seed: 1, job: 'weights' });
  expect(matched.table.map(({ name, how }) => [name, how])).toEqual([
    ['hidden.weight', 'name'],
    ['hidden.bias', 'name'],
    ['output.weight', 'name'],
  ]);
  const { file } = await call('weights.keep', { project: token, kept: matched.weights.kept });
  const given = await call('weights.open', { project: token, file });
  expect(given.bytes).toBe(matched.weights.bytes);
  expect(await call('projects.saveAs', { token, folder, name: 'Copy', content: smallContent(4) })).toMatchObject({
    name: 'Copy',
    restored: false,
  });
  const rows = Array.from({ length: 20 }, (_, row) => `${String(row)},${row % 2 === 0 ? 'even' : 'odd'}`);
  const source = {
    from: 'bundle' as const,
    uploads: [await at.caller.upload('parity', bundleOf(['parity.csv', rows.join('\n')]))],
    name: 'parity',
  };
  const { options } = await call('imports.inspect', { source });
  const imported = await call('imports.run', { source, name: 'Parity', options, job: 'parity' });
  expect(imported).toMatchObject({ dataset: { name: 'Parity', classes: ['even', 'odd'] }, report: { read: 20, skipped: 0 } });
  expect(await call('imports.report', { dataset: imported.dataset.id })).toEqual(imported.report);
  const { id: dataset } = (await importFiles(at.caller, imagePair)).dataset;
  expect((await call('datasets.list', null)).map((each) => each.id)).toEqual(
    expect.arrayContaining([...[...bundledDatasets.values()].flatMap(({ id, isThere }) => (isThere === undefined ? [id] : [])), dataset]),
  );
  // Whoever divides what holds the same thing twice is told, and may keep it together.
  const twice = [...rows, ...rows].join('\n');
  const again = { ...source, uploads: [await at.caller.upload('twice', bundleOf(['twice.csv', twice]))] };
  const { dataset: doubled } = await call('imports.run', { source: again, name: 'Twice', options, job: 'twice' });
  const counted = doubled.repeats ?? { acrossSplits: NaN, withinSplits: NaN };
  expect(counted.acrossSplits / 2 + counted.withinSplits).toBe(20);
  expect(counted.acrossSplits).toBeGreaterThan(0);
  const shares = { id: doubled.id, revision: 1, validation: 0.2, test: 0.2, stratified: true, seed: 3 };
  expect((await call('datasets.resplit', { ...shares, together: true })).repeats).toEqual({ acrossSplits: 0, withinSplits: 20 });
  const path = join(at.home.places.data, 'given.csv');
  await writeFile(path, rows.join('\n'));
  const dropped = { from: 'files' as const, files: at.caller.services.giveFiles([path]) };
  expect(await call('imports.inspect', { source: dropped, job: 'look' })).toMatchObject({ name: 'given', entries: 1 });
  await call('imports.run', { source: dropped, name: 'Given', options, job: 'given' });
  // What was taken has no token any more.
  expect(await at.caller.refused('imports.inspect', { source: dropped })).toMatchObject({ code: 'folder.unknown' });
  const { revision } = await call('datasets.open', { id: dataset });
  await call('datasets.edit', { id: dataset, revision, edits: [{ indices: [0], label: 1, split: null }] });
  await call('datasets.revert', { id: dataset, revision: 2, to: revision });
  await call('datasets.resplit', { id: dataset, revision: 3, validation: 0.1, test: 0.1, stratified: true, together: false, seed: 2 });
  await call('datasets.rename', { id: dataset, name: 'Other' });
  await call('datasets.copy', { id: dataset, name: 'Copy' });
  const lots = { validation: 0, test: 0, seed: 1 };
  const drawn = { id: dataset, name: 'Other', sampleShape: [1, 2, 2], classes: ['0'], labels: [0], splits: lots };
  expect(await call('datasets.append', { ...drawn, samples: await at.caller.upload('s', Buffer.alloc(4)) })).toMatchObject({ revision: 5 });
  await call('datasets.remove', { id: dataset });
  await call('datasets.restore', { id: dataset });
  expect(await call('jobs.read', { job: 'import' })).toBeNull();
  await call('jobs.cancel', { job: 'import' });
  expect([...contractCalls].filter((name) => !done.has(name))).toEqual([]);
});

describe('folders', () => {
  it('are listed with what they are, sorted, without hidden ones', async () => {
    const { token } = await newProject(at);
    await mkdir(join(at.home.places.projects, 'b10'));
    await mkdir(join(at.home.places.projects, 'b9'));
    await mkdir(join(at.home.places.projects, '.hidden'));
    await writeFile(join(at.home.places.projects, 'file'), '');
    const list = await at.caller.call('folders.list', { folder: null });
    expect(list.entries.map(({ name, isProject }) => [name, isProject])).toEqual([
      ['b9', false],
      ['b10', false],
      ['Digits', true],
    ]);
    expect(list.entries[2]?.token).toBe(token);
    const withFiles = await at.caller.call('folders.list', { folder: null, files: true });
    expect(withFiles.entries.map(({ name, isFolder }) => [name, isFolder])).toEqual([
      ['b9', true],
      ['b10', true],
      ['Digits', true],
      ['file', false],
    ]);
    const inside = await at.caller.call('folders.list', { folder: list.entries[0]?.token ?? '' });
    expect(inside.parent).toBe(list.folder);
    await rm(join(at.home.places.projects, 'b9'), { recursive: true });
    expect((await at.caller.refused('folders.list', { folder: list.entries[0]?.token ?? '' })).code).toBe('disk.missing');
  });
});

describe('settings', () => {
  it('that are broken are kept aside', async () => {
    await writeFile(join(at.home.places.settings, 'settings.json'), 'not json');
    expect(await at.caller.call('settings.read', null)).toEqual({});
    await at.caller.call('settings.write', { language: 'en' });
    expect(await readFile(join(at.home.places.settings, 'settings.json.broken'), 'utf8')).toBe('not json');
    expect(await at.caller.call('settings.read', null)).toEqual({ language: 'en' });
  });
});

describe('uploads', () => {
  it('hold exactly what was announced', async () => {
    const { url, token } = await at.caller.call('uploads.begin', { name: 'file', size: 10 });
    await expect(at.caller.put(url, Buffer.alloc(11))).rejects.toThrow('upload.too-long');
    await expect(at.caller.put(url, Buffer.alloc(9))).rejects.toThrow('upload.incomplete');
    const source = { from: 'bundle' as const, uploads: [token], name: 'n' };
    expect((await at.caller.refused('imports.inspect', { source })).code).toBe('upload.missing');
    const again = await at.caller.call('uploads.begin', { name: 'file', size: 10 });
    await at.caller.put(again.url, Buffer.alloc(10));
    await expect(at.caller.put(again.url, Buffer.alloc(10))).rejects.toThrow('upload.unknown');
    await expect(at.caller.put('/upload/AAAAAAAAAAAAAAAA', Buffer.alloc(1))).rejects.toThrow('upload.unknown');
    expect((await at.caller.refused('uploads.begin', { name: 'huge', size: 2 ** 40 })).code).toBe('upload.too-long');
    // What nobody took goes when Hebb closes.
    await at.caller.services.close();
    expect(await readdir(join(at.home.places.cache, 'uploads'))).toEqual([]);
    at.caller = await at.home.start();
  });
});

describe('bytes', () => {
  it('are handed out under tokens alone', async () => {
    const { id } = (await importFiles(at.caller, imagePair)).dataset;
    const url = (await at.caller.call('datasets.open', { id })).sampleShards[0]?.url ?? '';
    expect((await at.caller.get(url))?.length).toBe(200);
    expect((await at.caller.call('datasets.open', { id })).sampleShards[0]?.url).toBe(url);
    const [, , token = ''] = url.split('/');
    expect(await at.caller.get(`/data/${token}/manifest.json`)).toBeNull();
    expect(await at.caller.get(`/data/${token}/..%2Fmanifest.json`)).toBeNull();
    expect(await at.caller.get('/data/AAAAAAAAAAAAAAAA/samples-0.u8')).toBeNull();
    const file = await at.caller.services.bytes.openData(token, 'samples-0.u8');
    const pieces: Uint8Array[] = [];
    for await (const piece of file?.read(10, 20) ?? []) pieces.push(piece);
    expect(Buffer.concat(pieces)).toEqual(Buffer.from((await at.caller.get(url)) ?? []).subarray(10, 20));
  });
});
