/** Keras's layers by the names of their classes, each said with operators of ONNX as Keras documents it. */
import { sizeOf } from '../../../../compute/graph/tensor';
import { Refusal } from '../../models/imported-model';
import { activated, activationName } from './activations';
import { list, settings, textOf } from './keras-model';
import { attention, bidirectional, recurrent } from './layers-sequences';
import {
  convolution,
  cropping,
  depthwise,
  globalPool,
  pool,
  separable,
  transposedConvolution,
  upsampling,
  zeroPadding,
} from './layers-windows';
import type { LayerWriter } from './onnx-writing';

/** Gives the name of the value; `isThird`: the file is of Keras 3. */
type KerasConverter = (writer: LayerWriter, x: string, isThird: boolean) => string;

const activatedBy =
  (convert: (writer: LayerWriter, x: string) => string): KerasConverter =>
  (writer, x, isThird) =>
    activated(writer, convert(writer, x), activationName(writer.call.config['activation']), isThird);

function dense(writer: LayerWriter, x: string): string {
  const { node, array, flag } = writer;
  const kernel = writer.weight();
  const product = node('MatMul', [x, array('kernel', kernel.shape, kernel.data)]);
  if (!flag('use_bias', true)) return product;
  const bias = writer.weight();
  return node('Add', [product, array('bias', bias.shape, bias.data)]);
}

/** Axes of a setting: one or several, counted from the end where they are negative. */
const axesOf = (value: unknown, rank: number): number[] =>
  (Array.isArray(value) ? value.map(Number) : [Number(value ?? -1)]).map((axis) => (axis < 0 ? axis + rank : axis));

/** Something done with the axes in that order, which afterwards stand as before. */
function inOrder({ node }: LayerWriter, x: string, order: readonly number[], work: (moved: string) => string): string {
  if (order.every((axis, place) => axis === place)) return work(x);
  const back = order.map((_, place) => order.indexOf(place));
  return node('Transpose', [work(node('Transpose', [x], { perm: order }))], { perm: back });
}

/** Something done along the second axis, for a layer that works along another. */
function alongSecond(writer: LayerWriter, x: string, axis: number, work: (moved: string) => string): string {
  const others = Array.from({ length: writer.rank }, (_, place) => place).filter((place) => place !== 0 && place !== axis);
  return inOrder(writer, x, [0, axis, ...others], work);
}

function batchNorm(writer: LayerWriter, x: string): string {
  const { node, array, flag, number, rank, call } = writer;
  const [axis = rank - 1, more] = axesOf(call.config['axis'], rank);
  if (more !== undefined) throw new Refusal('It normalises along several axes.');
  const gamma = flag('scale', true) ? writer.weight() : null;
  const beta = flag('center', true) ? writer.weight() : null;
  const mean = writer.weight();
  const variance = writer.weight();
  const { shape } = mean;
  const filled = (value: number): Float32Array => new Float32Array(mean.data.length).fill(value);
  const names = [
    array('gamma', shape, gamma?.data ?? filled(1)),
    array('beta', shape, beta?.data ?? filled(0)),
    array('moving_mean', shape, mean.data),
    array('moving_variance', shape, variance.data),
  ];
  return alongSecond(writer, x, axis, (moved) =>
    node('BatchNormalization', [moved, ...names], {
      epsilon: { float: number('epsilon', 1e-3) },
      momentum: { float: number('momentum', 0.99) },
    }),
  );
}

function layerNorm(writer: LayerWriter, x: string): string {
  const { node, array, flag, number, rank, call } = writer;
  const axes = axesOf(call.config['axis'], rank).sort((a, b) => a - b);
  if (axes.includes(0)) throw new Refusal('It normalises over the samples of a batch.');
  const gamma = flag('scale', true) ? writer.weight() : null;
  const beta = flag('center', true) ? writer.weight() : null;
  const one = gamma ?? (beta === null ? null : { shape: beta.shape, data: new Float32Array(beta.data.length).fill(1) });
  const scale = one === null ? writer.scalar(1) : array('gamma', one.shape, one.data);
  const shift = beta === null ? [] : [array('beta', beta.shape, beta.data)];
  // ONNX normalises over the last axes alone.
  const others = Array.from({ length: rank }, (_, place) => place).filter((place) => !axes.includes(place));
  return inOrder(writer, x, [...others, ...axes], (moved) =>
    node('LayerNormalization', [moved, scale, ...shift], { axis: others.length, epsilon: { float: number('epsilon', 1e-3) } }),
  );
}

function groupNorm(writer: LayerWriter, x: string): string {
  const { node, array, flag, number, rank, call } = writer;
  const [axis = rank - 1] = axesOf(call.config['axis'], rank);
  const gamma = flag('scale', true) ? writer.weight() : null;
  const beta = flag('center', true) ? writer.weight() : null;
  const shape = gamma?.shape ?? beta?.shape;
  if (shape === undefined) throw new Refusal('It has neither scale nor shift.');
  const scale = array('gamma', shape, gamma?.data ?? new Float32Array(sizeOf(shape)).fill(1));
  const shift = array('beta', shape, beta?.data ?? new Float32Array(sizeOf(shape)));
  return alongSecond(writer, x, axis, (moved) =>
    node('GroupNormalization', [moved, scale, shift], { num_groups: number('groups', 32), epsilon: { float: number('epsilon', 1e-3) } }),
  );
}

function parametricRelu(writer: LayerWriter, x: string): string {
  const { node, array } = writer;
  const { shape, data } = writer.weight();
  const long = shape.flatMap((size, axis) => (size === 1 ? [] : [axis + 1]));
  const [axis = 1, more] = long;
  if (more !== undefined) throw new Refusal('Its slopes differ along more than one axis.');
  const ones = Array.from({ length: writer.rank - 2 }, () => 1);
  return alongSecond(writer, x, axis, (moved) =>
    node('PRelu', [moved, array('alpha', data.length === 1 ? [1] : [data.length, ...ones], data)]),
  );
}

function relu(writer: LayerWriter, x: string): string {
  const { node, scalar, number } = writer;
  if (number('threshold', 0) !== 0) throw new Refusal('It begins at a threshold.');
  const slope = number('negative_slope', number('alpha', 0));
  const most = writer.call.config['max_value'];
  if (slope !== 0 && typeof most === 'number') throw new Refusal('It has a slope below zero and a greatest value.');
  if (slope !== 0) return node('LeakyRelu', [x], { alpha: { float: slope } });
  return typeof most === 'number' ? node('Clip', [x, scalar(0), scalar(most)]) : node('Relu', [x]);
}

const along = (values: unknown): readonly number[] => (Array.isArray(values) ? values.flat(8).map(Number) : [Number(values)]);

/** A number, or one for each place of the last axis. */
const factorOf = ({ array, scalar }: LayerWriter, name: string, values: readonly number[]): string =>
  values.length === 1 ? scalar(values[0] ?? 0) : array(name, [values.length], Float32Array.from(values));

function rescaling(writer: LayerWriter, x: string): string {
  const { node, call } = writer;
  const scaled = node('Mul', [x, factorOf(writer, 'scale', along(call.config['scale'] ?? 1))]);
  return node('Add', [scaled, factorOf(writer, 'offset', along(call.config['offset'] ?? 0))]);
}

function normalization(writer: LayerWriter, x: string): string {
  const { node, call } = writer;
  const given = call.config['mean'];
  const mean = given === null || given === undefined ? Array.from(writer.weight().data) : along(given);
  const variance = given === null || given === undefined ? Array.from(writer.weight().data) : along(call.config['variance']);
  const deviation = variance.map((value) => Math.max(Math.sqrt(value), 1e-7));
  return node('Div', [node('Sub', [x, factorOf(writer, 'mean', mean)]), factorOf(writer, 'deviation', deviation)]);
}

function dot(writer: LayerWriter): string {
  const { node, inputs, call } = writer;
  const [x = '', y = ''] = inputs;
  if (call.config['normalize'] === true || writer.rank !== 3) throw new Refusal('It is known for two sequences that are not normalised.');
  const [a = 2, b = a] = axesOf(call.config['axes'], 3);
  const turned = (value: string): string => node('Transpose', [value], { perm: [0, 2, 1] });
  return node('MatMul', [a === 2 ? x : turned(x), b === 1 ? y : turned(y)]);
}

/** The layer that comes with files of Hebb, for functions that Keras has no layer for. */
function ownFunction(writer: LayerWriter, x: string): string {
  const { node, scalar, number } = writer;
  const name = writer.text('function', '');
  switch (name) {
    case 'power':
      return node('Pow', [x, scalar(number('value', 1))]);
    case 'exp':
      return node('Exp', [x]);
    case 'log':
      return node('Log', [x]);
    case 'sin':
      return node('Sin', [x]);
    case 'cos':
      return node('Cos', [x]);
    case 'sign':
      return node('Sign', [x]);
    case 'greater':
      return node('Cast', [node('Greater', [x, scalar(number('value', 0))])], { to: 1 });
    default:
      throw new Refusal(`The function ${name} is not known.`);
  }
}

function timeDistributed(writer: LayerWriter, x: string, isThird: boolean): string {
  const inner = settings(writer.call.config['layer']);
  const className = textOf(inner['class_name']);
  if (!['Dense', 'Activation', 'ReLU', 'LeakyReLU', 'Dropout'].includes(className))
    throw new Refusal(`It does a ${className} at each step.`);
  const config = settings(inner['config']);
  const own: LayerWriter = {
    ...writer,
    call: { ...writer.call, config },
    flag: (name, absent) => (typeof config[name] === 'boolean' ? config[name] : absent),
    number: (name, absent) => (typeof config[name] === 'number' ? config[name] : absent),
  };
  return kerasLayers.get(className)?.(own, x, isThird) ?? x;
}

/** Layers that change samples while training alone. */
const augmenting = ['RandomFlip', 'RandomRotation', 'RandomZoom', 'RandomTranslation', 'RandomContrast', 'RandomBrightness', 'RandomCrop'];

const merged =
  (operator: string): KerasConverter =>
  ({ node, inputs }) =>
    operator === 'Mul' || operator === 'Sub'
      ? inputs.slice(1).reduce((first, second) => node(operator, [first, second]), inputs[0] ?? '')
      : node(operator, inputs);

const dropped =
  (operator: 'Dropout' | 'SpatialDropout'): KerasConverter =>
  ({ node, number, call }, x) => {
    const whole = operator === 'SpatialDropout' || list(call.config['noise_shape']).length > 0;
    return node(whole ? 'SpatialDropout' : 'Dropout', [x], { ratio: { float: number('rate', 0.5) } });
  };

function embedding(writer: LayerWriter, x: string): string {
  if (writer.flag('mask_zero', false)) throw new Refusal('It hides the token 0 from the layers behind (mask_zero).');
  const { shape, data } = writer.weight();
  return writer.node('Gather', [writer.array('kernel', shape, data), x]);
}

export const kerasLayers: ReadonlyMap<string, KerasConverter> = new Map<string, KerasConverter>([
  ['Dense', activatedBy(dense)],
  [
    'EinsumDense',
    () => {
      throw new Refusal('It multiplies by an equation of its own.');
    },
  ],
  ['Activation', (writer, x, isThird) => activated(writer, x, activationName(writer.call.config['activation']), isThird)],
  ['ReLU', relu],
  ['LeakyReLU', ({ node, number }, x) => node('LeakyRelu', [x], { alpha: { float: number('negative_slope', number('alpha', 0.3)) } })],
  ['PReLU', parametricRelu],
  ['ELU', ({ node, number }, x) => node('Elu', [x], { alpha: { float: number('alpha', 1) } })],
  ['Softmax', ({ node, rank, call }, x) => node('Softmax', [x], { axis: axesOf(call.config['axis'], rank)[0] ?? -1 })],
  ['Dropout', dropped('Dropout')],
  ['SpatialDropout1D', dropped('SpatialDropout')],
  ['SpatialDropout2D', dropped('SpatialDropout')],
  ['GaussianNoise', ({ node, number }, x) => node('GaussianNoise', [x], { deviation: { float: number('stddev', 0) } })],
  [
    'GaussianDropout',
    ({ node, number, approximate }, x) => {
      approximate('It multiplies by normal noise while training; Dropout takes its place. In evaluation both do nothing.');
      return node('Dropout', [x], { ratio: { float: number('rate', 0.5) } });
    },
  ],
  ['Flatten', ({ node }, x) => node('Flatten', [x])],
  ['Reshape', ({ node, whole, call }, x) => node('Reshape', [x, whole([0, ...list(call.config['target_shape']).map(Number)])])],
  ['Permute', ({ node, call }, x) => node('Transpose', [x], { perm: [0, ...list(call.config['dims']).map(Number)] })],
  ['ZeroPadding1D', (writer, x) => zeroPadding(writer, x, 1)],
  ['ZeroPadding2D', (writer, x) => zeroPadding(writer, x, 2)],
  ['Cropping1D', (writer, x) => cropping(writer, x, 1)],
  ['Cropping2D', (writer, x) => cropping(writer, x, 2)],
  ['UpSampling1D', (writer, x) => upsampling(writer, x, 1)],
  ['UpSampling2D', (writer, x) => upsampling(writer, x, 2)],
  ['Conv1D', activatedBy((writer, x) => convolution(writer, x, 1))],
  ['Conv2D', activatedBy((writer, x) => convolution(writer, x, 2))],
  ['Conv1DTranspose', activatedBy((writer, x) => transposedConvolution(writer, x, 1))],
  ['Conv2DTranspose', activatedBy((writer, x) => transposedConvolution(writer, x, 2))],
  ['DepthwiseConv1D', activatedBy((writer, x) => depthwise(writer, x, 1))],
  ['DepthwiseConv2D', activatedBy((writer, x) => depthwise(writer, x, 2))],
  ['SeparableConv1D', activatedBy((writer, x) => separable(writer, x, 1))],
  ['SeparableConv2D', activatedBy((writer, x) => separable(writer, x, 2))],
  ['MaxPooling1D', (writer, x) => pool(writer, x, 1, 'MaxPool')],
  ['MaxPooling2D', (writer, x) => pool(writer, x, 2, 'MaxPool')],
  ['AveragePooling1D', (writer, x) => pool(writer, x, 1, 'AveragePool')],
  ['AveragePooling2D', (writer, x) => pool(writer, x, 2, 'AveragePool')],
  ['GlobalAveragePooling1D', (writer, x) => globalPool(writer, x, 1, 'ReduceMean')],
  ['GlobalAveragePooling2D', (writer, x) => globalPool(writer, x, 2, 'ReduceMean')],
  ['GlobalMaxPooling1D', (writer, x) => globalPool(writer, x, 1, 'ReduceMax')],
  ['GlobalMaxPooling2D', (writer, x) => globalPool(writer, x, 2, 'ReduceMax')],
  ['BatchNormalization', batchNorm],
  ['LayerNormalization', layerNorm],
  ['GroupNormalization', groupNorm],
  ['Embedding', embedding],
  ...['LSTM', 'GRU', 'SimpleRNN'].map((className): [string, KerasConverter] => [
    className,
    (writer, x) => recurrent(writer, x, className, writer.call.config, 1),
  ]),
  ['Bidirectional', bidirectional],
  ['TimeDistributed', timeDistributed],
  ['MultiHeadAttention', (writer) => attention(writer, writer.inputs)],
  ['Add', merged('Sum')],
  ['Subtract', merged('Sub')],
  ['Multiply', merged('Mul')],
  ['Average', merged('Mean')],
  ['Maximum', merged('Max')],
  ['Minimum', merged('Min')],
  ['Concatenate', ({ node, inputs, rank, call }) => node('Concat', inputs, { axis: axesOf(call.config['axis'], rank)[0] ?? -1 })],
  ['Dot', dot],
  ['Rescaling', rescaling],
  ['Normalization', normalization],
  ['HebbFunction', ownFunction],
  ['Hebb>Function', ownFunction],
  ...augmenting.map((className): [string, KerasConverter] => [
    className,
    ({ node, approximate }, x) => {
      approximate('It changes samples while training; here the training settings say how. In evaluation it does nothing.');
      return node('Identity', [x]);
    },
  ]),
  [
    'Masking',
    () => {
      throw new Refusal('It hides steps from the layers behind.');
    },
  ],
  [
    'Lambda',
    () => {
      throw new Refusal('It holds a program, which is not run.');
    },
  ],
]);
