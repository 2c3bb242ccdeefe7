/** Keras's recurrent layers as ONNX's: gates in another order, matrices turned, steps first. */
import type { Shape } from '../../../compute/graph/tensor';
import type { ReadArray, ReadLayer } from './model-reading';
import type { OnnxWriter } from './onnx-writer';

/** ONNX's operator, and Keras's gates in its order: i o f c of i f c o, z r h of z r h. */
const operators: Readonly<Record<string, { readonly operator: string; readonly order: readonly number[] }>> = {
  SimpleRNN: { operator: 'RNN', order: [0] },
  GRU: { operator: 'GRU', order: [0, 1, 2] },
  LSTM: { operator: 'LSTM', order: [0, 3, 1, 2] },
};

/** [rows, gates · units] as [gates · units, rows], the gates in ONNX's order. */
function turned({ shape: [rows = 1, columns = 1], data }: ReadArray, order: readonly number[]): Float32Array {
  const units = columns / order.length;
  const result = new Float32Array(data.length);
  order.forEach((gate, place) => {
    for (let unit = 0; unit < units; unit++)
      for (let row = 0; row < rows; row++) result[(place * units + unit) * rows + row] = data[row * columns + gate * units + unit] ?? 0;
  });
  return result;
}

const joined = (parts: readonly Float32Array[]): Float32Array => Float32Array.from(parts.flatMap((part) => [...part]));

type Settings = ReadLayer['config'];

const record = (value: unknown): Settings => (typeof value === 'object' && value !== null ? { ...value } : {});
const classIn = (config: Settings): string => String(record(config['layer'])['class_name']);

/** The settings of the layer that a wrapper holds; null where there is none. */
export const innerOf = (config: Settings): Settings | null =>
  config['layer'] === undefined ? null : record(record(config['layer'])['config']);

export function recurrentNodes(
  write: OnnxWriter,
  { className, config, weights }: Pick<ReadLayer, 'className' | 'config' | 'weights'>,
  x: string,
): string {
  const isBoth = className === 'Bidirectional';
  const kind = isBoth ? classIn(config) : className;
  const settings = innerOf(config) ?? config;
  const found = operators[kind];
  if (found === undefined) throw new TypeError(`a ${kind} is not known here`);
  const { operator, order } = found;
  const directions = isBoth ? [weights.slice(0, 3), weights.slice(3)] : [weights];
  const units = Number(settings['units']);
  const size = order.length * units;
  const stacked = (shape: Shape, parts: readonly Float32Array[]): string => write.array([directions.length, ...shape], joined(parts));
  const part = (direction: readonly ReadArray[], place: number): ReadArray => {
    const array = direction[place];
    if (array === undefined) throw new TypeError('a recurrent layer lacks a weight');
    return array;
  };
  const features = part(weights, 0).shape[0] ?? 1;
  const biases = directions.map((direction) => {
    const bias = part(direction, 2);
    // The GRU has one for the input and one for the recurrence; the others have them together.
    if (bias.shape.length === 2) {
      const half = bias.data.length / 2;
      const sides = [bias.data.slice(0, half), bias.data.slice(half)];
      return joined(sides.map((data) => turned({ shape: [1, half], data }, order)));
    }
    return joined([turned({ shape: [1, size], data: bias.data }, order), new Float32Array(size)]);
  });
  const activation = settings['activation'] === 'relu' ? 'Relu' : 'Tanh';
  const activations = operator === 'RNN' ? { activations: { strings: directions.map(() => activation) } } : {};
  const attributes = {
    ...activations,
    ...(operator === 'GRU' ? { linear_before_reset: 1 } : {}),
    hidden_size: units,
    direction: isBoth ? 'bidirectional' : 'forward',
  };
  const taken = [
    write.node('Transpose', [x], { perm: [1, 0, 2] }),
    stacked(
      [size, features],
      directions.map((direction) => turned(part(direction, 0), order)),
    ),
    stacked(
      [size, units],
      directions.map((direction) => turned(part(direction, 1), order)),
    ),
    stacked([2 * size], biases),
  ];
  // [T, directions, N, H]: by step, or each direction's last, which for the second is the first step.
  const all = write.node(operator, taken, attributes);
  const together = write.node('Reshape', [write.node('Transpose', [all], { perm: [2, 0, 1, 3] }), write.integers([0, 0, -1])]);
  if (settings['return_sequences'] === true) return together;
  const cut = (from: number, to: number, first: number, last: number): string =>
    write.node('Slice', [together, write.integers([from, first]), write.integers([to, last]), write.integers([1, 2])]);
  const forward = cut(-1, 2 ** 31 - 1, 0, units);
  const ends = isBoth ? write.node('Concat', [forward, cut(0, 1, units, 2 * units)], { axis: 2 }) : forward;
  return write.node('Flatten', [ends], { axis: 1 });
}
