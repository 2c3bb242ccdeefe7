/** TensorFlow.js itself loads what is written, and computes what Hebb computes, in every layer. */
import * as core from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as layersApi from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { kerasGraph } from '../../compute/export/keras/graph';
import type { ModelDocument } from '../../compute/graph/model-document';
import { unwrap } from '../../compute/graph/problem';
import { analyseNetwork } from '../../compute/layers/network';
import { kerasOrder } from '../../compute/layers/keras';
import { register } from '../../resources/keras/hebb-layers.js';
import { tensorFlowJsFiles } from './tensorflow-js.format';
import { drawSamples, drawWeights, layerNetworks, network, node, reference } from './testing/networks';

const graphOf = (document: ModelDocument) => {
  const weights = new Map(drawWeights(document).map(({ name, data }) => [name, Float32Array.from(data)]));
  return kerasGraph(document, (name) => weights.get(name) ?? new Float32Array());
};

async function load(document: ModelDocument): Promise<layersApi.LayersModel> {
  const files = new Map(unwrap(tensorFlowJsFiles(unwrap(graphOf(document)))).map(({ path, bytes }) => [path, bytes]));
  // The file is JSON of our own making.
  const model = JSON.parse(new TextDecoder().decode(files.get('model.json'))) as {
    modelTopology: object;
    weightsManifest: [{ weights: core.io.WeightsManifestEntry[] }];
  };
  return await layersApi.loadLayersModel(
    core.io.fromMemory({
      modelTopology: model.modelTopology,
      weightSpecs: model.weightsManifest[0].weights,
      weightData: Uint8Array.from(files.get('weights.bin') ?? []).buffer,
    }),
  );
}

beforeAll(async () => {
  await core.setBackend('cpu');
  register({ ...core, layers: layersApi.layers });
});

const sayable = layerNetworks.filter(({ name }) => !name.startsWith('gru'));

describe('TensorFlow.js computes what Hebb computes', () => {
  it.each(sayable.map((document) => [document.name, document] as const))('%s', async (_name, document) => {
    const model = await load(document);
    const { shape, data, tokens } = drawSamples(document, 2);
    const batched = (rank: number) => [0, ...kerasOrder(rank - 1).map((axis) => axis + 1)];
    const given = core.tensor(Float32Array.from(data), [...shape], tokens ? 'int32' : 'float32');
    const output = model.predict(core.transpose(given, batched(shape.length))) as core.Tensor;
    const order = batched(output.rank);
    const back = core.transpose(
      output,
      order.map((_, axis) => order.indexOf(axis)),
    );
    const { outputShape } = analyseNetwork(document);
    expect(back.shape).toEqual([2, ...(outputShape ?? [])]);
    const actual = await back.data();
    const expected = await reference(document, shape, data);
    const worst = expected.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (actual[index] ?? NaN))), 0);
    expect(worst).toBeLessThan(1e-4);
    model.dispose();
  });
});

it('refuses a GRU, naming the node', () => {
  const document = network('n', [node('input', 'input', { shape: [3, 2] }), node('memory', 'gru', { units: 2 })], ['input memory']);
  expect(tensorFlowJsFiles(unwrap(graphOf(document)))).toMatchObject({
    ok: false,
    problem: { code: 'keras.unsupported-here', node: 'memory' },
  });
});
