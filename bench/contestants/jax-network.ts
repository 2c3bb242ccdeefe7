/** The layers of our networks said in jax-js. Its arrays are moved: whatever is used twice is passed as `x.ref`. */
import { numpy as np, lax, nn, type Array as JaxArray } from '@jax-js/jax';
import type { NetworkNode } from '../../compute/layers/network';

export type JaxParameters = Record<string, JaxArray>;

interface LayerCall {
  readonly node: NetworkNode;
  /** A reference of one's own to a weight of the node. */
  readonly weight: (name: string) => JaxArray;
  readonly hasWeight: (name: string) => boolean;
}

const pair = (node: NetworkNode, name: string): [number, number] => {
  const [vertical = 0, horizontal = 0] = node.parameters[name] as readonly number[];
  return [vertical, horizontal];
};
const number = (node: NetworkNode, name: string): number => Number(node.parameters[name]);

function convolution({ node, weight, hasWeight }: LayerCall, x: JaxArray): JaxArray {
  const [vertical, horizontal] = pair(node, 'padding');
  const output = lax.convGeneralDilated(x, weight('weight'), pair(node, 'stride'), [
    [vertical, vertical],
    [horizontal, horizontal],
  ]);
  return hasWeight('bias') ? output.add(weight('bias').reshape([-1, 1, 1])) : output;
}

/** Windows side by side become axes of their own, along which jax-js reduces in one kernel; edges that fill none are cut off. */
function windows(node: NetworkNode, x: JaxArray): JaxArray {
  const [kernelHeight, kernelWidth] = pair(node, 'kernelSize');
  const [channels = 1, height = 1, width = 1] = node.outputShape;
  const cut = x.slice([], [], [0, height * kernelHeight], [0, width * kernelWidth]);
  return cut.reshape([-1, channels, height, kernelHeight, width, kernelWidth]);
}

function normalized(x: JaxArray, axes: number[], epsilon: number): JaxArray {
  const centred = x.ref.sub(np.mean(x, axes, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), axes, { keepdims: true });
  return np.trueDivide(centred, np.sqrt(variance.add(epsilon)));
}

/** x · Wᵀ + b over the last axis, as one matrix product. */
function projected(x: JaxArray, weight: JaxArray, bias: JaxArray | null): JaxArray {
  const shape = x.shape;
  const product = np.matmul(x.reshape([-1, shape.at(-1) ?? 1]), np.transpose(weight));
  const output = bias === null ? product : product.add(bias);
  return output.reshape([...shape.slice(0, -1), -1]);
}

const dense = ({ weight, hasWeight }: LayerCall, x: JaxArray): JaxArray =>
  projected(x, weight('weight'), hasWeight('bias') ? weight('bias') : null);

function attention({ node, weight }: LayerCall, x: JaxArray): JaxArray {
  const heads = number(node, 'heads');
  const [steps = 1, features = 1] = node.outputShape;
  const all = projected(x, weight('in_proj_weight'), weight('in_proj_bias')).reshape([-1, steps, 3, heads, features / heads]);
  const part = (position: number): JaxArray => all.ref.slice([], [], position);
  const seen = nn.dotProductAttention(part(0), part(1), part(2), { isCausal: node.parameters['causal'] === true });
  all.dispose();
  return projected(seen.reshape([-1, steps, features]), weight('out_proj.weight'), weight('out_proj.bias'));
}

/** Sines of falling frequency in the even columns, cosines in the odd ones (Vaswani et al., 2017). */
function waves({ node: { outputShape } }: LayerCall): JaxArray {
  const [steps = 1, features = 1] = outputShape;
  const values = Float32Array.from({ length: steps * features }, (_, place) => {
    const column = place % features;
    const angle = Math.floor(place / features) / 10_000 ** ((column - (column % 2)) / features);
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  return np.array(values).reshape([steps, features]);
}

/** A tensor, or the steps of a sequence one by one: stacking them only to cut them again would cost a network of recurrent layers. */
type Value = JaxArray | readonly JaxArray[];

function stepsOf(value: Value, count: number): readonly JaxArray[] {
  if (!isTensor(value)) return value;
  const steps = Array.from({ length: count }, (_, step) => value.ref.slice([], step));
  value.dispose();
  return steps;
}

const isTensor = (value: Value): value is JaxArray => !Array.isArray(value);
const tensorOf = (value: Value): JaxArray => (isTensor(value) ? value : np.stack([...value], 1));

function lstm({ node, weight }: LayerCall, input: Value): Value {
  const units = number(node, 'units');
  const steps = stepsOf(input, node.inputShapes[0]?.[0] ?? 1);
  const [inward, recurrent] = [np.transpose(weight('weight_ih_l0')), np.transpose(weight('weight_hh_l0'))];
  const bias = weight('bias_ih_l0').add(weight('bias_hh_l0'));
  const outputs: JaxArray[] = [];
  let memory: JaxArray | null = null;
  for (const step of steps) {
    const hidden = outputs.at(-1);
    const own = np.matmul(step, inward.ref).add(bias.ref);
    const gates = hidden === undefined ? own : own.add(np.matmul(hidden.ref, recurrent.ref));
    const gate = (position: number): JaxArray => gates.ref.slice([], [position * units, (position + 1) * units]);
    const taken = nn.sigmoid(gate(0)).mul(np.tanh(gate(2)));
    const kept: JaxArray = memory === null ? taken : nn.sigmoid(gate(1)).mul(memory).add(taken);
    outputs.push(nn.sigmoid(gate(3)).mul(np.tanh(kept.ref)));
    gates.dispose();
    memory = kept;
  }
  memory?.dispose();
  inward.dispose();
  recurrent.dispose();
  bias.dispose();
  if (node.parameters['output'] !== 'last') return outputs;
  for (const output of outputs.slice(0, -1)) output.dispose();
  return outputs.at(-1)!;
}

const layers: Readonly<Record<string, (call: LayerCall, inputs: readonly JaxArray[]) => JaxArray>> = {
  // As a product with one-hot rows, whose gradient is a product too.
  embedding: ({ node, weight }, [x]) => {
    const rows = nn.oneHot(x!.reshape([-1]), number(node, 'vocabulary'));
    return np.matmul(rows, weight('weight')).reshape([-1, ...node.outputShape]);
  },
  'positional-encoding': (call, [x]) => x!.add(waves(call)),
  'multi-head-attention': (call, [x]) => attention(call, x!),
  input: (_, [x]) => x!,
  flatten: ({ node }, [x]) => x!.reshape([-1, ...node.outputShape]),
  dense: (call, [x]) => dense(call, x!),
  conv2d: (call, [x]) => convolution(call, x!),
  relu: (_, [x]) => nn.relu(x!),
  gelu: (_, [x]) => nn.gelu(x!, { approximate: false }),
  'max-pool': ({ node }, [x]) => np.max(windows(node, x!), [3, 5]),
  'average-pool': ({ node }, [x]) => np.mean(windows(node, x!), [3, 5]),
  add: (_, [first, ...others]) => others.reduce((sum, x) => sum.add(x), first!),
  // The running statistics, which training does not need, are left out.
  'batch-norm': ({ node, weight }, [x]) =>
    normalized(x!, [0, 2, 3], number(node, 'epsilon'))
      .mul(weight('weight').reshape([-1, 1, 1]))
      .add(weight('bias').reshape([-1, 1, 1])),
  'layer-norm': ({ node, weight }, [x]) => normalized(x!, [-1], number(node, 'epsilon')).mul(weight('weight')).add(weight('bias')),
};

/** The output of the network for a batch; uses up `x` and `parameters`. */
export function forward(nodes: readonly NetworkNode[], parameters: JaxParameters, x: JaxArray): JaxArray {
  const outputs = new Map<string, Value>();
  const uses = new Map<string, number>();
  for (const { inputs } of nodes) for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  const take = (id: string): Value => {
    const output = outputs.get(id)!;
    const left = (uses.get(id) ?? 1) - 1;
    uses.set(id, left);
    if (left <= 0) return output;
    return isTensor(output) ? output.ref : output.map((step) => step.ref);
  };
  let last: Value = x;
  for (const node of nodes) {
    const { kind } = node.definition;
    const layer = layers[kind];
    if (layer === undefined && kind !== 'lstm') throw new Error(`no jax-js for the layer ${kind}`);
    const call: LayerCall = {
      node,
      weight: (name) => parameters[`${node.id}.${name}`]!.ref,
      hasWeight: (name) => parameters[`${node.id}.${name}`] !== undefined,
    };
    const inputs = node.inputs.length === 0 ? [x] : node.inputs.map(take);
    last = layer === undefined ? lstm(call, inputs[0]!) : layer(call, inputs.map(tensorOf));
    outputs.set(node.id, last);
  }
  for (const parameter of Object.values(parameters)) parameter.dispose();
  return tensorOf(last);
}
