/** Every layer with all its samples, written for Keras and TensorFlow.js, read back as the program does, and computed by onnxruntime. */
import { describe, expect, it } from 'vitest';
import { encodeCheckMaterial } from '../../../compute/export/check-material';
import { defaultTrainingSettings } from '../../../compute/graph/training-settings';
import { analyseNetwork } from '../../../compute/layers/network';
import { drawSamples, drawWeights, layerNetworks, reference } from '../../formats/testing/networks';
import { prepareExport } from './prepare-export';

const batch = 2;

describe.each(['keras', 'tfjs'] as const)('%s passes the check', (format) => {
  // TensorFlow.js has no GRU of this kind; its own test says so.
  const networks = layerNetworks.filter(({ name }) => format === 'keras' || !name.startsWith('gru'));
  it.each(networks.map((document) => [document.name, document] as const))('%s', async (_name, document) => {
    const { shape, data, tokens } = drawSamples(document, batch);
    const outputs = Float32Array.from(await reference(document, shape, data));
    // Every entry of the first axis is normalised in passing, where samples are numbers.
    const entries = shape[1] ?? 1;
    const { check } = await prepareExport({
      format,
      document,
      weights: { tensors: drawWeights(document), metadata: {} },
      material: encodeCheckMaterial({
        samples: { name: 'samples', shape, data: tokens ? Int32Array.from(data) : Float32Array.from(data, (value) => 2 * value + 1) },
        outputs: { name: 'outputs', shape: [batch, ...(analyseNetwork(document).outputShape ?? [])], data: outputs },
        normalization: tokens ? null : { axis: 0, mean: new Array<number>(entries).fill(1), deviation: new Array<number>(entries).fill(2) },
        targets: null,
        colours: null,
      }),
      settings: defaultTrainingSettings,
      dataset: null,
    });
    expect(check).toMatchObject({ read: 'model', samples: batch });
  });
});
