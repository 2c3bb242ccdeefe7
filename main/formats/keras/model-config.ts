/**
 * A graph of Keras's layers in the JSON that describes a model: as Keras 2 and TensorFlow.js write it, which Keras 3 still
 * reads from HDF5, and as Keras 3 writes it. Pure; the weights stand elsewhere.
 */
import type { KerasGraph } from '../../../compute/export/keras/graph';
import type { Shape } from '../../../compute/graph/tensor';
import type { NamedFile } from '../zip-writer';
import type { KerasConfig, KerasLayer, KerasTensor, KerasValue } from '../../../compute/layers/keras';

/** `tfjs`: model.json of TensorFlow.js; `h5`: the attribute of an HDF5 file; `keras`: config.json of a .keras file. */
export type Dialect = 'tfjs' | 'h5' | 'keras';

/** What comes with a file that has layers of Hebb's own. */
const ownLayer = 'HebbFunction';
const registeredName = 'Hebb>Function';

export const usesOwnLayer = ({ layers }: KerasGraph): boolean => layers.some(({ layer }) => layer.className === ownLayer);

const sources = import.meta.glob<string>('../../../resources/keras/hebb_layers.py', { eager: true, import: 'default', query: '?raw' });

/** What Keras has to import before it loads a file with a layer of Hebb's own. */
export const ownLayerFiles = (graph: KerasGraph): readonly NamedFile[] =>
  usesOwnLayer(graph) ? [{ path: 'hebb_layers.py', bytes: new TextEncoder().encode(Object.values(sources).join('')) }] : [];

const batched = (shape: Shape): KerasValue => [null, ...shape];

/** Keras 3 names what older versions and TensorFlow.js call alpha. */
function settingsOf({ className, config }: Pick<KerasLayer, 'className' | 'config'>, dialect: Dialect): KerasConfig {
  if (className !== 'LeakyReLU' || dialect === 'keras') return config;
  const { negative_slope: alpha = null, ...others } = config;
  return { ...others, alpha };
}

const typePolicy = (dialect: Dialect): KerasValue =>
  dialect === 'keras' ? { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null } : 'float32';

/** Keras 3 says where a class comes from. */
function classOf(className: string, dialect: Dialect): KerasConfig {
  if (className !== ownLayer)
    return dialect === 'keras' ? { module: 'keras.layers', class_name: className, registered_name: null } : { class_name: className };
  if (dialect === 'keras') return { module: 'hebb_layers', class_name: ownLayer, registered_name: registeredName };
  return { class_name: dialect === 'h5' ? registeredName : ownLayer };
}

const isLayer = (value: KerasValue): value is { readonly class_name: string; readonly config: KerasConfig } =>
  typeof value === 'object' && value !== null && 'class_name' in value && 'config' in value;

/** The name of the layer that a wrapper holds. */
export const innerName = ({ name }: KerasLayer): string => `${name}.inner`;

function configOf({ layer, shape }: KerasTensor, dialect: Dialect): KerasConfig {
  const { name, className, fixed } = layer;
  const settings = settingsOf(layer, dialect);
  if (className === 'InputLayer') {
    const own = { dtype: settings['dtype'] ?? 'float32', sparse: false, name };
    return { [dialect === 'keras' ? 'batch_shape' : 'batch_input_shape']: batched(shape), ...own };
  }
  const inner = Object.entries(settings).map(([key, value]) => {
    if (!isLayer(value)) return [key, value] as const;
    const config = { name: innerName(layer), trainable: !fixed, dtype: typePolicy(dialect), ...value.config };
    return [key, { ...classOf(value.class_name, dialect), config }] as const;
  });
  return { name, trainable: !fixed, dtype: typePolicy(dialect), ...Object.fromEntries(inner) };
}

const historyOf = ({ layer, shape }: KerasTensor): KerasValue => ({
  class_name: '__keras_tensor__',
  config: {
    shape: batched(shape),
    dtype: layer.className === 'InputLayer' ? (layer.config['dtype'] ?? 'float32') : 'float32',
    keras_history: [layer.name, 0, 0],
  },
});

function takenBy({ inputs }: KerasLayer, dialect: Dialect): KerasValue {
  if (inputs.length === 0) return [];
  if (dialect !== 'keras') return [inputs.map(({ layer }) => [layer.name, 0, 0, {}])];
  const histories = inputs.map(historyOf);
  return [{ args: histories.length === 1 ? histories : [histories], kwargs: {} }];
}

/** Layers that take several inputs or have weights that depend on the input's shape are built with it. */
const buildConfig = ({ inputs }: KerasLayer): KerasValue => ({
  input_shape: inputs.length === 1 ? batched(inputs[0]?.shape ?? []) : inputs.map(({ shape }) => batched(shape)),
});

function layerOf(tensor: KerasTensor, dialect: Dialect): KerasConfig {
  const { layer } = tensor;
  return {
    ...classOf(layer.className, dialect),
    config: configOf(tensor, dialect),
    ...(dialect === 'keras' && layer.inputs.length > 0 ? { build_config: buildConfig(layer) } : {}),
    name: layer.name,
    inbound_nodes: takenBy(layer, dialect),
  };
}

/** The model: `{"class_name": "Functional", "config": {…}}`. */
export function modelConfig(graph: KerasGraph, dialect: Dialect): KerasConfig {
  const end = ({ layer }: KerasTensor): KerasValue => (dialect === 'keras' ? [layer.name, 0, 0] : [[layer.name, 0, 0]]);
  const config = {
    name: modelName(graph.name),
    trainable: true,
    layers: graph.layers.map((tensor) => layerOf(tensor, dialect)),
    input_layers: end(graph.input),
    output_layers: end(graph.output),
  };
  return dialect === 'keras'
    ? {
        module: 'keras.src.models.functional',
        class_name: 'Functional',
        config,
        registered_name: 'Functional',
        build_config: { input_shape: batched(graph.input.shape) },
      }
    : { class_name: 'Functional', config };
}

/** A name as Keras takes it: letters, digits and underscores. */
const modelName = (name: string): string => {
  const plain = name.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '');
  return plain === '' ? 'network' : plain;
};
