/** The cost of networks, held against what is counted by hand. */
import { expect, test } from 'vitest';
import type { ModelDocument } from '../graph/model-document';
import { networkCost } from './network-cost';

const chain = (
  ...nodes: readonly (readonly [kind: string, parameters: ModelDocument['nodes'][number]['parameters']])[]
): ModelDocument => ({
  format: 'hebb-model',
  version: 1,
  name: 'chain',
  nodes: nodes.map(([kind, parameters], index) => ({ id: `n${String(index)}`, kind, version: 1, parameters })),
  edges: nodes.slice(1).map((_, index) => ({ from: `n${String(index)}`, to: `n${String(index + 1)}`, port: 0 })),
});

test('counts a product as a multiplication and an addition each, and a bias as an addition', () => {
  expect(networkCost(chain(['input', { shape: [5] }], ['dense', { units: 3 }], ['relu', {}]))).toEqual({
    parameters: 18,
    flops: 2 * 5 * 3 + 3 + 3,
  });
});

test('counts a convolution by its windows and a pool by their elements', () => {
  const document = chain(
    ['input', { shape: [2, 6, 6] }],
    ['conv2d', { outChannels: 4, kernelSize: [3, 3], bias: false, groups: 2 }],
    ['max-pool', { kernelSize: [2, 2], stride: [2, 2] }],
  );
  // 4 channels of 4×4 windows over one channel of 3×3; then 2×2 windows over 2×2 elements.
  expect(networkCost(document)).toEqual({ parameters: 36, flops: 2 * 4 * 16 * 9 + 4 * 4 * 4 });
});

test('is that of one sample, whatever dropout would draw', () => {
  const plain = networkCost(chain(['input', { shape: [4] }], ['dense', { units: 2 }]));
  expect(networkCost(chain(['input', { shape: [4] }], ['dropout', { probability: 0.5 }], ['dense', { units: 2 }]))).toEqual(plain);
});
