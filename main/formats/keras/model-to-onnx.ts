/**
 * A model of Keras's layers as a graph of ONNX, so that onnxruntime can compute what a written file says: each class by
 * Keras's documentation, images with the channels last as there. It reads what Hebb writes, and knows nothing of Hebb's layers.
 */
import { sizeOf, type Shape } from '../../../compute/graph/tensor';
import type { SafetensorsEntry } from '../../../compute/graph/safetensors';
import type { OnnxNode } from '../../../compute/layers/layer';
import { encodeOnnx } from '../onnx/onnx-encoder';
import type { ReadArray, ReadLayer, ReadModel } from './model-reading';
import type { OnnxWriter } from './onnx-writer';
import { innerOf, recurrentNodes } from './recurrent-to-onnx';

const numbers = (value: unknown, fallback: readonly number[]): readonly number[] => (Array.isArray(value) ? value.map(Number) : fallback);
const pairs = (value: unknown): readonly (readonly number[])[] => (Array.isArray(value) ? value.map((item) => numbers(item, [0, 0])) : []);
const number = (value: unknown, fallback: number): number => (typeof value === 'number' ? value : fallback);

/** An array with its axes in another order. */
function arranged({ shape, data }: ReadArray, order: readonly number[]): ReadArray {
  const result = order.map((axis) => shape[axis] ?? 1);
  const to = new Float32Array(data.length);
  for (let index = 0; index < to.length; index++) {
    let rest = index;
    let from = 0;
    for (let place = order.length - 1; place >= 0; place--) {
      const size = result[place] ?? 1;
      from += (rest % size) * sizeOf(shape.slice((order[place] ?? 0) + 1));
      rest = Math.floor(rest / size);
    }
    to[index] = data[from] ?? 0;
  }
  return { shape: result, data: to };
}

/** Axes of what a layer gives, with the batch, from those of what it takes. */
function rankOf({ className, config }: ReadLayer, taken: number): number {
  switch (className) {
    case 'Reshape':
      return numbers(config['target_shape'], []).length + 1;
    case 'Flatten':
    case 'GlobalAveragePooling2D':
    case 'GlobalMaxPooling2D':
      return 2;
    case 'Embedding':
      return taken + 1;
    case 'SimpleRNN':
    case 'GRU':
    case 'LSTM':
    case 'Bidirectional':
      return (innerOf(config) ?? config)['return_sequences'] === true ? 3 : 2;
    default:
      return taken;
  }
}

function say(write: OnnxWriter, { className, config, weights, name }: ReadLayer, inputs: readonly string[], rank: number): string {
  const [x = '', y = ''] = inputs;
  const { node, array, integers } = write;
  const scalar = (value: number): string => array([], [value]);
  const weight = (place: number): ReadArray => {
    const found = weights[place];
    if (found === undefined) throw new TypeError(`${name} lacks weight ${String(place)}`);
    return found;
  };
  const stored = ({ shape, data }: ReadArray): string => array(shape, data);
  const withBias = (result: string, place: number): string =>
    config['use_bias'] === false ? result : node('Add', [result, stored(weight(place))]);
  const unary = (operator: string, attributes: OnnxNode['attributes'] = {}): string => node(operator, [x], attributes);
  /** An operator that wants the channels first. */
  const onImage = (work: (image: string) => string): string =>
    node('Transpose', [work(node('Transpose', [x], { perm: [0, 3, 1, 2] }))], { perm: [0, 2, 3, 1] });
  const strides = numbers(config['strides'], [1, 1]);
  const dilations = numbers(config['dilation_rate'], [1, 1]);

  switch (className) {
    case 'Dropout':
    case 'GaussianNoise':
      return unary('Identity');
    case 'Dense':
      return withBias(node('MatMul', [x, stored(weight(0))]), 1);
    case 'Conv2D':
      return withBias(
        onImage((image) => node('Conv', [image, stored(arranged(weight(0), [3, 2, 0, 1]))], { strides, dilations })),
        1,
      );
    case 'DepthwiseConv2D': {
      const [tall = 1, wide = 1, channels = 1, multiplier = 1] = weight(0).shape;
      const kernel = { ...arranged(weight(0), [2, 3, 0, 1]), shape: [channels * multiplier, 1, tall, wide] };
      return withBias(
        onImage((image) => node('Conv', [image, stored(kernel)], { strides, dilations, group: channels })),
        1,
      );
    }
    case 'Conv2DTranspose': {
      const { shape } = weight(0);
      const more = strides.map((step, axis) => Math.max(step - (shape[axis] ?? 1), 0));
      const kernel = stored(arranged(weight(0), [3, 2, 0, 1]));
      return withBias(
        onImage((image) => node('ConvTranspose', [image, kernel], { strides, output_padding: more })),
        1,
      );
    }
    case 'ZeroPadding2D': {
      const [[top = 0, bottom = 0] = [], [left = 0, right = 0] = []] = pairs(config['padding']);
      return node('Pad', [x, integers([0, top, left, 0, 0, bottom, right, 0])]);
    }
    case 'Cropping2D': {
      const [[top = 0, bottom = 0] = [], [left = 0, right = 0] = []] = pairs(config['cropping']);
      const end = (cut: number): number => (cut === 0 ? 2 ** 31 - 1 : -cut);
      return node('Slice', [x, integers([top, left]), integers([end(bottom), end(right)]), integers([1, 2])]);
    }
    case 'MaxPooling2D':
    case 'AveragePooling2D':
      return onImage((image) =>
        node(className === 'MaxPooling2D' ? 'MaxPool' : 'AveragePool', [image], {
          kernel_shape: numbers(config['pool_size'], [2, 2]),
          strides,
        }),
      );
    case 'GlobalAveragePooling2D':
      return unary('ReduceMean', { axes: [1, 2], keepdims: 0 });
    case 'GlobalMaxPooling2D':
      return unary('ReduceMax', { axes: [1, 2], keepdims: 0 });
    case 'BatchNormalization': {
      const epsilon = number(config['epsilon'], 1e-3);
      const [gamma, beta, mean, variance] = [weight(0).data, weight(1).data, weight(2).data, weight(3).data];
      const scale = gamma.map((value, index) => value / Math.sqrt((variance[index] ?? 1) + epsilon));
      const shift = beta.map((value, index) => value - (mean[index] ?? 0) * (scale[index] ?? 0));
      return node('Add', [node('Mul', [x, array([scale.length], scale)]), array([shift.length], shift)]);
    }
    case 'LayerNormalization': {
      const axes = numbers(config['axis'], [rank - 1]).map((axis) => (axis < 0 ? axis + rank : axis));
      const centred = node('Sub', [x, node('ReduceMean', [x], { axes })]);
      const variance = node('ReduceMean', [node('Mul', [centred, centred])], { axes });
      const even = node('Div', [centred, node('Sqrt', [node('Add', [variance, scalar(number(config['epsilon'], 1e-3))])])]);
      if (config['scale'] === false) return even;
      // Ones behind the axes that are normalised, so that the arrays meet them.
      const behind = rank - 1 - Math.max(...axes);
      const fitted = (given: ReadArray): string => array([...given.shape, ...new Array<number>(behind).fill(1)], given.data);
      return node('Add', [node('Mul', [even, fitted(weight(0))]), fitted(weight(1))]);
    }
    case 'Activation':
      return activated(write, x, String(config['activation']));
    case 'LeakyReLU':
      return unary('LeakyRelu', { alpha: { float: number(config['negative_slope'] ?? config['alpha'], 0.3) } });
    case 'PReLU':
      return node('PRelu', [x, stored(weight(0))]);
    case 'Softmax':
      return unary('Softmax', { axis: -1 });
    case 'Rescaling':
      return node('Add', [node('Mul', [x, scalar(number(config['scale'], 1))]), scalar(number(config['offset'], 0))]);
    case 'Add':
      return node('Sum', inputs);
    case 'Multiply':
      return inputs.reduce((product, input) => node('Mul', [product, input]));
    case 'Maximum':
      return node('Max', inputs);
    case 'Concatenate':
      return node('Concat', inputs, { axis: number(config['axis'], -1) });
    case 'Dot':
      return node('MatMul', [x, numbers(config['axes'], [2, 1])[1] === 2 ? node('Transpose', [y], { perm: [0, 2, 1] }) : y]);
    case 'Embedding':
      return node('Gather', [stored(weight(0)), x], { axis: 0 });
    case 'UpSampling2D':
      return onImage((image) =>
        node('Resize', [image, '', array([4], [1, 1, ...numbers(config['size'], [2, 2])])], {
          mode: 'nearest',
          coordinate_transformation_mode: 'asymmetric',
          nearest_mode: 'floor',
        }),
      );
    case 'Reshape':
      return node('Reshape', [x, integers([-1, ...numbers(config['target_shape'], [])])]);
    case 'Permute':
      return unary('Transpose', { perm: [0, ...numbers(config['dims'], [])] });
    case 'Flatten':
      return unary('Flatten', { axis: 1 });
    case 'SimpleRNN':
    case 'GRU':
    case 'LSTM':
    case 'Bidirectional':
      return recurrentNodes(write, { className, config, weights }, x);
    case 'HebbFunction':
    case 'Hebb>Function':
      return ownFunction(write, x, String(config['function']), number(config['value'], 0));
    default:
      throw new TypeError(`${name} is a ${className}, which is not known here`);
  }
}

function activated({ node, array }: OnnxWriter, x: string, activation: string): string {
  const operators: Readonly<Record<string, string>> = {
    linear: 'Identity',
    relu: 'Relu',
    elu: 'Elu',
    tanh: 'Tanh',
    sigmoid: 'Sigmoid',
    softplus: 'Softplus',
  };
  const operator = operators[activation];
  if (operator !== undefined) return node(operator, [x]);
  if (activation !== 'gelu') throw new TypeError(`the activation ${activation} is not known here`);
  const inner = node('Erf', [node('Mul', [x, array([], [Math.SQRT1_2])])]);
  return node('Mul', [node('Mul', [x, array([], [0.5])]), node('Add', [inner, array([], [1])])]);
}

function ownFunction({ node, array }: OnnxWriter, x: string, name: string, value: number): string {
  const operators: Readonly<Record<string, string>> = { exp: 'Exp', log: 'Log', sin: 'Sin', cos: 'Cos', sign: 'Sign' };
  const operator = operators[name];
  if (operator !== undefined) return node(operator, [x]);
  const given = array([], [value]);
  if (name === 'power') return node('Pow', [x, given]);
  if (name === 'greater') return node('Cast', [node('Greater', [x, given])], { to: 1 });
  throw new TypeError(`the function ${name} is not known here`);
}

export interface TranslatedModel {
  readonly bytes: Uint8Array;
  readonly input: string;
  readonly output: string;
}

/** The model as ONNX. Shapes of input and output are those of a sample as Keras holds it. Throws a TypeError for what it does not know. */
export function modelToOnnx({ layers, output }: ReadModel, outputShape: Shape): TranslatedModel {
  const nodes: { readonly name: string; readonly node: OnnxNode }[] = [];
  const initializers: SafetensorsEntry[] = [];
  const names = new Map<string, string>();
  const ranks = new Map<string, number>();
  const write: OnnxWriter = {
    node: (operator, inputs, attributes = {}) => {
      const name = `value${String(nodes.length)}`;
      nodes.push({ name, node: { operator, inputs, outputs: [name], attributes } });
      return name;
    },
    array: (shape, data) => {
      const name = `array${String(initializers.length)}`;
      initializers.push({ name, shape, data: Float32Array.from(data) });
      return name;
    },
    integers: (values) => {
      const name = `value${String(nodes.length)}`;
      nodes.push({ name, node: { operator: 'Constant', inputs: [], outputs: [name], attributes: { value_ints: values } } });
      return name;
    },
  };
  let input: { readonly name: string; readonly shape: Shape; readonly tokens: boolean } | null = null;
  for (const layer of layers) {
    const { className, config } = layer;
    if (className === 'InputLayer') {
      const shape = numbers(config['batch_input_shape'] ?? config['batch_shape'], []).slice(1);
      input = { name: 'input', shape, tokens: config['dtype'] === 'int32' };
      names.set(layer.name, 'input');
      ranks.set(layer.name, shape.length + 1);
    } else {
      const from = layer.inputs.map((name) => names.get(name) ?? '');
      const rank = ranks.get(layer.inputs[0] ?? '') ?? 0;
      names.set(layer.name, say(write, layer, from, rank));
      ranks.set(layer.name, rankOf(layer, rank));
    }
  }
  const last = names.get(output);
  if (input === null || last === undefined) throw new TypeError('the model lacks its input or its output');
  const bytes = encodeOnnx({ name: 'model', nodes, initializers, input, output: { name: last, shape: outputShape } });
  return { bytes, input: input.name, output: last };
}
