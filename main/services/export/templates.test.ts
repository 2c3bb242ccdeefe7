/** Every template, exported to every format: checked by onnxruntime as in the program, then read by TensorFlow.js, PyTorch and h5py. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as core from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as layersApi from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeCheckMaterial } from '../../../compute/export/check-material';
import { kerasGraph } from '../../../compute/export/keras/graph';
import { unwrap } from '../../../compute/graph/problem';
import { kerasOrder } from '../../../compute/layers/keras';
import { checkedSamples } from '../../../compute/insight/checked-samples';
import { drawDataset } from '../../../compute/testing/parity/drawn-dataset';
import { float64Cases } from '../../../compute/testing/parity/networks';
import { runPython } from '../../../compute/testing/parity/python';
import { uploadDataset } from '../../../compute/training/dataset-placement';
import { prepareModel } from '../../../compute/training/model';
import { placeOnDevice } from '../../../compute/training/network-on-device';
import { writeTensors } from '../../../compute/training/snapshot';
import { NO_STATISTICS } from '../../../compute/training/statistics';
import { devicesForTests } from '../../cli/testing/devices';
import { drawWeights } from '../../formats/testing/networks';
import type { NamedFile } from '../../formats/zip-writer';
import { register } from '../../../resources/keras/hebb-layers.js';
import { exportFormats, type ExportFormat } from './export-formats';
import { prepareExport } from './prepare-export';

/** What exports promise, in parts of the largest output. */
const TOLERANCE = 1e-4;
const folder = mkdtempSync(join(tmpdir(), 'hebb-exports-'));
const deviceOf = devicesForTests();
const names = Object.keys(exportFormats) as ExportFormat[];

/** One of each template, the large ones narrowed but in npm run test:full; the tests of training use some more than once. */
const cases = float64Cases.filter(({ name }) => !/^MLP, (momentum|adam|mean)|class weights/.test(name));

interface Stranger {
  readonly difference: number;
  /** Whether the weights in safetensors and npz are those of the project. */
  readonly same: boolean;
  readonly keras: { readonly layers: readonly string[]; readonly arrays: readonly (readonly [readonly number[], number])[] };
  readonly hdf5: {
    readonly layers: readonly string[];
    readonly weights: Readonly<Record<string, readonly (readonly [readonly number[], number])[]>>;
  };
}

const exported = new Map<string, ReadonlyMap<ExportFormat, Awaited<ReturnType<typeof prepareExport>>>>();
const materials = new Map<string, Awaited<ReturnType<typeof checkedSamples>>>();
let strangers = new Map<string, Stranger>();

beforeAll(async () => {
  await core.setBackend('cpu');
  register({ ...core, layers: layersApi.layers });
  const tasks = [];
  for (const parity of cases) {
    const { document, settings, name } = parity;
    const dataset = drawDataset({ ...parity, samples: 8 });
    const device = deviceOf('cpu');
    const network = placeOnDevice(device, unwrap(prepareModel(document, settings, dataset)), unwrap(uploadDataset(device, dataset, 8)));
    const weights = drawWeights(document);
    writeTensors(network, weights, []);
    const material = await checkedSamples(network, NO_STATISTICS);
    network.dispose();
    materials.set(name, material);
    const request = {
      document,
      settings,
      weights: { tensors: weights, metadata: {} },
      material: encodeCheckMaterial(material),
      dataset: null,
    };
    const written = new Map<ExportFormat, Awaited<ReturnType<typeof prepareExport>>>();
    for (const format of names) written.set(format, await prepareExport({ format, ...request }));
    exported.set(name, written);
    const home = join(folder, name.replace(/\W/g, '-'));
    mkdirSync(home);
    for (const { path, bytes } of written.get('pytorch')?.files ?? []) writeFileSync(join(home, path), bytes);
    const alone = (['h5', 'keras', 'safetensors', 'npz'] as const).map((format) => {
      const path = join(home, `export.${format}`);
      writeFileSync(path, written.get(format)?.files[0]?.bytes ?? '');
      return [format, path] as const;
    });
    tasks.push({ project: home, ...Object.fromEntries(alone) });
  }
  // The script prints one result of this form a task.
  const results = (await runPython('../../../main/services/export/templates.py', tasks)) as Stranger[];
  strangers = new Map(cases.map(({ name }, place) => [name, results[place] ?? expect.unreachable()]));
}, 1_800_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const batched = (rank: number): number[] => [0, ...kerasOrder(rank - 1).map((axis) => axis + 1)];

async function inTensorFlowJs(files: readonly NamedFile[], name: string): Promise<number> {
  const bytesOf = (path: string): Uint8Array => files.find((file) => file.path === path)?.bytes ?? expect.unreachable();
  // The file is JSON of our own making.
  const model = JSON.parse(new TextDecoder().decode(bytesOf('model.json'))) as {
    modelTopology: object;
    weightsManifest: [{ weights: core.io.WeightsManifestEntry[] }];
  };
  const weightData = Uint8Array.from(bytesOf('weights.bin')).buffer;
  const artifacts = { modelTopology: model.modelTopology, weightSpecs: model.weightsManifest[0].weights, weightData };
  const network = await layersApi.loadLayersModel(core.io.fromMemory(artifacts));
  const { samples, outputs } = materials.get(name) ?? expect.unreachable();
  const given = core.tensor(Float32Array.from(samples.data), [...samples.shape], samples.data instanceof Int32Array ? 'int32' : 'float32');
  const result = network.predict(core.transpose(given, batched(given.rank))) as core.Tensor;
  const order = batched(result.rank);
  const actual = await core
    .transpose(
      result,
      order.map((_, axis) => order.indexOf(axis)),
    )
    .data();
  network.dispose();
  const expected = Array.from(outputs.data);
  const scale = Math.max(1, ...expected.map(Math.abs));
  return Math.max(...expected.map((value, index) => Math.abs(value - (actual[index] ?? NaN)))) / scale;
}

describe.each(cases.map((parity) => [parity.name, parity] as const))('%s', (name, { document }) => {
  test('passes the check in every format', () => {
    for (const format of names) {
      const { check } = exported.get(name)?.get(format) ?? expect.unreachable();
      expect(check, format).toMatchObject({ runtime: 'onnxruntime', samples: 8 });
      expect(check?.difference, format).toBeLessThan(check?.limit ?? 0);
    }
  });

  test('computes the same in TensorFlow.js', { timeout: 600_000 }, async () => {
    expect(await inTensorFlowJs(exported.get(name)?.get('tfjs')?.files ?? [], name)).toBeLessThan(TOLERANCE);
  });

  test('computes the same in PyTorch', () => {
    expect(strangers.get(name)?.difference).toBeLessThan(TOLERANCE);
  });

  test('has the same weights in PyTorch and in NumPy', () => {
    expect(strangers.get(name)?.same).toBe(true);
  });

  test('is laid out in HDF5 as Keras reads it', () => {
    const byName = new Map(drawWeights(document).map((weight) => [weight.name, Float32Array.from(weight.data)]));
    const graph = unwrap(kerasGraph(document, (weight) => byName.get(weight) ?? expect.unreachable()));
    const { hdf5, keras } = strangers.get(name) ?? expect.unreachable();
    const { layers, weights } = hdf5;
    expect(layers).toEqual(graph.layers.map(({ layer }) => layer.name));
    expect(keras.layers).toEqual(layers);
    // HDF5 lists groups in another order; every array is there, once.
    const ordered = (arrays: readonly (readonly [readonly number[], number])[]) =>
      arrays.map(([shape, sum]) => `${shape.join('×')}: ${sum.toPrecision(6)}`).sort();
    expect(ordered(keras.arrays)).toEqual(ordered(Object.values(weights).flat()));
    for (const { layer } of graph.layers) {
      const arrays = Object.values(layer.weights);
      expect(weights[layer.name] ?? []).toHaveLength(arrays.length);
      arrays.forEach(({ shape, data }, place) => {
        const [found, sum = NaN] = weights[layer.name]?.[place] ?? [];
        expect(found).toEqual(shape);
        expect(sum).toBeCloseTo(
          data().reduce((total, value) => total + Math.abs(value), 0),
          2,
        );
      });
    }
  });
});
