import { describe, expect, test } from 'vitest';
import type { ModelDocument } from '../graph/model-document';
import { formatShape, type Shape } from '../graph/tensor';
import { BEFORE_BLOCK, type BlockDefinition } from './block';
import { blocks } from './block-registry';
import { analyseNetwork } from './network';
import { layers } from './registry';

/** The block behind an input of that shape. */
function documentOf(block: BlockDefinition, shape: Shape): ModelDocument {
  const drawn = block.layers(shape);
  return {
    format: 'hebb-model',
    version: 1,
    name: block.kind,
    nodes: [
      { id: 'input', kind: 'input', version: 1, parameters: { shape } },
      ...drawn.map(({ name, kind, parameters }) => ({ id: name, kind, version: 1, parameters })),
    ],
    edges: drawn.flatMap(({ name, inputs }) =>
      inputs.map((from, port) => ({ from: from === BEFORE_BLOCK ? 'input' : from, to: name, port })),
    ),
  };
}

describe.each([...blocks.values()])('$kind', (block) => {
  test('is no layer, and says what it is', () => {
    expect(layers.has(block.kind)).toBe(false);
    expect(block.help).toMatch(/\.$/);
    expect(block.samples.length).toBeGreaterThan(0);
  });

  test.each(block.samples.map((shape) => [formatShape(shape), shape] as const))(
    'makes a valid network of %s, and gives it back',
    (_name, shape) => {
      const analysis = analyseNetwork(documentOf(block, shape));
      expect(analysis.problems).toEqual([]);
      expect(analysis.outputShape).toEqual(shape);
      expect(analysis.output).toBe(block.layers(shape).at(-1)?.name);
    },
  );

  test('can be drawn where nothing is known of what stands before', () => {
    expect(block.layers(null).map(({ kind }) => layers.has(kind))).not.toContain(false);
  });
});
