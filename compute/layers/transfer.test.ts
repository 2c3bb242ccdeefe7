import { describe, expect, it } from 'vitest';
import type { ModelDocument } from '../graph/model-document';
import { unwrap } from '../graph/problem';
import { analyseNetwork } from './network';
import { freezeAllBut, headOf, replaceHead } from './transfer';

const chain = (...layers: readonly (readonly [id: string, kind: string, parameters?: ModelDocument['nodes'][number]['parameters']])[]) => {
  const document: ModelDocument = {
    format: 'hebb-model',
    version: 1,
    name: 'chain',
    nodes: layers.map(([id, kind, parameters = {}]) => ({ id, kind, version: 1, parameters })),
    edges: layers.slice(1).map(([id], index) => ({ from: layers[index]?.[0] ?? '', to: id, port: 0 })),
  };
  return document;
};

const trained = chain(
  ['input', 'input', { shape: [3, 8, 8] }],
  ['conv', 'conv2d', { outChannels: 4, kernelSize: [3, 3] }],
  ['norm', 'batch-norm'],
  ['relu', 'relu'],
  ['flatten', 'flatten'],
  ['fc', 'dense', { units: 7 }],
  ['shares', 'softmax'],
);

describe('transfer learning', () => {
  it('gives the network another head, and takes the Softmax behind it away', () => {
    const { document, head, former, removed } = unwrap(replaceHead(trained, 10));
    expect([head, former, removed]).toEqual(['head', 'fc', 'shares']);
    const { valid, outputShape, output } = analyseNetwork(document);
    expect([valid, outputShape, output]).toEqual([true, [10], 'head']);
    // A second one has another name again: its weights start anew too.
    expect(unwrap(replaceHead(document, 10)).head).toBe('head_2');
  });

  it('finds a head before layers that only pass numbers on', () => {
    const convolutional = chain(
      ['input', 'input', { shape: [3, 8, 8] }],
      ['conv', 'conv2d', { outChannels: 4, kernelSize: [3, 3] }],
      ['scores', 'conv2d', { outChannels: 7, kernelSize: [1, 1] }],
      ['mean', 'global-average-pool'],
    );
    const { document } = unwrap(replaceHead(convolutional, 5));
    expect(analyseNetwork(document).outputShape).toEqual([5]);
    expect(headOf(document)).toBe('head');
  });

  it('freezes what has weights, and thaws a head that was frozen', () => {
    const frozen = freezeAllBut(trained, 'none of them');
    const { document, head } = unwrap(replaceHead(frozen, 2));
    const result = freezeAllBut(document, head);
    expect(result.nodes.filter((node) => node.frozen === true).map(({ id }) => id)).toEqual(['conv', 'norm']);
  });

  it('says where there is no head', () => {
    const none = chain(['input', 'input', { shape: [4] }], ['fc', 'dense', { units: 4 }], ['norm', 'batch-norm']);
    expect(replaceHead(none, 3)).toMatchObject({ ok: false, problem: { code: 'transfer.no-head', values: { kind: 'batch-norm' } } });
    expect(replaceHead({ ...none, nodes: [], edges: [] }, 3)).toMatchObject({ ok: false, problem: { code: 'transfer.no-output' } });
  });
});
