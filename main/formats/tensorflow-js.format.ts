/**
 * The layers model of TensorFlow.js: model.json with the layers as Keras writes them, and the weights, float32 and
 * little-endian, one after another. Images have their channels last. Pure, on bytes.
 */
import type { KerasGraph } from '../../compute/export/keras/graph';
import { failure, success, type Outcome } from '../../compute/graph/problem';
import { sizeOf, type Shape } from '../../compute/graph/tensor';
import type { KerasTensor } from '../../compute/layers/keras';
import { defineFormat } from './format';
import { innerName, modelConfig, usesOwnLayer } from './keras/model-config';
import { readModel, type ReadArray, type ReadModel } from './keras/model-reading';
import { zipped, type NamedFile } from './zip-writer';

const sources = import.meta.glob<string>('../../resources/keras/hebb-layers.js', { eager: true, import: 'default', query: '?raw' });
const ownLayers = Object.values(sources).join('');

const weightsFile = 'weights.bin';

/** Names of weights as TensorFlow.js makes them. */
const weightNames = ({ layer }: KerasTensor): readonly string[] =>
  Object.keys(layer.weights).map((name) => {
    if (layer.className !== 'Bidirectional') return `${layer.name}/${name}`;
    const [direction = '', weight = ''] = name.split('/');
    return `${layer.name}/${direction}_${innerName(layer)}/${weight}`;
  });

/** What TensorFlow.js has no layer for. */
function unsupported({ layers }: KerasGraph): Outcome<true> {
  const gru = layers.find(({ layer }) => layer.className === 'GRU' || JSON.stringify(layer.config).includes('"GRU"'));
  if (gru === undefined) return success(true);
  const node = gru.layer.name;
  return failure('keras.unsupported-here', { node, kind: 'GRU', format: 'TensorFlow.js' }, { node });
}

/** The files of the model; `notes` are for whoever loads it (`model.getUserDefinedMetadata().notes`). Problem: keras.unsupported-here. */
export function tensorFlowJsFiles(graph: KerasGraph, notes: readonly string[] = []): Outcome<readonly NamedFile[]> {
  const supported = unsupported(graph);
  if (!supported.ok) return supported;
  const entries = graph.layers.flatMap((tensor) => {
    const names = weightNames(tensor);
    return Object.values(tensor.layer.weights).map(({ shape, data }, place) => ({ name: names[place] ?? '', shape, data: data() }));
  });
  const bytes = new Uint8Array(entries.reduce((size, { data }) => size + data.byteLength, 0));
  let offset = 0;
  for (const { data } of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  const model = {
    format: 'layers-model',
    generatedBy: 'Hebb',
    convertedBy: null,
    ...(notes.length === 0 ? {} : { userDefinedMetadata: { notes } }),
    modelTopology: { keras_version: '2.15.0', backend: 'tensorflow', model_config: modelConfig(graph, 'tfjs') },
    weightsManifest: [{ paths: [weightsFile], weights: entries.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })) }],
  };
  return success([
    { path: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(model)) },
    { path: weightsFile, bytes },
    ...(usesOwnLayer(graph) ? [{ path: 'hebb-layers.js', bytes: new TextEncoder().encode(ownLayers) }] : []),
  ]);
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
};

/** The model of model.json; `fileOf` gives the files of weights that it names. Throws a TypeError for what is none. */
export function readTensorFlowJs(json: Uint8Array, fileOf: (path: string) => Uint8Array): ReadModel {
  // Checked below as far as it is used.
  const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(json)) as {
    readonly modelTopology: { readonly model_config: unknown };
    readonly weightsManifest: readonly {
      readonly paths: readonly string[];
      readonly weights: readonly { readonly name: string; readonly shape: Shape }[];
    }[];
  };
  const arrays = new Map<string, ReadArray[]>();
  for (const { paths, weights } of weightsManifest) {
    const bytes = joined(paths.map(fileOf));
    let offset = 0;
    for (const { name, shape } of weights) {
      const data = new Float32Array(bytes.buffer, offset, sizeOf(shape));
      offset += data.byteLength;
      const [layer = ''] = name.split('/');
      arrays.set(layer, [...(arrays.get(layer) ?? []), { shape, data }]);
    }
  }
  return readModel(modelTopology.model_config, ({ name }) => arrays.get(name) ?? []);
}

export const format = defineFormat({
  name: 'tensorflow-js',
  label: 'TensorFlow.js',
  extensions: ['.json'],
  probe: (head) => new TextDecoder().decode(head).includes('"layers-model"'),
  write: (graph: KerasGraph) => {
    const files = tensorFlowJsFiles(graph);
    return files.ok ? success(zipped(files.value)) : files;
  },
});
