/** The networks that are trained from disk: one that computes little on each byte, and one that convolves. */
import type { ModelDocument } from '../../compute/graph/model-document';
import { sampleShape } from './data';

const node = (id: string, kind: string, parameters: ModelDocument['nodes'][number]['parameters'] = {}) => ({
  id,
  kind,
  version: 1,
  parameters,
});

function chain(name: string, nodes: readonly ReturnType<typeof node>[]): ModelDocument {
  const edges = nodes.slice(1).map(({ id }, place) => ({ from: nodes[place]?.id ?? '', to: id, port: 0 }));
  return { format: 'hebb-model', version: 1, name, nodes: [...nodes], edges };
}

const input = node('input', 'input', { shape: [...sampleShape] });
const pooled = { kernelSize: [2, 2], stride: [2, 2] };

export const networks: Readonly<Record<string, ModelDocument>> = {
  mlp: chain('MLP 3072-128-10', [
    input,
    node('flatten', 'flatten'),
    node('hidden', 'dense', { units: 128 }),
    node('relu', 'relu'),
    node('output', 'dense', { units: 10 }),
  ]),
  'lenet-5': chain('LeNet-5 on 3×32×32', [
    input,
    node('conv1', 'conv2d', { outChannels: 6, kernelSize: [5, 5] }),
    node('relu1', 'relu'),
    node('pool1', 'max-pool', pooled),
    node('conv2', 'conv2d', { outChannels: 16, kernelSize: [5, 5] }),
    node('relu2', 'relu'),
    node('pool2', 'max-pool', pooled),
    node('flatten', 'flatten'),
    node('dense1', 'dense', { units: 120 }),
    node('relu3', 'relu'),
    node('dense2', 'dense', { units: 84 }),
    node('relu4', 'relu'),
    node('output', 'dense', { units: 10 }),
  ]),
};
