/** The networks that are trained in measurements, as documents that any engine's driver can follow. */
import type { ModelDocument, ModelEdge, ModelNode } from '../compute/graph/model-document';
import { layers } from '../compute/layers/registry';

type Parameters = ModelNode['parameters'];

/** Adds node after node; each takes the one before it unless other inputs are named. */
function draw(name: string) {
  const nodes: ModelNode[] = [];
  const edges: ModelEdge[] = [];
  const add = (kind: string, parameters: Parameters = {}, inputs: readonly string[] = nodes.slice(-1).map(({ id }) => id)): string => {
    const id = `${kind.replaceAll(/[^a-z0-9]/g, '_')}_${String(nodes.length)}`;
    nodes.push({ id, kind, version: layers.get(kind)?.version ?? 1, parameters });
    for (const [port, from] of inputs.entries()) edges.push({ from, to: id, port });
    return id;
  };
  return { add, document: (): ModelDocument => ({ format: 'hebb-model', version: 1, name, nodes, edges }) };
}

const square = (size: number): readonly number[] => [size, size];

export function perceptron(): ModelDocument {
  const { add, document } = draw('MLP 784-128-10');
  add('input', { shape: [1, 28, 28] });
  add('flatten');
  add('dense', { units: 128 });
  add('relu');
  add('dense', { units: 10 });
  return document();
}

export function lenet5(): ModelDocument {
  const { add, document } = draw('LeNet-5');
  add('input', { shape: [1, 28, 28] });
  add('conv2d', { outChannels: 6, kernelSize: square(5), padding: square(2) });
  add('relu');
  add('max-pool', { kernelSize: square(2), stride: square(2) });
  add('conv2d', { outChannels: 16, kernelSize: square(5) });
  add('relu');
  add('max-pool', { kernelSize: square(2), stride: square(2) });
  add('flatten');
  add('dense', { units: 120 });
  add('relu');
  add('dense', { units: 84 });
  add('relu');
  add('dense', { units: 10 });
  return document();
}

/** The first example of Keras for MNIST, without its dropout, so that losses can be compared. */
export function convnet(): ModelDocument {
  const { add, document } = draw('Keras convnet');
  add('input', { shape: [1, 28, 28] });
  add('conv2d', { outChannels: 32, kernelSize: square(3) });
  add('relu');
  add('conv2d', { outChannels: 64, kernelSize: square(3) });
  add('relu');
  add('max-pool', { kernelSize: square(2), stride: square(2) });
  add('flatten');
  add('dense', { units: 128 });
  add('relu');
  add('dense', { units: 10 });
  return document();
}

/** He et al. 2015, section 4.2, n = 3; where a stage halves the image its shortcut is a 1×1 convolution. */
export function resNet20(): ModelDocument {
  const { add, document } = draw('ResNet-20');
  const convolution = (outChannels: number, kernel: number, stride: number, inputs?: readonly string[]): string => {
    const parameters = { outChannels, kernelSize: square(kernel), stride: square(stride), padding: square((kernel - 1) / 2), bias: false };
    return add('batch-norm', {}, [add('conv2d', parameters, inputs)]);
  };
  add('input', { shape: [3, 32, 32] });
  convolution(16, 3, 1);
  let last = add('relu');
  for (const [stage, channels] of [16, 32, 64].entries()) {
    for (let block = 0; block < 3; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      convolution(channels, 3, stride, [last]);
      add('relu');
      const branch = convolution(channels, 3, 1);
      const shortcut = stride === 1 ? last : convolution(channels, 1, stride, [last]);
      add('add', {}, [branch, shortcut]);
      last = add('relu');
    }
  }
  add('average-pool', { kernelSize: square(8), stride: square(8) });
  add('flatten');
  add('dense', { units: 10 });
  return document();
}

export function longShortTermMemory(): ModelDocument {
  const { add, document } = draw('LSTM 2×128');
  add('input', { shape: [64, 64] });
  add('lstm', { units: 128, output: 'sequence' });
  add('lstm', { units: 128, output: 'last' });
  add('dense', { units: 10 });
  return document();
}

/** Four pre-norm blocks of causal attention with four heads and a hidden layer of 512. */
export function transformer(): ModelDocument {
  const { add, document } = draw('Transformer 4×128');
  add('input', { shape: [64], content: 'tokens', vocabulary: 64 });
  add('embedding', { vocabulary: 64, features: 128 });
  let last = add('positional-encoding');
  for (let block = 0; block < 4; block++) {
    add('layer-norm', {}, [last]);
    const attention = add('multi-head-attention', { heads: 4, causal: true });
    last = add('add', {}, [attention, last]);
    add('layer-norm', {}, [last]);
    add('dense', { units: 512 });
    add('gelu');
    const hidden = add('dense', { units: 128 });
    last = add('add', {}, [hidden, last]);
  }
  add('layer-norm', {}, [last]);
  add('dense', { units: 64 });
  return document();
}
