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

const dense = ({ weight, hasWeight }: LayerCall, x: JaxArray): JaxArray => {
  const output = np.matmul(x, np.transpose(weight('weight')));
  return hasWeight('bias') ? output.add(weight('bias')) : output;
};

const layers: Readonly<Record<string, (call: LayerCall, inputs: readonly JaxArray[]) => JaxArray>> = {
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
  const outputs = new Map<string, JaxArray>();
  const uses = new Map<string, number>();
  for (const { inputs } of nodes) for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  const take = (id: string): JaxArray => {
    const output = outputs.get(id)!;
    const left = (uses.get(id) ?? 1) - 1;
    uses.set(id, left);
    return left > 0 ? output.ref : output;
  };
  let last = x;
  for (const node of nodes) {
    const layer = layers[node.definition.kind];
    if (layer === undefined) throw new Error(`no jax-js for the layer ${node.definition.kind}`);
    const call: LayerCall = {
      node,
      weight: (name) => parameters[`${node.id}.${name}`]!.ref,
      hasWeight: (name) => parameters[`${node.id}.${name}`] !== undefined,
    };
    last = layer(call, node.inputs.length === 0 ? [x] : node.inputs.map(take));
    outputs.set(node.id, last);
  }
  for (const parameter of Object.values(parameters)) parameter.dispose();
  return last;
}
