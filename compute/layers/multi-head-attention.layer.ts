/** Multi-head attention (Vaswani et al., 2017) with the weights of PyTorch's MultiheadAttention. */
import { failure, success } from '../graph/problem';
import { formatShape, sameShape, type Tensor } from '../graph/tensor';
import { add } from '../ops/add.op';
import { constant } from '../ops/constant.op';
import { broadcastTo } from '../ops/elementwise';
import { greater } from '../ops/greater.op';
import { iota } from '../ops/iota.op';
import { matrixProduct } from '../ops/matrix-product.op';
import { multiply } from '../ops/multiply.op';
import { permute } from '../ops/permute.op';
import { reshape } from '../ops/reshape.op';
import { select } from '../ops/select.op';
import { sliceAxis } from '../ops/slice.op';
import { softmax } from '../ops/softmax';
import { inputOf, weightOf } from './arguments';
import { onnxConstant, onnxIntegers } from './elementwise-layer';
import { kerasAttention } from './keras-attention';
import { defineLayer, type OnnxNode } from './layer';
import { sequenceOf } from './recurrent-layer';

const label = 'Multi-head attention';

/** What a position may not look at gets this score: softmax makes 0 of it in f32 and in f64. */
const UNSEEN = -1e30;

/** `count` projections of [N, T, E] by rows of the weight from `first` on, as [count, N · heads, T, E / heads]. */
function project(input: Tensor, weight: Tensor, bias: Tensor, first: number, count: number, heads: number): Tensor {
  const [batch = 1, steps = 1, features = 1] = input.shape;
  const rows = count * features;
  const part = (tensor: Tensor): Tensor => sliceAxis(tensor, 0, first * features, rows);
  const product = matrixProduct(reshape(input, [batch * steps, features]), part(weight), { transposeB: true });
  const separate = reshape(add(product, part(bias)), [batch, steps, count, heads, features / heads]);
  return reshape(permute(separate, [2, 0, 3, 1, 4]), [count, batch * heads, steps, features / heads]);
}

const at = (stack: Tensor, position: number): Tensor => reshape(sliceAxis(stack, 0, position, 1), stack.shape.slice(1));

/** Scores [.., T, S] in which no position sees a later one; the last position of both is the same. */
function hideLater(scores: Tensor): Tensor {
  const [, steps = 1, seen = 1] = scores.shape;
  const shape = [steps, seen];
  const later = greater(iota(shape, 1), add(iota(shape, 0), constant(seen - steps, shape, 'i32')));
  return select(broadcastTo(later, scores.shape), constant(UNSEEN, scores.shape), scores);
}

export const layer = defineLayer({
  kind: 'multi-head-attention',
  version: 1,
  label,
  group: 'attention',
  help: 'Lets each step of a sequence look at all others and take from those that fit. A second input, if there is one, is what the first looks at.',
  formula: 'y = W₀ [head₁ … headₕ] + b₀, headᵢ = softmax(Q Kᵀ / √d) V with Q = Wq x + bq, K = Wk x + bk, V = Wv x + bv',
  parameters: {
    heads: {
      type: 'integer',
      label: 'Heads',
      help: 'So many look at once, each at its share of the features. It must divide their number.',
      default: 4,
      minimum: 1,
      maximum: 1024,
    },
    causal: {
      type: 'boolean',
      label: 'Causal',
      help: 'No step sees a later one: for networks that predict what comes next.',
      default: false,
    },
  },
  inputs: { minimum: 1, maximum: 2 },
  shape: (inputs, { heads }) => {
    const sequence = sequenceOf(label, inputs);
    if (!sequence.ok) return sequence;
    const { steps, features } = sequence.value;
    const [first = [], second = first] = inputs;
    if (!sameShape(second.slice(1), [features])) {
      return failure('network.attention-features', { layer: label, first: formatShape(first), second: formatShape(second) });
    }
    return features % heads === 0
      ? success([steps, features])
      : failure('network.heads', { layer: label, features, heads }, { parameter: 'heads' });
  },
  weights: ([input = []]) => {
    const [, features = 1] = input;
    return [
      {
        name: 'in_proj_weight',
        shape: [3 * features, features],
        role: 'parameter',
        initializer: { kind: 'xavier-uniform', fanIn: features, fanOut: 3 * features },
      },
      { name: 'in_proj_bias', shape: [3 * features], role: 'parameter', initializer: { kind: 'zeros' } },
      {
        name: 'out_proj.weight',
        shape: [features, features],
        role: 'parameter',
        initializer: { kind: 'uniform', bound: 1 / Math.sqrt(features) },
      },
      { name: 'out_proj.bias', shape: [features], role: 'parameter', initializer: { kind: 'zeros' } },
    ];
  },
  forward: ({ weights }, inputs, { heads, causal }) => {
    const input = inputOf(inputs);
    const [, memory = input] = inputs;
    const [batch = 1, steps = 1, features = 1] = input.shape;
    const weight = weightOf(weights, 'in_proj_weight');
    const bias = weightOf(weights, 'in_proj_bias');
    // One product for all three where the sequence looks at itself.
    const all = memory === input ? project(input, weight, bias, 0, 3, heads) : null;
    const query = all === null ? at(project(input, weight, bias, 0, 1, heads), 0) : at(all, 0);
    const others = all ?? project(memory, weight, bias, 1, 2, heads);
    const key = at(others, all === null ? 0 : 1);
    const value = at(others, all === null ? 1 : 2);
    const scores = multiply(matrixProduct(query, key, { transposeB: true }), 1 / Math.sqrt(features / heads));
    const seen = matrixProduct(softmax(causal ? hideLater(scores) : scores), value);
    const together = permute(reshape(seen, [batch, heads, steps, features / heads]), [0, 2, 1, 3]);
    const rows = reshape(together, [batch * steps, features]);
    const product = matrixProduct(rows, weightOf(weights, 'out_proj.weight'), { transposeB: true });
    return { output: reshape(add(product, weightOf(weights, 'out_proj.bias')), [batch, steps, features]) };
  },
  onnx: ({ inputs, output, weights, inputShapes }, { heads, causal }) => {
    const name = (part: string): string => `${output}/${part}`;
    const node = (
      operator: string,
      taken: readonly string[],
      given: readonly string[],
      attributes: OnnxNode['attributes'] = {},
    ): OnnxNode => ({
      operator,
      inputs: taken,
      outputs: given,
      attributes,
    });
    const [steps = 1, features = 1] = inputShapes[0] ?? [];
    const [seen = steps] = inputShapes[1] ?? [];
    const parts = ['query', 'key', 'value'];
    /** Each part as [N, heads, …]: the keys with their axes exchanged for the product. */
    const projected = parts.flatMap((part, position) => [
      node('Transpose', [name(`${part}/weight`)], [name(`${part}/turned`)], { perm: [1, 0] }),
      node(
        'MatMul',
        [position === 0 ? inputOf(inputs) : (inputs[1] ?? inputOf(inputs)), name(`${part}/turned`)],
        [name(`${part}/product`)],
      ),
      node('Add', [name(`${part}/product`), name(`${part}/bias`)], [name(`${part}/sum`)]),
      node('Reshape', [name(`${part}/sum`), name('separate')], [name(`${part}/separate`)]),
      node('Transpose', [name(`${part}/separate`)], [name(part)], { perm: position === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3] }),
    ]);
    const mask = Array.from({ length: steps * seen }, (_, place) => (place % seen > Math.floor(place / seen) + seen - steps ? UNSEEN : 0));
    return [
      onnxIntegers(name('separate'), [0, 0, heads, features / heads]),
      onnxIntegers(name('joined'), [0, 0, features]),
      onnxConstant(name('scale'), 1 / Math.sqrt(features / heads)),
      node(
        'Split',
        [weightOf(weights, 'in_proj_weight')],
        parts.map((part) => name(`${part}/weight`)),
        { axis: 0 },
      ),
      node(
        'Split',
        [weightOf(weights, 'in_proj_bias')],
        parts.map((part) => name(`${part}/bias`)),
        { axis: 0 },
      ),
      ...projected,
      node('MatMul', [name('query'), name('key')], [name('raw')]),
      node('Mul', [name('raw'), name('scale')], [name('scores')]),
      ...(causal
        ? [
            onnxConstant(name('mask/flat'), mask),
            onnxIntegers(name('mask/shape'), [steps, seen]),
            node('Reshape', [name('mask/flat'), name('mask/shape')], [name('mask')]),
            node('Add', [name('scores'), name('mask')], [name('masked')]),
          ]
        : []),
      node('Softmax', [name(causal ? 'masked' : 'scores')], [name('shares')], { axis: -1 }),
      node('MatMul', [name('shares'), name('value')], [name('heads')]),
      node('Transpose', [name('heads')], [name('heads/turned')], { perm: [0, 2, 1, 3] }),
      node('Reshape', [name('heads/turned'), name('joined')], [name('heads/joined')]),
      node('Transpose', [weightOf(weights, 'out_proj.weight')], [name('out/turned')], { perm: [1, 0] }),
      node('MatMul', [name('heads/joined'), name('out/turned')], [name('out/product')]),
      node('Add', [name('out/product'), weightOf(weights, 'out_proj.bias')], [output]),
    ];
  },
  keras: (context, parameters) => kerasAttention(context, parameters),
  pytorch: ([input = [], memory = input], { heads, causal }) => ({
    module: `nn.MultiheadAttention(${String(input[1])}, ${String(heads)}, batch_first=True)`,
    call: (self, inputs) => {
      const seen = inputs[1] ?? inputOf(inputs);
      const sizes = `${String(input[0])}, ${String(memory[0])}`;
      const mask = causal
        ? `, attn_mask=torch.ones(${sizes}, dtype=torch.bool, device=${seen}.device).triu(${String(1 + (memory[0] ?? 1) - (input[0] ?? 1))})`
        : '';
      return `${self}(${inputOf(inputs)}, ${seen}, ${seen}, need_weights=False${mask})[0]`;
    },
  }),
  samples: [
    { name: 'two heads', inputShapes: [[3, 4]], parameters: { heads: 2, causal: false } },
    { name: 'causal', inputShapes: [[4, 3]], parameters: { heads: 1, causal: true } },
    {
      name: 'another sequence',
      inputShapes: [
        [2, 4],
        [3, 4],
      ],
      parameters: { heads: 2, causal: false },
    },
    {
      name: 'another sequence, causal',
      inputShapes: [
        [2, 2],
        [3, 2],
      ],
      parameters: { heads: 1, causal: true },
      batch: 2,
    },
    { name: 'one step', inputShapes: [[1, 2]], parameters: { heads: 2, causal: true }, batch: 1 },
  ],
});
