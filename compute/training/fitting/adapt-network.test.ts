import { describe, expect, it } from 'vitest';
import type { ModelDocument } from '../../graph/model-document';
import { analyseNetwork } from '../../layers/network';
import { adaptationsFor, applyAdaptations, type DataForm } from './adapt-network';
import { networkFor } from './network-for';

const node = (id: string, kind: string, parameters: Record<string, unknown> = {}) => ({ id, kind, version: 1, parameters });
// Parameters of documents are plain JSON.
const network = {
  format: 'hebb-model',
  version: 1,
  name: 'small',
  nodes: [
    node('input', 'input', { shape: [1, 28, 28], content: 'numbers' }),
    node('hidden', 'dense', { units: 32 }),
    node('output', 'dense', { units: 10 }),
    node('softmax', 'softmax'),
  ],
  edges: [
    { from: 'input', to: 'hidden', port: 0 },
    { from: 'hidden', to: 'output', port: 0 },
    { from: 'output', to: 'softmax', port: 0 },
  ],
} as unknown as ModelDocument;
const form: DataForm = { sampleShape: [1, 28, 28], sampleType: 'u8', vocabulary: 0, outputs: 10, isSequence: false };

describe('adapting a network to data', () => {
  it('asks for nothing where it fits', () => {
    expect(adaptationsFor(network, 'input', 'softmax', form)).toEqual([]);
  });

  it('changes the input and the last layer that decides, and no other', () => {
    expect(adaptationsFor(network, 'input', 'softmax', { ...form, sampleShape: [3, 32, 32], outputs: 4 })).toEqual([
      { node: 'input', parameter: 'shape', value: [3, 32, 32] },
      { node: 'output', parameter: 'units', value: 4 },
    ]);
  });

  it('takes tokens as tokens', () => {
    expect(
      adaptationsFor(network, 'input', null, { sampleShape: [16], sampleType: 'i32', vocabulary: 50, outputs: 50, isSequence: true }),
    ).toEqual([
      { node: 'input', parameter: 'shape', value: [16] },
      { node: 'input', parameter: 'content', value: 'tokens' },
      { node: 'input', parameter: 'vocabulary', value: 50 },
    ]);
  });

  it('leaves an output alone whose size nobody can set', () => {
    const open = {
      ...network,
      nodes: [...network.nodes, node('add', 'add')],
      edges: [...network.edges, { from: 'softmax', to: 'add', port: 0 }],
    };
    expect(adaptationsFor(open as ModelDocument, 'input', 'add', { ...form, outputs: 3 })).toEqual([]);
  });
});

describe('the changes', () => {
  it('are made in a copy, and then nothing is left to change', () => {
    const wanted = { ...form, sampleShape: [3, 32, 32], outputs: 4 };
    const adapted = applyAdaptations(network, adaptationsFor(network, 'input', 'softmax', wanted));
    expect(adaptationsFor(adapted, 'input', 'softmax', wanted)).toEqual([]);
    expect(network.nodes[0]?.parameters).toMatchObject({ shape: [1, 28, 28] });
  });
});

describe('a network for data', () => {
  it.each<[string, DataForm, readonly number[]]>([
    ['images', { ...form, sampleShape: [3, 32, 48] }, [10]],
    ['images so small that pooling leaves nothing', { ...form, sampleShape: [1, 5, 5] }, [10]],
    ['rows of a table', { ...form, sampleShape: [4], sampleType: 'f32', outputs: 1 }, [1]],
    ['texts', { ...form, sampleShape: [16], sampleType: 'i32', vocabulary: 50, outputs: 3 }, [3]],
    ['texts that go on', { ...form, sampleShape: [16], sampleType: 'i32', vocabulary: 50, outputs: 50, isSequence: true }, [16, 50]],
  ])('takes %s', (_, wanted, expected) => {
    const document = networkFor('mine', wanted);
    const analysis = analyseNetwork(document);
    expect(analysis.problems).toEqual([]);
    expect(analysis.outputShape).toEqual(expected);
    expect(adaptationsFor(document, analysis.input, analysis.output, wanted)).toEqual([]);
  });
});
