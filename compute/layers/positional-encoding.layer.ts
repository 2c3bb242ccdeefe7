/** Adds to each step of a sequence numbers that tell its place: sines and cosines (Vaswani et al., 2017), or learned ones. */
import { success } from '../graph/problem';
import { add } from '../ops/add.op';
import { cast } from '../ops/cast.op';
import { exp } from '../ops/exp.op';
import { iota } from '../ops/iota.op';
import { multiply } from '../ops/multiply.op';
import { remainder } from '../ops/remainder.op';
import { equal } from '../ops/equal.op';
import { select } from '../ops/select.op';
import { cosine, sine } from '../ops/sine.op';
import { subtract } from '../ops/subtract.op';
import { inputOf, weightOf } from './arguments';
import { onnxConstant, onnxIntegers } from './elementwise-layer';
import { filled } from './keras';
import { kerasAffine } from './keras-parts';
import { defineLayer } from './layer';
import { sequenceOf } from './recurrent-layer';
import type { Tensor } from '../graph/tensor';

const label = 'Positional encoding';

/** Wavelengths go from 2π to 10,000 · 2π. */
const decay = (features: number): number => -Math.log(10_000) / features;

/** [T, F]: sines of falling frequency in the even columns, cosines of the same in the odd ones. */
function waves(steps: number, features: number): Tensor {
  const shape = [steps, features];
  const column = iota(shape, 1);
  const odd = remainder(column, 2);
  const frequency = exp(multiply(cast(subtract(column, odd), 'f32'), decay(features)));
  const angle = multiply(cast(iota(shape, 0), 'f32'), frequency);
  return select(equal(odd, 0), sine(angle), cosine(angle));
}

function waveAt(place: number, features: number): number {
  const [step, column] = [Math.floor(place / features), place % features];
  const angle = step * Math.exp((column - (column % 2)) * decay(features));
  return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
}

export const layer = defineLayer({
  kind: 'positional-encoding',
  version: 1,
  label,
  group: 'attention',
  help: 'Adds to each step of a sequence numbers that tell its place, which attention alone would not know.',
  formula: 'y = x + P, P[t, 2i] = sin(t / 10000^(2i/F)), P[t, 2i+1] = cos(t / 10000^(2i/F)), or P learned',
  parameters: {
    encoding: {
      type: 'choice',
      label: 'Encoding',
      help: 'Waves of many lengths, which need no training; or a row of numbers for each place, which is learned.',
      default: 'waves',
      options: [
        { value: 'waves', label: 'Waves' },
        { value: 'learned', label: 'Learned' },
      ],
    },
  },
  inputs: { minimum: 1, maximum: 1 },
  shape: (inputs) => {
    const sequence = sequenceOf(label, inputs);
    return sequence.ok ? success([sequence.value.steps, sequence.value.features]) : sequence;
  },
  // As small as the first weights of a transformer usually are: a standard deviation of 0.02.
  weights: ([input = []], { encoding }) =>
    encoding === 'learned'
      ? [{ name: 'weight', shape: input, role: 'parameter', initializer: { kind: 'uniform', bound: 0.02 * Math.sqrt(3) } }]
      : [],
  forward: ({ weights }, inputs, { encoding }) => {
    const input = inputOf(inputs);
    const [, steps = 1, features = 1] = input.shape;
    return { output: add(input, encoding === 'learned' ? weightOf(weights, 'weight') : waves(steps, features)) };
  },
  onnx: ({ inputs, output, weights, inputShapes }, { encoding }) => {
    const sum = (table: string) => ({ operator: 'Add', inputs: [...inputs, table], outputs: [output], attributes: {} });
    if (encoding === 'learned') return [sum(weightOf(weights, 'weight'))];
    const [steps = 1, features = 1] = inputShapes[0] ?? [];
    const table = Array.from({ length: steps * features }, (_, place) => waveAt(place, features));
    return [
      onnxConstant(`${output}/flat`, table),
      onnxIntegers(`${output}/shape`, [steps, features]),
      { operator: 'Reshape', inputs: [`${output}/flat`, `${output}/shape`], outputs: [`${output}/table`], attributes: {} },
      sum(`${output}/table`),
    ];
  },
  keras: (context, { encoding }) => {
    const [steps = 1, features = 1] = context.inputShapes[0] ?? [];
    const shift = encoding === 'learned' ? context.weight('weight') : filled([steps, features], (place) => waveAt(place, features));
    return kerasAffine(context, inputOf(context.inputs), 'all', { shift }, encoding === 'waves');
  },
  pytorch: ([input = []], { encoding }) => {
    const [steps, features] = [input[0] ?? 1, input[1] ?? 1];
    if (encoding === 'learned') {
      return {
        module: `nn.Embedding(${String(steps)}, ${String(features)})`,
        call: (self, inputs) => `${inputOf(inputs)} + ${self}.weight`,
      };
    }
    const columns = `torch.exp(torch.arange(0, ${String(features)}, 2, dtype=torch.float64) * ${String(decay(features))})`;
    const angles = `torch.arange(${String(steps)}, dtype=torch.float64)[:, None] * ${columns}`;
    const table = `(lambda p: torch.stack((torch.sin(p), torch.cos(p)), -1).flatten(1)[:, :${String(features)}])(${angles})`;
    return { call: (_self, inputs) => `${inputOf(inputs)} + ${table}.to(${inputOf(inputs)})` };
  },
  samples: [
    { name: 'waves', inputShapes: [[5, 4]], parameters: { encoding: 'waves' } },
    { name: 'waves of an odd number of features', inputShapes: [[40, 3]], parameters: { encoding: 'waves' }, batch: 1 },
    { name: 'learned', inputShapes: [[3, 4]], parameters: { encoding: 'learned' } },
  ],
});
