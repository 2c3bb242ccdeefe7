/** What Hebb writes as ONNX and reads again computes the same: every template, and every layer by itself. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { modelDocumentSchema, type ModelDocument } from '../../../../compute/graph/model-document';
import { unwrap } from '../../../../compute/graph/problem';
import type { SafetensorsEntry } from '../../../../compute/graph/safetensors';
import { sizeOf } from '../../../../compute/graph/tensor';
import { analyseNetwork, weightsOf } from '../../../../compute/layers/network';
import { layers } from '../../../../compute/layers/registry';
import { documentOutputs } from '../../../../compute/testing/document-outputs';
import { narrowed } from '../../../../compute/testing/parity/narrowed';
import { writeOnnx } from '../../onnx.format';
import { importOnnx } from './import-onnx';

const templates = import.meta.glob<{ readonly id: string; readonly content: { readonly document: unknown } }>(
  '../../../../resources/templates/*.json',
  {
    eager: true,
    import: 'default',
  },
);

/** Numbers that repeat: a generator of 31 bits (Park and Miller, 1988). */
function drawer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
}

const drawnWeights = (document: ModelDocument): SafetensorsEntry[] => {
  const draw = drawer(7);
  return weightsOf(document).map(({ name, specification: { shape, initializer } }) => {
    const fan = sizeOf(shape.slice(1));
    return {
      name,
      shape,
      data: Float32Array.from({ length: sizeOf(shape) }, (_, index) =>
        initializer.kind === 'fixed'
          ? initializer.valueAt(index)
          : name.endsWith('running_var')
            ? 0.5 + draw()
            : (2 * draw() - 1) / Math.sqrt(fan),
      ),
    };
  });
};

/** Largest difference of the outputs before and after, and the largest output: weights go through float32 once more. */
async function difference(document: ModelDocument, batch: number): Promise<{ readonly worst: number; readonly largest: number }> {
  const weights = drawnWeights(document);
  const { model, report } = unwrap(importOnnx(unwrap(writeOnnx({ document, weights }))));
  if (model === null) throw new Error(JSON.stringify(report.refused));
  const analysis = analyseNetwork(document);
  const { outputShape = [], vocabulary = null } = analysis.nodes.get(analysis.input ?? '') ?? {};
  const draw = drawer(11);
  const samples = Array.from({ length: batch * sizeOf(outputShape ?? []) }, () =>
    vocabulary === null ? 2 * draw() - 1 : Math.floor(draw() * vocabulary),
  );
  const before = await documentOutputs(document, weights, samples, batch);
  const after = await documentOutputs(model.document, model.weights, samples, batch);
  expect(after.length).toBe(before.length);
  expect(report.approximated).toEqual([]);
  return {
    worst: before.reduce((greatest, value, index) => Math.max(greatest, Math.abs(value - (after[index] ?? NaN))), 0),
    largest: before.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0),
  };
}

describe('ONNX files of Hebb', () => {
  it.each(Object.values(templates).map(({ id, content }) => [id, content] as const))('%s comes back', async (_, { document }) => {
    const { worst, largest } = await difference(narrowed(v.parse(modelDocumentSchema, document), 8), 2);
    expect(largest).toBeGreaterThan(1e-4);
    // Both are computed in float64; constants of formulas such as 1/√d pass through float32.
    expect(worst).toBeLessThan(1e-6 * Math.max(1, largest));
  });

  const cases = [...layers.values()].flatMap((layer) =>
    layer.samples
      .filter(({ inputShapes }) => inputShapes.length === 1 && layer.kind !== 'input')
      .map((sample) => [`${layer.label}, ${sample.name}`, layer, sample] as const),
  );
  it.each(cases)('%s comes back', async (_, layer, sample) => {
    const tokens = layer.tokens?.takes?.(sample.parameters);
    const document: ModelDocument = {
      format: 'hebb-model',
      version: 1,
      name: layer.label,
      nodes: [
        {
          id: 'input',
          kind: 'input',
          version: 1,
          parameters: {
            shape: [...(sample.inputShapes[0] ?? [])],
            ...(tokens === undefined ? {} : { content: 'tokens', vocabulary: tokens }),
          },
        },
        {
          id: 'layer',
          kind: layer.kind,
          version: layer.version,
          parameters: { ...(sample.parameters as ModelDocument['nodes'][number]['parameters']) },
        },
        { id: 'slope', kind: 'parametric-relu', version: 1, parameters: { shared: true } },
      ],
      edges: [
        { from: 'input', to: 'layer', port: 0 },
        { from: 'layer', to: 'slope', port: 0 },
      ],
    };
    const { worst, largest } = await difference(document, sample.batch ?? 2);
    expect(worst).toBeLessThan(1e-6 * Math.max(1, largest));
  });
});
