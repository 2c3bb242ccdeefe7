/** The layers of our networks said in TensorFlow.js, images as N×H×W×C. */
import * as tf from '@tensorflow/tfjs-core';
import type { ModelDocument } from '../../compute/graph/model-document';
import type { Shape } from '../../compute/graph/tensor';
import { nodesOf, type NetworkNode } from '../../compute/layers/network';
import { initialWeights } from '../initial-weights';

export type Variables = ReadonlyMap<string, tf.Variable>;

/** What a weight of PyTorch's layout is here: kernels h×w×I×O, matrices in×out, with the inputs in the order of its own flatten. */
function converted(data: Float32Array, shape: Shape, flattened: Shape | null): tf.Tensor {
  const weight = tf.tensor(data, [...shape]);
  if (shape.length === 4) return tf.transpose(weight, [2, 3, 1, 0]);
  if (shape.length !== 2) return weight;
  if (flattened?.length !== 3) return tf.transpose(weight);
  const [out = 1, inputs = 1] = shape;
  return tf.transpose(tf.reshape(tf.transpose(tf.reshape(weight, [out, ...flattened]), [0, 2, 3, 1]), [out, inputs]));
}

/** The learned weights of a network, by PyTorch's names. */
export function variablesOf(document: ModelDocument): Variables {
  const nodes = new Map(nodesOf(document).map((node) => [node.id, node]));
  const weights = [...initialWeights(document)].filter(([, { role }]) => role === 'parameter');
  return new Map(
    weights.map(([name, { shape, data }]) => {
      const [before] = nodes.get(name.slice(0, name.indexOf('.')))?.inputs ?? [];
      const source = nodes.get(before ?? '');
      const flattened = source?.definition.kind === 'flatten' ? (source.inputShapes[0] ?? null) : null;
      // Rows for tokens stay rows.
      if (nodes.get(name.slice(0, name.indexOf('.')))?.definition.kind === 'embedding')
        return [name, tf.variable(tf.tensor(data, [...shape]))];
      return [name, tf.tidy(() => tf.variable(converted(data, shape, flattened)))];
    }),
  );
}

interface LayerCall {
  readonly node: NetworkNode;
  readonly weight: (name: string) => tf.Tensor;
  readonly hasWeight: (name: string) => boolean;
}

const pair = (node: NetworkNode, name: string): [number, number] => {
  const [vertical = 0, horizontal = 0] = node.parameters[name] as readonly number[];
  return [vertical, horizontal];
};
const number = (node: NetworkNode, name: string): number => Number(node.parameters[name]);

type Image = tf.Tensor4D;

function convolution({ node, weight, hasWeight }: LayerCall, x: tf.Tensor): tf.Tensor {
  const [vertical, horizontal] = pair(node, 'padding');
  const padding: [[number, number], [number, number], [number, number], [number, number]] = [
    [0, 0],
    [vertical, vertical],
    [horizontal, horizontal],
    [0, 0],
  ];
  const output = tf.conv2d(x as Image, weight('weight') as Image, pair(node, 'stride'), padding);
  return hasWeight('bias') ? tf.add(output, weight('bias')) : output;
}

function normalized(x: tf.Tensor, axes: number[], epsilon: number): tf.Tensor {
  const { mean, variance } = tf.moments(x, axes, true);
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)));
}

/** x · W + b over the last axis, as one matrix product. */
function projected(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor | null): tf.Tensor {
  const [inputs = 1, units = 1] = kernel.shape;
  const flat = tf.matMul(tf.reshape(x, [-1, inputs]), kernel);
  const output = bias === null ? flat : tf.add(flat, bias);
  return x.shape.length === 2 ? output : tf.reshape(output, [...x.shape.slice(0, -1), units]);
}

const dense = ({ weight, hasWeight }: LayerCall, x: tf.Tensor): tf.Tensor =>
  projected(x, weight('weight'), hasWeight('bias') ? weight('bias') : null);

function attention({ node, weight }: LayerCall, x: tf.Tensor): tf.Tensor {
  const heads = number(node, 'heads');
  const [steps = 1, features = 1] = node.outputShape;
  const all = tf.reshape(projected(x, weight('in_proj_weight'), weight('in_proj_bias')), [-1, steps, 3, heads, features / heads]);
  const [query, key, value] = tf.unstack(tf.transpose(all, [2, 0, 3, 1, 4]));
  const scores = tf.mul(tf.matMul(query!, key!, false, true), 1 / Math.sqrt(features / heads));
  const shares = tf.softmax(node.parameters['causal'] === true ? tf.add(scores, laterHidden(steps)) : scores);
  const together = tf.reshape(tf.transpose(tf.matMul(shares, value!), [0, 2, 1, 3]), [-1, steps, features]);
  return projected(together, weight('out_proj.weight'), weight('out_proj.bias'));
}

/** What is added to the scores so that no position sees a later one. */
const laterHidden = (steps: number): tf.Tensor =>
  tf.tensor2d(
    Float32Array.from({ length: steps * steps }, (_, place) => (place % steps > Math.floor(place / steps) ? -1e9 : 0)),
    [steps, steps],
  );

/** Sines of falling frequency in the even columns, cosines in the odd ones (Vaswani et al., 2017). */
function waves({ node: { outputShape } }: LayerCall): tf.Tensor {
  const [steps = 1, features = 1] = outputShape;
  const values = Float32Array.from({ length: steps * features }, (_, place) => {
    const column = place % features;
    const angle = Math.floor(place / features) / 10_000 ** ((column - (column % 2)) / features);
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  return tf.tensor2d(values, [steps, features]);
}

/** The input's products for all steps at once; then step by step. */
function lstm({ node, weight }: LayerCall, x: tf.Tensor): tf.Tensor {
  const bias = tf.add(weight('bias_ih_l0'), weight('bias_hh_l0'));
  const steps = tf.unstack(projected(x, weight('weight_ih_l0'), bias), 1);
  const recurrent = weight('weight_hh_l0') as tf.Tensor2D;
  const outputs: tf.Tensor[] = [];
  let memory: tf.Tensor | null = null;
  for (const step of steps) {
    const hidden = outputs.at(-1);
    const gates = hidden === undefined ? step : tf.add(step, tf.matMul(hidden as tf.Tensor2D, recurrent));
    const [input, forget, candidate, output] = tf.split(gates, 4, 1);
    const taken = tf.mul(tf.sigmoid(input!), tf.tanh(candidate!));
    const kept: tf.Tensor = memory === null ? taken : tf.add(tf.mul(tf.sigmoid(forget!), memory), taken);
    outputs.push(tf.mul(tf.sigmoid(output!), tf.tanh(kept)));
    memory = kept;
  }
  return node.parameters['output'] === 'last' ? outputs.at(-1)! : tf.stack(outputs, 1);
}

const gelu = (x: tf.Tensor): tf.Tensor => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));

const layers: Readonly<Record<string, (call: LayerCall, inputs: readonly tf.Tensor[]) => tf.Tensor>> = {
  input: (_, [x]) => x!,
  // As a product with one-hot rows, whose gradient is a product too.
  embedding: ({ node, weight }, [x]) => {
    const rows = tf.cast(tf.oneHot(tf.reshape<tf.Rank.R1>(x!, [-1]), number(node, 'vocabulary')), 'float32');
    return tf.reshape(tf.matMul(rows as tf.Tensor2D, weight('weight') as tf.Tensor2D), [-1, ...node.outputShape]);
  },
  'positional-encoding': (call, [x]) => tf.add(x!, waves(call)),
  'multi-head-attention': (call, [x]) => attention(call, x!),
  lstm: (call, [x]) => lstm(call, x!),
  flatten: (_, [x]) => tf.reshape(x!, [x!.shape[0], -1]),
  dense: (call, [x]) => dense(call, x!),
  conv2d: (call, [x]) => convolution(call, x!),
  relu: (_, [x]) => tf.relu(x!),
  gelu: (_, [x]) => gelu(x!),
  'max-pool': ({ node }, [x]) => tf.maxPool(x as Image, pair(node, 'kernelSize'), pair(node, 'stride'), 'valid'),
  'average-pool': ({ node }, [x]) => tf.avgPool(x as Image, pair(node, 'kernelSize'), pair(node, 'stride'), 'valid'),
  add: (_, [first, ...others]) => others.reduce((sum, x) => tf.add(sum, x), first!),
  // The running statistics, which training does not need, are left out.
  'batch-norm': ({ node, weight }, [x]) =>
    tf.add(tf.mul(normalized(x!, [0, 1, 2], number(node, 'epsilon')), weight('weight')), weight('bias')),
  'layer-norm': ({ node, weight }, [x]) => tf.add(tf.mul(normalized(x!, [-1], number(node, 'epsilon')), weight('weight')), weight('bias')),
};

/** The output of the network for a batch, to be called within a tape or a tidy. */
export function forward(nodes: readonly NetworkNode[], variables: Variables, x: tf.Tensor): tf.Tensor {
  const outputs = new Map<string, tf.Tensor>();
  let last = x;
  for (const node of nodes) {
    const layer = layers[node.definition.kind];
    if (layer === undefined) throw new Error(`no TensorFlow.js for the layer ${node.definition.kind}`);
    const call: LayerCall = {
      node,
      weight: (name) => variables.get(`${node.id}.${name}`)!,
      hasWeight: (name) => variables.has(`${node.id}.${name}`),
    };
    last = layer(call, node.inputs.length === 0 ? [x] : node.inputs.map((input) => outputs.get(input)!));
    outputs.set(node.id, last);
  }
  return last;
}
