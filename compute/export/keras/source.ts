/** A network as a Python program for Keras, without weights: what a person would paste into a notebook. Pure. */
import type { ModelDocument } from '../../graph/model-document';
import { success, type Outcome } from '../../graph/problem';
import { formatShape } from '../../graph/tensor';
import type { KerasConfig, KerasTensor, KerasValue } from '../../layers/keras';
import { kerasGraph } from './graph';

const isLayer = (value: KerasValue): value is { readonly class_name: string; readonly config: KerasConfig } =>
  typeof value === 'object' && value !== null && 'class_name' in value && 'config' in value;

/** A value as a literal of Python. */
function literal(value: KerasValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `(${value.map(literal).join(', ')}${value.length === 1 ? ',' : ''})`;
  if (isLayer(value)) return `layers.${value.class_name}(${settings(value.config)})`;
  throw new TypeError('Keras has no such setting.');
}

/** What Keras takes anyway. */
const usual: Readonly<Record<string, string>> = {
  strides: '(1, 1)',
  dilation_rate: '(1, 1)',
  depth_multiplier: '1',
  use_bias: 'True',
  center: 'True',
  scale: 'True',
  activation: '"tanh"',
  recurrent_activation: '"sigmoid"',
  padding: '"valid"',
};

const settings = (config: KerasConfig): string =>
  Object.entries(config)
    .map(([name, value]) => [name, literal(value)] as const)
    .filter(([name, value]) => usual[name] !== value)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');

/** Of an activation the name is a setting without which it is none. */
const call = ({ layer }: KerasTensor): string => {
  if (layer.className === 'HebbFunction') return `HebbFunction(${settings(layer.config)})`;
  if (layer.className === 'Activation') return `layers.Activation(${literal(layer.config['activation'] ?? null)})`;
  return `layers.${layer.className}(${settings(layer.config)})`;
};

/** The source of a program that makes `model`. Images have their channels last. Problem: keras.unsupported. */
export function kerasSource(document: ModelDocument): Outcome<string> {
  const graph = kerasGraph(document, () => new Float32Array());
  if (!graph.ok) return graph;
  const { layers, input, output } = graph.value;
  const takers = new Map<KerasTensor, number[]>();
  for (const [place, { layer }] of layers.entries())
    for (const taken of layer.inputs) takers.set(taken, [...(takers.get(taken) ?? []), place]);
  const python = (tensor: KerasTensor): string => tensor.layer.name.replaceAll(/[.-]/g, '_');
  const variable = new Map(
    layers.map((tensor, place) => {
      if (tensor === input) return [tensor, 'inputs'] as const;
      const users = takers.get(tensor) ?? [];
      const isPassedOn = users.length === 0 || (users.length === 1 && users[0] === place + 1);
      return [tensor, isPassedOn ? 'x' : `${python(tensor)}_`] as const;
    }),
  );
  const nameOf = (tensor: KerasTensor): string => variable.get(tensor) ?? 'x';
  const lines = layers
    .filter((tensor) => tensor !== input)
    .map((tensor) => {
      const taken = tensor.layer.inputs.map(nameOf);
      const statement = `${nameOf(tensor)} = ${call(tensor)}(${taken.length === 1 ? (taken[0] ?? '') : `[${taken.join(', ')}]`})`;
      return `${statement.padEnd(64)}  # ${formatShape(tensor.shape)}`;
    });
  const type = input.layer.config['dtype'] === 'int32' ? ', dtype="int32"' : '';
  const own = layers.some(({ layer }) => layer.className === 'HebbFunction');
  return success(
    [
      'import keras',
      'from keras import layers',
      ...(own ? ['from hebb_layers import HebbFunction  # comes with an export to Keras'] : []),
      '',
      `inputs = keras.Input(${literal(input.shape)}${type})`,
      ...lines,
      `model = keras.Model(inputs, ${nameOf(output)})`,
      '',
    ].join('\n'),
  );
}
