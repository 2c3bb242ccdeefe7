import { spawnSync } from 'node:child_process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { env, InferenceSession, Tensor as OnnxTensor } from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeCheckMaterial } from '../../compute/export/check-material';
import { defaultTrainingSettings } from '../../compute/graph/training-settings';
import type { ModelDocument } from '../../compute/graph/model-document';
import { decodeSafetensors, encodeSafetensors } from '../../compute/graph/safetensors';
import { openReferenceDevice } from '../../compute/devices/reference/reference-device';
import { initialValues } from '../../compute/initializers/registry';
import { buildNetwork, weightsOf } from '../../compute/layers/network';
import { evaluateOnce } from '../../compute/testing/evaluation';
import lenet from '../../resources/templates/lenet-5.json';
import { nodeFileSystem } from '../storage/file-system';
import { loadDataset } from './dataset-loading';
import { makeHome, smallContent, smallDocument, smallWeights, type Caller, type Home } from './testing/home';

// A document of the current version: templates.ts checks it when it is loaded.
const document = lenet.content.document as unknown as ModelDocument;
const count = 100;
/** What the exports promise: the same logits in other software. */
const tolerance = 1e-4;

/** LeNet-5 as the template draws it, in PyTorch's own words, from the exported file alone, read by its specification. */
const pytorch = `
import json, struct, sys
import numpy as np, torch
import torch.nn.functional as F
def load(path):
    with open(path, 'rb') as file:
        (length,) = struct.unpack('<Q', file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    return {name: torch.from_numpy(np.frombuffer(data[e['data_offsets'][0]:e['data_offsets'][1]], '<f4').copy().reshape(e['shape']))
            for name, e in header.items() if name != '__metadata__'}
w = load(sys.argv[1])
x = torch.from_numpy(np.fromfile(sys.argv[2], '<f4').reshape(-1, 1, 28, 28))
layers = json.loads(sys.argv[3])
with torch.no_grad():
    for kind, name in layers:
        p = lambda part: w[name + '.' + part]
        if kind == 'conv2d': x = F.conv2d(x, p('weight'), p('bias'), padding=2 if p('weight').shape[1] == 1 else 0)
        elif kind == 'dense': x = F.linear(x, p('weight'), p('bias'))
        elif kind == 'relu': x = F.relu(x)
        elif kind == 'max-pool': x = F.max_pool2d(x, 2)
        elif kind == 'flatten': x = x.flatten(1)
        else: raise ValueError(kind)
x.numpy().astype('<f4').tofile(sys.argv[4])
`;

let home: Home;
let caller: Caller;
let token = '';
let expected: Float64Array = new Float64Array(0);
let images: Float32Array = new Float32Array(0);
let weights: Uint8Array = new Uint8Array(0);

beforeAll(async () => {
  env.wasm.numThreads = 1;
  env.logLevel = 'error';
  home = await makeHome();
  caller = await home.start();
  token = (await caller.call('projects.create', { name: 'Export', content: smallContent() })).token;
  const dataset = await loadDataset(nodeFileSystem, home.places, 'mnist');
  images = Float32Array.from((dataset.splits.test.samples as Uint8Array).subarray(0, count * 784), (value) => value / 255);
  const drawn = weightsOf(document).map(({ name, specification: { shape, initializer } }) => ({
    name,
    shape,
    data: Float32Array.from(initialValues(initializer, shape, 3, name)),
  }));
  weights = encodeSafetensors(drawn);
  const tensor = (shape: readonly number[], data: Float32Array) => ({ shape, type: 'f32' as const, data: Float64Array.from(data) });
  [expected = expected] = await evaluateOnce(
    openReferenceDevice(),
    [tensor([count, 1, 28, 28], images), ...drawn.map(({ shape, data }) => tensor(shape, data))],
    ([input = expect.unreachable(), ...tensors]) => {
      const named = new Map(drawn.map(({ name }, index) => [name, tensors[index] ?? input]));
      return [buildNetwork(document, { mode: 'evaluate', input, weights: named, random: () => expect.unreachable() }).output];
    },
  );
}, 60_000);
afterAll(async () => {
  await caller.services.close();
  await home.remove();
});

/** Without samples, and so without a check. */
const plain = { material: null, settings: defaultTrainingSettings, dataset: null, withData: false } as const;

const exportAs = async (format: 'onnx' | 'safetensors', name = 'LeNet-5') =>
  caller.call('exports.write', {
    ...plain,
    project: token,
    format,
    document,
    weights: await caller.upload('w', weights),
    folder: null,
    name,
  });

const worst = (actual: Float32Array): number => {
  expect(actual.length).toBe(expected.length);
  return expected.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (actual[index] ?? NaN))), 0);
};

describe('LeNet-5 on 100 images of MNIST', () => {
  it('gives logits that differ between images', () => {
    expect(expected.length).toBe(count * 10);
    expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(100 * tolerance);
  });

  it('exported to ONNX gives the same logits in onnxruntime', async () => {
    const { location, bytes } = await exportAs('onnx');
    const file = await readFile(location);
    expect(file.length).toBe(bytes);
    const session = await InferenceSession.create(file);
    const results = await session.run({ [session.inputNames[0] ?? '']: new OnnxTensor('float32', images, [count, 1, 28, 28]) });
    expect(worst(results[session.outputNames[0] ?? '']?.data as Float32Array)).toBeLessThan(tolerance);
    await session.release();
  });

  it('exported to safetensors gives the same logits in PyTorch', async () => {
    const { location } = await exportAs('safetensors');
    const inputs = join(home.folder, 'images');
    const outputs = join(home.folder, 'logits');
    await writeFile(inputs, Buffer.from(images.buffer));
    const layers = document.nodes.filter(({ kind }) => kind !== 'input').map(({ kind, id }) => [kind, id]);
    const { stderr, status } = spawnSync('/usr/bin/python3', ['-c', pytorch, location, inputs, JSON.stringify(layers), outputs], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const logits = new Float32Array(Uint8Array.from(await readFile(outputs)).buffer);
    expect(worst(logits)).toBeLessThan(tolerance);
  });
});

describe('the check on real samples', () => {
  const material = async (shift: number): Promise<string> => {
    const outputs = Float32Array.from(expected.subarray(0, 64 * 10), (value) => value + shift);
    const samples = { name: 'samples', shape: [64, 1, 28, 28], data: images.slice(0, 64 * 784) };
    return caller.upload(
      'm',
      encodeCheckMaterial({
        samples,
        outputs: { name: 'outputs', shape: [64, 10], data: outputs },
        normalization: null,
        targets: null,
        colours: null,
      }),
    );
  };

  it('tells the largest difference of what was written', async () => {
    const written = await caller.call('exports.write', {
      ...plain,
      project: token,
      format: 'keras',
      document,
      weights: await caller.upload('w', weights),
      material: await material(0),
      folder: null,
      name: 'checked',
    });
    expect(written.location).toMatch(/checked\.keras$/);
    expect(written.check).toMatchObject({ runtime: 'onnxruntime', read: 'model', samples: 64 });
    expect(written.check?.difference).toBeLessThan(tolerance);
    expect(written.check?.difference).toBeGreaterThan(0);
  });

  it('writes nothing that computes something else', async () => {
    const refused = await caller.refused('exports.write', {
      ...plain,
      project: token,
      format: 'onnx',
      document,
      weights: await caller.upload('w', weights),
      material: await material(0.01),
      folder: null,
      name: 'wrong',
    });
    expect(refused).toMatchObject({ code: 'export.differs', values: { difference: '1.0e-2' } });
    expect(await readdir(join(home.places.projects, 'Export', 'exports'))).not.toContain('wrong.onnx');
  });

  it('copies the data set into a PyTorch project, whole', async () => {
    const { location, bytes } = await caller.call('exports.write', {
      ...plain,
      project: token,
      format: 'pytorch',
      document,
      weights: await caller.upload('w', weights),
      material: await material(0),
      dataset: 'mnist',
      withData: true,
      folder: null,
      name: 'project',
    });
    const names = await readdir(location);
    expect(names.sort()).toEqual([
      'README.md',
      'batches.py',
      'check.py',
      'check.safetensors',
      'data',
      'data.py',
      'initial.safetensors',
      'model.py',
      'order.py',
      'processes.py',
      'rules.py',
      'settings.py',
      'train.py',
      'weights.py',
      'weights.safetensors',
    ]);
    expect(await readdir(join(location, 'data'))).toContain('manifest.json');
    expect(bytes).toBeGreaterThan(70_000 * 784 * 0.9);
  });
});

describe('exports', () => {
  it('never replace a file, and go where one chooses', async () => {
    const first = await exportAs('safetensors', 'mine.safetensors');
    const second = await exportAs('safetensors', 'mine');
    expect([first.location, second.location].map((path) => path.split('/').at(-1))).toEqual(['mine.safetensors', 'mine 2.safetensors']);
    expect(decodeSafetensors(await readFile(second.location)).ok).toBe(true);
    const { folder, location } = await caller.call('folders.list', { folder: null });
    const chosen = await caller.call('exports.write', {
      ...plain,
      project: token,
      format: 'onnx',
      document: smallDocument,
      weights: await caller.upload('w', smallWeights()),
      folder,
      name: 'small',
    });
    expect(dirname(chosen.location)).toBe(location);
  });

  it('are refused, and leave nothing, where network and weights do not fit', async () => {
    const refuse = async (given: unknown, bytes: Uint8Array) =>
      caller.refused('exports.write', {
        ...plain,
        project: token,
        format: 'onnx',
        document: given,
        weights: await caller.upload('w', bytes),
        folder: null,
        name: 'refused',
      });
    expect(await refuse(smallDocument, weights)).toMatchObject({ code: 'export.weight-missing', values: { node: 'hidden' } });
    expect((await refuse(smallDocument, Buffer.from('nonsense'))).code).toMatch(/^safetensors\./);
    expect((await refuse({ nodes: [] }, smallWeights())).code).toBe('project.invalid-content');
    expect((await refuse({ ...smallDocument, edges: [] }, smallWeights())).code).toMatch(/^network\./);
    const names = await readdir(join(home.places.projects, 'Export', 'exports'));
    expect(names.filter((name) => name.includes('refused') || name.startsWith('.'))).toEqual([]);
  });
});
