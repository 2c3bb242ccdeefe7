/** Keras's recurrent layers and its attention. */
import type { Shape } from '../../../../compute/graph/tensor';
import { Refusal } from '../../models/imported-model';
import { activationName } from './activations';
import type { Hdf5Array } from '../../hdf5/hdf5';
import { settings, textOf, type KerasSettings } from './keras-model';
import { turnedArray, type LayerWriter } from './onnx-writing';

/** Where each of ONNX's gates stands in the order of Keras. */
const cells: Readonly<Record<string, { readonly operator: string; readonly gates: readonly number[] }>> = {
  LSTM: { operator: 'LSTM', gates: [0, 3, 1, 2] },
  GRU: { operator: 'GRU', gates: [0, 1, 2] },
  SimpleRNN: { operator: 'RNN', gates: [0] },
};

/** Columns of gates as rows in another order. */
function gateRows(stored: Hdf5Array, gates: readonly number[]): Float32Array {
  const { shape, data } = turnedArray(stored, [1, 0]);
  const rows = (shape[0] ?? 1) / gates.length;
  const width = shape[1] ?? 1;
  const result = new Float32Array(data.length);
  for (const [place, gate] of gates.entries())
    result.set(data.subarray(gate * rows * width, (gate + 1) * rows * width), place * rows * width);
  return result;
}

const reordered = (data: Float32Array, gates: readonly number[]): Float32Array => {
  const units = data.length / gates.length;
  const result = new Float32Array(data.length);
  for (const [place, gate] of gates.entries()) result.set(data.subarray(gate * units, (gate + 1) * units), place * units);
  return result;
};

export function recurrent(writer: LayerWriter, value: string, className: string, config: KerasSettings, directions: 1 | 2): string {
  const cell = Object.hasOwn(cells, className) ? cells[className] : undefined;
  if (cell === undefined) throw new Refusal(`It wraps a ${className}.`);
  const { operator, gates } = cell;
  const units = Number(config['units']);
  const biased = config['use_bias'] !== false;
  const refuse = (reason: string): never => {
    throw new Refusal(reason);
  };
  if (config['go_backwards'] === true) refuse('It reads from the end to the beginning.');
  if (config['return_state'] === true) refuse('It gives its state too.');
  const activation = activationName(config['activation'] ?? 'tanh');
  if (activation !== 'tanh' && !(className === 'SimpleRNN' && activation === 'relu')) refuse(`Its activation is ${activation}.`);
  if (className !== 'SimpleRNN' && activationName(config['recurrent_activation'] ?? 'sigmoid') !== 'sigmoid')
    refuse(`Its gates are of ${activationName(config['recurrent_activation'])}.`);
  if (className === 'GRU' && config['reset_after'] === false)
    refuse('It resets before its product (reset_after = False); the layer does so behind it, as PyTorch.');
  const inputs: Float32Array[] = [];
  const recurrents: Float32Array[] = [];
  const biases: Float32Array[] = [];
  let features = 1;
  const total = gates.length * units;
  /** The next array, which `units` alone must not make large. */
  const weight = (fits: (shape: Shape) => boolean): Hdf5Array => {
    const array = writer.weight();
    if (!fits(array.shape)) throw new Refusal(`Its weights of ${array.shape.join(' × ')} are not those of ${String(units)} units.`);
    return array;
  };
  for (let direction = 0; direction < directions; direction++) {
    const kernel = weight((shape) => shape.length === 2 && shape[1] === total);
    features = kernel.shape[0] ?? 1;
    inputs.push(gateRows(kernel, gates));
    recurrents.push(
      gateRows(
        weight((shape) => shape.length === 2 && shape[0] === units && shape[1] === total),
        gates,
      ),
    );
    if (!biased) biases.push(new Float32Array(2 * total));
    else {
      const { data } = weight((shape) => shape.at(-1) === total && shape.length <= 2 && (shape[0] === 2 || shape.length === 1));
      const both = new Float32Array(2 * total);
      both.set(reordered(data.subarray(0, total), gates));
      if (data.length === 2 * total) both.set(reordered(data.subarray(total), gates), total);
      biases.push(both);
    }
  }
  const joined = (parts: readonly Float32Array[]): Float32Array => {
    const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((offset, part) => {
      all.set(part, offset);
      return offset + part.length;
    }, 0);
    return all;
  };
  const rows = gates.length * units;
  const sequences = config['return_sequences'] === true;
  const last = writer.node(
    operator,
    [
      writer.node('Transpose', [value], { perm: [1, 0, 2] }),
      writer.array('kernel', [directions, rows, features], joined(inputs)),
      writer.array('recurrent_kernel', [directions, rows, units], joined(recurrents)),
      writer.array('bias', [directions, 2 * rows], joined(biases)),
    ],
    {
      hidden_size: units,
      direction: directions === 2 ? 'bidirectional' : 'forward',
      ...(className === 'GRU' ? { linear_before_reset: 1 } : {}),
      ...(activation === 'relu' ? { activations: { texts: Array.from({ length: directions }, () => 'Relu') } } : {}),
    },
    sequences ? 1 : 2,
  );
  return sequences
    ? writer.node('Reshape', [writer.node('Transpose', [last], { perm: [2, 0, 1, 3] }), writer.whole([0, 0, -1])])
    : writer.node('Reshape', [writer.node('Transpose', [last], { perm: [1, 0, 2] }), writer.whole([0, -1])]);
}

export function bidirectional(writer: LayerWriter, value: string): string {
  const { config } = writer.call;
  const merge = textOf(config['merge_mode']);
  if (merge !== 'concat') throw new Refusal(`It puts its directions together by ${merge === '' ? 'leaving them apart' : merge}.`);
  const inner = settings(config['layer']);
  return recurrent(writer, value, textOf(inner['class_name']), settings(inner['config']), 2);
}

/** Keras's MultiHeadAttention: [features, heads, size] weights for queries, keys and values, [heads, size, features] behind. */
export function attention(writer: LayerWriter, [query = '', value = query, key = value]: readonly string[]): string {
  const { node, whole, array, flag, call } = writer;
  const biased = flag('use_bias', true);
  const project = (from: string, part: string): { readonly result: string; readonly size: number; readonly heads: number } => {
    const { shape, data } = writer.weight();
    const [features = 1, heads = 1, size = 1] = shape;
    const product = node('MatMul', [from, array(`${part}/kernel`, [features, heads * size], data)]);
    const sum = biased ? node('Add', [product, array(`${part}/bias`, [heads * size], writer.weight().data)]) : product;
    return { result: node('Transpose', [node('Reshape', [sum, whole([0, 0, heads, size])])], { perm: [0, 2, 1, 3] }), size, heads };
  };
  const q = project(query, 'query');
  const k = project(key, 'key');
  const v = project(value, 'value');
  if (call.named['use_causal_mask'] === true)
    throw new Refusal('It masks later steps by a setting of its call: the length of the sequence decides.');
  const scores = node('Mul', [
    node('MatMul', [q.result, node('Transpose', [k.result], { perm: [0, 1, 3, 2] })]),
    writer.scalar(1 / Math.sqrt(q.size)),
  ]);
  const mixed = node('MatMul', [node('Softmax', [scores], { axis: -1 }), v.result]);
  const joined = node('Reshape', [node('Transpose', [mixed], { perm: [0, 2, 1, 3] }), whole([0, 0, v.heads * v.size])]);
  const { shape, data } = writer.weight();
  const output = node('MatMul', [joined, array('attention_output/kernel', [v.heads * v.size, shape.at(-1) ?? 1], data)]);
  if (!biased) return output;
  const bias = writer.weight();
  return node('Add', [output, array('attention_output/bias', bias.shape, bias.data)]);
}
