import { describe, expect, it } from 'vitest';
import type { ModelDocument } from '../../../compute/graph/model-document';
import { filterOf, hasPicture, pictureShape } from './pictures';

const node = (id: string, kind: string) => ({ id, kind, version: 1, parameters: {} });
const document: ModelDocument = {
  format: 'hebb-model',
  version: 1,
  name: 'x',
  nodes: [node('input', 'input'), node('flatten', 'flatten'), node('dense1', 'dense'), node('dense2', 'dense')],
  edges: [
    { from: 'input', to: 'flatten', port: 0 },
    { from: 'flatten', to: 'dense1', port: 0 },
    { from: 'dense1', to: 'dense2', port: 0 },
  ],
};
const shapes = new Map([['flatten', { inputShapes: [[1, 28, 28]], outputShape: [784] }]]);

describe('pictures of weights', () => {
  it('behind a flatten are what the flatten took', () => {
    expect(pictureShape(document, shapes, 'dense1', [10, 784])).toEqual([10, 1, 28, 28]);
  });
  it('stay as they are elsewhere', () => {
    expect(pictureShape(document, shapes, 'dense2', [10, 10])).toEqual([10, 10]);
    expect(pictureShape(document, shapes, 'dense1', [10])).toEqual([10]);
    expect(pictureShape(document, shapes, 'dense1', [10, 783])).toEqual([10, 783]);
  });
  it('need two axes', () => {
    expect(hasPicture([6])).toBe(false);
    expect(hasPicture([6, 1, 1, 1])).toBe(false);
    expect(hasPicture([6, 1, 5, 5])).toBe(true);
  });
  it('name their filters', () => {
    expect(filterOf([16, 6, 5, 5], 13)).toEqual({ output: 2, input: 1 });
    expect(filterOf([120, 400], 0)).toBeNull();
  });
});
