/** What the recurrent layers share: their settings, shapes, weights (PyTorch's names), forward pass and exports. */
import { failure, success, type Outcome } from '../graph/problem';
import { formatShape, type Shape, type Tensor } from '../graph/tensor';
import { add } from '../ops/add.op';
import { concatenate } from '../ops/concatenate';
import { matrixProduct } from '../ops/matrix-product.op';
import { permute } from '../ops/permute.op';
import { reshape } from '../ops/reshape.op';
import { sliceAxis } from '../ops/slice.op';
import { inputOf, weightOf } from './arguments';
import { onnxIntegers } from './elementwise-layer';
import type { OnnxContext, OnnxNode, WeightSpecification } from './layer';

export const recurrentParameters = {
  units: {
    type: 'integer',
    label: 'Units',
    help: 'How many numbers it remembers, and gives of each step.',
    default: 128,
    minimum: 1,
    maximum: 1024,
  },
  output: {
    type: 'choice',
    label: 'Output',
    help: 'The whole sequence, for a layer behind that looks at every step; or what is left at the end, for one answer about the whole.',
    default: 'sequence',
    options: [
      { value: 'sequence', label: 'Whole sequence' },
      { value: 'last', label: 'Last step' },
    ],
  },
  bidirectional: {
    type: 'boolean',
    label: 'Both directions',
    help: 'A second set of units reads from the end to the beginning; what both give stands side by side.',
    default: false,
  },
} as const;

export interface RecurrentSettings {
  readonly units: number;
  readonly output: string;
  readonly bidirectional: boolean;
}

interface Sequence {
  readonly steps: number;
  readonly features: number;
}

/** A sequence of steps × features. Problem: `network.sequence-expected`. */
export const sequenceOf = (layer: string, [input = []]: readonly Shape[]): Outcome<Sequence> =>
  input.length === 2
    ? success({ steps: input[0] ?? 1, features: input[1] ?? 1 })
    : failure('network.sequence-expected', { layer, actual: formatShape(input) });

export function recurrentShape(
  layer: string,
  inputs: readonly Shape[],
  { units, output, bidirectional }: RecurrentSettings,
): Outcome<Shape> {
  const sequence = sequenceOf(layer, inputs);
  if (!sequence.ok) return sequence;
  const features = bidirectional ? 2 * units : units;
  return success(output === 'last' ? [features] : [sequence.value.steps, features]);
}

const suffixes = (bidirectional: boolean): readonly string[] => (bidirectional ? ['', '_reverse'] : ['']);

/** Input and recurrent weights and their biases, for each direction; uniform in ±1/√units as in PyTorch. */
export function recurrentWeights(
  gates: number,
  [input = []]: readonly Shape[],
  { units, bidirectional }: RecurrentSettings,
): WeightSpecification[] {
  const [, features = 1] = input;
  const initializer = { kind: 'uniform', bound: 1 / Math.sqrt(units) } as const;
  return suffixes(bidirectional).flatMap((suffix) =>
    (
      [
        ['weight_ih_l0', [gates * units, features]],
        ['weight_hh_l0', [gates * units, units]],
        ['bias_ih_l0', [gates * units]],
        ['bias_hh_l0', [gates * units]],
      ] as const
    ).map(([name, shape]): WeightSpecification => ({ name: `${name}${suffix}`, shape, role: 'parameter', initializer })),
  );
}

/** Hidden values [N, T, H] from projections of the input, recurrent weights and their bias. */
type Walk = (projected: Tensor, weight: Tensor, bias: Tensor, reverse: boolean) => Tensor;

/** The input's products for all steps at once, then the walk through the steps in each direction. */
export function recurrentForward(
  walk: Walk,
  weights: Readonly<Record<string, Tensor>>,
  inputs: readonly Tensor[],
  { output, bidirectional }: RecurrentSettings,
): Tensor {
  const input = inputOf(inputs);
  const [batch = 1, steps = 1, features = 1] = input.shape;
  const flat = reshape(input, [batch * steps, features]);
  const directions = suffixes(bidirectional).map((suffix, direction) => {
    const product = matrixProduct(flat, weightOf(weights, `weight_ih_l0${suffix}`), { transposeB: true });
    const projected = reshape(add(product, weightOf(weights, `bias_ih_l0${suffix}`)), [batch, steps, -1]);
    const recurrent = permute(weightOf(weights, `weight_hh_l0${suffix}`), [1, 0]);
    const hidden = walk(projected, recurrent, weightOf(weights, `bias_hh_l0${suffix}`), direction === 1);
    if (output !== 'last') return hidden;
    // The second direction ends at the first step.
    return reshape(sliceAxis(hidden, 1, direction === 1 ? 0 : steps - 1, 1), [batch, -1]);
  });
  return directions.length === 1 ? inputOf(directions) : concatenate(directions, output === 'last' ? 1 : 2);
}

/** ONNX's operator with its weights stacked by direction and its gates in its own order, of which `order` names PyTorch's. */
export function recurrentOnnx(
  operator: 'RNN' | 'GRU' | 'LSTM',
  order: readonly number[],
  attributes: OnnxNode['attributes'],
  { inputs, output, weights }: OnnxContext,
  { units, output: wanted, bidirectional }: RecurrentSettings,
): OnnxNode[] {
  const name = (part: string): string => `${output}/${part}`;
  const node = (kind: string, taken: readonly string[], given: readonly string[], more: OnnxNode['attributes'] = {}): OnnxNode => ({
    operator: kind,
    inputs: taken,
    outputs: given,
    attributes: more,
  });
  /** One gate after another in ONNX's order. */
  const reordered = (weight: string): { readonly nodes: readonly OnnxNode[]; readonly result: string } => {
    const tensor = weightOf(weights, weight);
    if (order.length === 1) return { nodes: [], result: tensor };
    const gates = order.map((_, gate) => name(`${weight}/gate${String(gate)}`));
    return {
      nodes: [
        node('Split', [tensor], gates, { axis: 0 }),
        node(
          'Concat',
          order.map((gate) => gates[gate] ?? ''),
          [name(`${weight}/ordered`)],
          { axis: 0 },
        ),
      ],
      result: name(`${weight}/ordered`),
    };
  };
  const nodes: OnnxNode[] = [onnxIntegers(name('first-axis'), [0]), onnxIntegers(name('joined'), wanted === 'last' ? [0, -1] : [0, 0, -1])];
  /** [directions, …] of the weights of that kind; biases of input and recurrence side by side. */
  const stacked = (kinds: readonly string[], title: string): string => {
    const directions = suffixes(bidirectional).map((suffix) => {
      const parts = kinds.map((kind) => reordered(`${kind}${suffix}`));
      nodes.push(...parts.flatMap((part) => part.nodes));
      const joined = parts.length === 1 ? (parts[0]?.result ?? '') : name(`${title}${suffix}`);
      if (parts.length > 1)
        nodes.push(
          node(
            'Concat',
            parts.map(({ result }) => result),
            [joined],
            { axis: 0 },
          ),
        );
      nodes.push(node('Unsqueeze', [joined, name('first-axis')], [name(`${title}${suffix}/direction`)]));
      return name(`${title}${suffix}/direction`);
    });
    if (directions.length === 1) return directions[0] ?? '';
    nodes.push(node('Concat', directions, [name(`${title}/both`)], { axis: 0 }));
    return name(`${title}/both`);
  };
  const taken = [
    name('steps-first'),
    stacked(['weight_ih_l0'], 'W'),
    stacked(['weight_hh_l0'], 'R'),
    stacked(['bias_ih_l0', 'bias_hh_l0'], 'B'),
  ];
  const direction = bidirectional ? 'bidirectional' : 'forward';
  return [
    ...nodes,
    node('Transpose', inputs, [name('steps-first')], { perm: [1, 0, 2] }),
    node(operator, taken, [name('all'), name('end')], { ...attributes, hidden_size: units, direction }),
    // All steps are [T, directions, N, H], the end is [directions, N, H].
    node('Transpose', [name(wanted === 'last' ? 'end' : 'all')], [name('batch-first')], {
      perm: wanted === 'last' ? [1, 0, 2] : [2, 0, 1, 3],
    }),
    node('Reshape', [name('batch-first'), name('joined')], [output]),
  ];
}

export const recurrentPytorch = (
  module: string,
  [input = []]: readonly Shape[],
  { units, output, bidirectional }: RecurrentSettings,
  more = '',
) => ({
  module: `${module}(${String(input[1])}, ${String(units)}, batch_first=True${bidirectional ? ', bidirectional=True' : ''}${more})`,
  call: (self: string, inputs: readonly string[]) => {
    const result = `${self}(${inputs.join(', ')})`;
    const end = module === 'nn.LSTM' ? `${result}[1][0]` : `${result}[1]`;
    return output === 'last' ? `${end}.transpose(0, 1).flatten(1)` : `${result}[0]`;
  },
});
