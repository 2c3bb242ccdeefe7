/** Networks with every layer, weights and samples for them, and what the float64 reference computes: what exports are compared with. */
import type { ModelDocument, ModelNode } from '../../../compute/graph/model-document';
import type { SafetensorsEntry } from '../../../compute/graph/safetensors';
import type { Shape } from '../../../compute/graph/tensor';
import { openReferenceDevice } from '../../../compute/devices/reference/reference-device';
import { initialValues } from '../../../compute/initializers/registry';
import { analyseNetwork, buildNetwork, weightsOf } from '../../../compute/layers/network';
import { layers } from '../../../compute/layers/registry';
import { draw } from '../../../compute/testing/draw';
import { evaluateOnce, type GivenTensor } from '../../../compute/testing/evaluation';

export const node = (id: string, kind: string, parameters: ModelNode['parameters'] = {}): ModelNode => ({
  id,
  kind,
  version: 1,
  parameters,
});

/** Edges are `from to` or `from to port`. */
export const network = (name: string, nodes: readonly ModelNode[], edges: readonly string[]): ModelDocument => ({
  format: 'hebb-model',
  version: 1,
  name,
  nodes,
  edges: edges.map((edge) => {
    const [from = '', to = '', port = '0'] = edge.split(' ');
    return { from, to, port: Number(port) };
  }),
});

/** Every sample of every layer with one input, behind a layer with weights: a network must have something to learn. */
const singleLayers: readonly ModelDocument[] = [...layers.values()].flatMap(({ kind, inputs, samples }) =>
  inputs.minimum !== 1 || inputs.maximum !== 1
    ? []
    : samples.map((sample) =>
        // Tokens go into the layer itself, which has weights then.
        sample.tokens
          ? network(
              `${kind}: ${sample.name}`,
              [
                node('input', 'input', { shape: [...(sample.inputShapes[0] ?? [])], content: 'tokens', vocabulary: 2 }),
                node('layer', kind, sample.parameters as ModelNode['parameters']),
              ],
              ['input layer'],
            )
          : network(
              `${kind}: ${sample.name}`,
              // Parameters of a sample are those of its layer's schema: plain values.
              [
                node('input', 'input', { shape: [...(sample.inputShapes[0] ?? [])] }),
                [1, 3].includes(sample.inputShapes[0]?.length ?? 0) ? node('norm', 'batch-norm') : node('norm', 'parametric-relu'),
                node('layer', kind, sample.parameters as ModelNode['parameters']),
              ],
              ['input norm', 'norm layer'],
            ),
      ),
);

const merging: readonly ModelDocument[] = [
  network(
    'add: three ways',
    [
      node('input', 'input', { shape: [2, 4, 4] }),
      node('a', 'conv2d', { outChannels: 2, kernelSize: [1, 1] }),
      node('b', 'sigmoid'),
      node('sum', 'add'),
    ],
    ['input a', 'input b', 'a sum 0', 'b sum 1', 'input sum 2'],
  ),
  network(
    'multiply: three ways',
    [
      node('input', 'input', { shape: [2, 4, 4] }),
      node('a', 'conv2d', { outChannels: 2, kernelSize: [1, 1] }),
      node('b', 'sigmoid'),
      node('product', 'multiply'),
    ],
    ['input a', 'input b', 'a product 0', 'b product 1', 'input product 2'],
  ),
  ...[
    'x * sigmoid(x) + y^2',
    'exp(-abs(x)) * sin(y) - min(x, 0.5) / (1 + y^2)',
    '-(x - 2.5e-1)^3 + softplus(y) * sign(x) + sqrt(y^2 + 1)',
  ].map((formula) =>
    network(
      `expression: ${formula}`,
      [node('input', 'input', { shape: [4] }), node('dense', 'dense', { units: 4 }), node('own', 'expression', { formula })],
      ['input dense', 'input own 0', 'dense own 1'],
    ),
  ),
  network(
    'attention: a sequence at itself',
    [node('input', 'input', { shape: [3, 4] }), node('attention', 'multi-head-attention', { heads: 2, causal: true })],
    ['input attention 0'],
  ),
  network(
    'attention: a sequence at another',
    [
      node('input', 'input', { shape: [3, 4] }),
      node('other', 'dense', { units: 4 }),
      node('attention', 'multi-head-attention', { heads: 2, causal: false }),
    ],
    ['input other', 'input attention 0', 'other attention 1'],
  ),
  network(
    'concat: channels, in the order of the ports',
    [
      node('input', 'input', { shape: [2, 4, 4] }),
      node('a', 'conv2d', { outChannels: 3, kernelSize: [1, 1] }),
      node('both', 'concat', { axis: 0 }),
    ],
    ['input both 1', 'a both 0', 'input a'],
  ),
  network(
    'concat: the last axis',
    [node('input', 'input', { shape: [1, 2, 3] }), node('norm', 'batch-norm'), node('both', 'concat', { axis: -1 })],
    ['input norm', 'input both 0', 'norm both 1'],
  ),
];

/** Networks of a layer or two, that together have every layer with all its samples. */
export const layerNetworks: readonly ModelDocument[] = [...singleLayers, ...merging];

/** Initial weights, moved a little, so that no bias is zero. */
export function drawWeights(document: ModelDocument): SafetensorsEntry[] {
  return weightsOf(document).map(({ name, specification: { shape, initializer } }) => {
    const jitter = draw(name, shape, [-0.1, 0.1]);
    return {
      name,
      shape,
      data: Float32Array.from(initialValues(initializer, shape, 1, name), (value, index) => value + (jitter[index] ?? 0)),
    };
  });
}

const given = (shape: Shape, data: ArrayLike<number>): GivenTensor => ({ shape, type: 'f32', data: Float64Array.from(data) });

/** What Hebb's float64 reference makes of a batch. */
export async function reference(document: ModelDocument, shape: Shape, sample: Float64Array): Promise<Float64Array> {
  const weights = drawWeights(document);
  const { nodes, input: start } = analyseNetwork(document);
  const isTokens = (nodes.get(start ?? '')?.vocabulary ?? null) !== null;
  const [output = new Float64Array(0)] = await evaluateOnce(
    openReferenceDevice(),
    [{ shape, type: isTokens ? 'i32' : 'f32', data: sample }, ...weights.map((weight) => given(weight.shape, weight.data))],
    ([input, ...tensors]) => {
      if (input === undefined) throw new Error('no input');
      const named = new Map(weights.map(({ name }, index) => [name, tensors[index] ?? input]));
      const random = (): never => {
        throw new Error('evaluation draws nothing');
      };
      return [buildNetwork(document, { mode: 'evaluate', input, weights: named, random }).output];
    },
  );
  return output;
}

/** A batch as the network takes it: numbers from −1 to 1, or tokens. */
export function drawSamples(
  document: ModelDocument,
  batch: number,
): { readonly shape: Shape; readonly data: Float64Array; readonly tokens: boolean } {
  const { nodes, input } = analyseNetwork(document);
  const { outputShape = null, vocabulary = null } = nodes.get(input ?? '') ?? {};
  const shape = [batch, ...(outputShape ?? [])];
  const drawn = draw(`${document.name} ${String(batch)}`, shape, vocabulary === null ? [-1, 1] : [0, vocabulary]);
  return { shape, data: vocabulary === null ? drawn : drawn.map(Math.floor), tokens: vocabulary !== null };
}
