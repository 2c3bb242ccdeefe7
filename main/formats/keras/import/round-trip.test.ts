/** What Hebb writes for Keras and TensorFlow.js and reads again computes the same: every layer and every template. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { kerasGraph } from '../../../../compute/export/keras/graph';
import { modelDocumentSchema, type ModelDocument } from '../../../../compute/graph/model-document';
import { unwrap } from '../../../../compute/graph/problem';
import { documentOutputs } from '../../../../compute/testing/document-outputs';
import { narrowed } from '../../../../compute/testing/parity/narrowed';
import { kerasHdf5Files } from '../../keras-h5.format';
import { kerasFiles } from '../../keras.format';
import { readModelFiles } from '../../models/model-files';
import { tensorFlowJsFiles } from '../../tensorflow-js.format';
import type { NamedFile } from '../../zip-writer';
import { drawSamples, drawWeights, layerNetworks, reference } from '../../testing/networks';

const templates = import.meta.glob<{ readonly content: { readonly document: unknown } }>('../../../../resources/templates/*.json', {
  eager: true,
  import: 'default',
});
const documents: readonly ModelDocument[] = [
  ...layerNetworks,
  ...Object.values(templates).map(({ content }) => narrowed(v.parse(modelDocumentSchema, content.document), 8)),
];

const graphOf = (document: ModelDocument) => {
  const weights = new Map(drawWeights(document).map(({ name, data }) => [name, Float32Array.from(data)]));
  return unwrap(kerasGraph(document, (name) => weights.get(name) ?? new Float32Array()));
};

const formats: Readonly<Record<string, (document: ModelDocument) => Promise<readonly NamedFile[]>>> = {
  Keras: (document) => kerasFiles(graphOf(document)),
  'Keras in HDF5': (document) => kerasHdf5Files(graphOf(document)),
  'TensorFlow.js': (document) => Promise.resolve(unwrap(tensorFlowJsFiles(graphOf(document)))),
};

describe.each(Object.entries(formats))('%s', (format, write) => {
  // TensorFlow.js has no GRU that resets after its product.
  const sayable = documents.filter(({ name }) => format !== 'TensorFlow.js' || !name.startsWith('gru'));
  it.each(sayable.map((document) => [document.name, document] as const))('%s comes back', async (_, document) => {
    const { model, report } = unwrap(
      await readModelFiles(
        (await write(document)).map(({ path, bytes }) => ({ name: path, bytes })).filter(({ name }) => !/[.](js|py)$/.test(name)),
      ),
    );
    expect(report.refused).toEqual([]);
    if (model === null) throw new Error('there is no model');
    const { shape, data } = drawSamples(document, 2);
    const expected = await reference(document, shape, data);
    const actual = await documentOutputs(model.document, model.weights, data, 2);
    expect(actual.length).toBe(expected.length);
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = expected.reduce((most, value, index) => Math.max(most, Math.abs(value - (actual[index] ?? NaN))), 0);
    // Weights, sums of two biases and constants of formulas are rounded to float32 on the way.
    expect(worst).toBeLessThan(1e-5 * Math.max(1, largest));
  });
});
