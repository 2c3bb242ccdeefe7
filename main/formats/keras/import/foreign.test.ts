/** Models that others wrote: HDF5 by h5py in Keras's layout with PyTorch as the referee, and TensorFlow.js by itself. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as core from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as layersApi from '@tensorflow/tfjs-layers';
import { afterAll, expect, it } from 'vitest';
import { unwrap } from '../../../../compute/graph/problem';
import { documentOutputs } from '../../../../compute/testing/document-outputs';
import { readModelFiles, type NamedBytes } from '../../models/model-files';

const folder = mkdtempSync(join(tmpdir(), 'hebb-keras-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function outputsOf(files: readonly NamedBytes[], samples: ArrayLike<number>, batch: number): Promise<ArrayLike<number>> {
  const { model, report } = unwrap(await readModelFiles(files));
  expect(report.refused).toEqual([]);
  if (model === null) throw new Error('there is no model');
  return await documentOutputs(model.document, model.weights, Float64Array.from(samples), batch);
}

/** Both sides compute in float32 or better; weights pass exactly. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let index = 0; index < expected.length; index++)
    expect(Math.abs((actual[index] ?? NaN) - (expected[index] ?? NaN))).toBeLessThan(1e-5);
}

it('h5py: sequential and functional', async () => {
  const script = join(import.meta.dirname, 'foreign_models.py');
  const { status, stderr } = spawnSync('/usr/bin/python3', [script, folder], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  const { samples, outputs } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<'samples' | 'outputs', number[]>;
  for (const name of ['sequential.h5', 'functional.h5'])
    expectClose(await outputsOf([{ name, bytes: readFileSync(join(folder, name)) }], samples, 4), outputs);
}, 60_000);

it('TensorFlow.js: a model with two branches, its weights in two files', async () => {
  await core.setBackend('cpu');
  const { layers } = layersApi;
  const input = layersApi.input({ shape: [6, 6, 3] });
  const apply = (layer: layersApi.layers.Layer, from: layersApi.SymbolicTensor | layersApi.SymbolicTensor[]): layersApi.SymbolicTensor =>
    // A layer that is given one symbolic tensor, or merges several, gives one.
    layer.apply(from) as layersApi.SymbolicTensor;
  const wide = apply(
    layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', kernelInitializer: 'heNormal' }),
    input,
  );
  const deep = apply(layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', depthMultiplier: 1 }), wide);
  const sum = apply(layers.add(), [wide, apply(layers.batchNormalization(), deep)]);
  const mean = apply(layers.globalAveragePooling2d({}), sum);
  const output = apply(layers.dense({ units: 5, activation: 'elu', biasInitializer: 'randomNormal' }), mean);
  const network = layersApi.model({ inputs: input, outputs: output });
  const files: NamedBytes[] = [];
  await network.save(
    core.io.withSaveHandler((artifacts) => {
      const { weightData, weightSpecs = [], modelTopology } = artifacts;
      const bytes = new Uint8Array(Array.isArray(weightData) ? (weightData[0] ?? new ArrayBuffer(0)) : (weightData ?? new ArrayBuffer(0)));
      const half = Math.floor(bytes.length / 8) * 4;
      const paths = ['group1-shard1of2.bin', 'group1-shard2of2.bin'];
      const json = { format: 'layers-model', modelTopology, weightsManifest: [{ paths, weights: weightSpecs }] };
      files.push({ name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(json)) });
      files.push({ name: paths[0] ?? '', bytes: bytes.slice(0, half) }, { name: paths[1] ?? '', bytes: bytes.slice(half) });
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } });
    }),
  );
  const last = core.randomUniform([2, 6, 6, 3], -1, 1, 'float32', 5);
  const expected = (network.predict(last) as core.Tensor).dataSync();
  // Channels come first here.
  const samples = core.transpose(last, [0, 3, 1, 2]).dataSync();
  expectClose(await outputsOf(files, samples, 2), expected);
});
