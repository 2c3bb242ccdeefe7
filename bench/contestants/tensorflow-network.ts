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
      const [before] = nodes.get(name.slice(0, name.lastIndexOf('.')))?.inputs ?? [];
      const source = nodes.get(before ?? '');
      const flattened = source?.definition.kind === 'flatten' ? (source.inputShapes[0] ?? null) : null;
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

function dense({ weight, hasWeight }: LayerCall, x: tf.Tensor): tf.Tensor {
  const kernel = weight('weight');
  const [inputs = 1, units = 1] = kernel.shape;
  const flat = tf.matMul(tf.reshape(x, [-1, inputs]), kernel);
  const output = hasWeight('bias') ? tf.add(flat, weight('bias')) : flat;
  return x.shape.length === 2 ? output : tf.reshape(output, [...x.shape.slice(0, -1), units]);
}

const gelu = (x: tf.Tensor): tf.Tensor => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));

const layers: Readonly<Record<string, (call: LayerCall, inputs: readonly tf.Tensor[]) => tf.Tensor>> = {
  input: (_, [x]) => x!,
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
