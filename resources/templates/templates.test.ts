/** The templates: valid networks that fit their data, as they are described and as the script writes them. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { modelDocumentSchema } from '../../compute/graph/model-document';
import { trainingSettingsSchema } from '../../compute/graph/training-settings';
import { analyseNetwork } from '../../compute/layers/network';
import { networkCost } from '../../compute/layers/network-cost';
import { bundledDatasets } from '../../main/services/bundled/registry';
import { templateFiles } from '../../scripts/make-templates.mjs';

const templateSchema = v.strictObject({
  id: v.string(),
  name: v.pipe(v.string(), v.minLength(1)),
  description: v.pipe(v.string(), v.minLength(1)),
  content: v.strictObject({
    document: modelDocumentSchema,
    training: trainingSettingsSchema,
    dataset: v.strictObject({ id: v.string() }),
    layout: v.strictObject({}),
  }),
});

const files = Object.entries(import.meta.glob<unknown>('./*.json', { eager: true, import: 'default' }));

describe('templates', () => {
  it.each(files)('%s is a valid network for its data', (path, content) => {
    const template = v.parse(templateSchema, content);
    expect(`./${template.id}.json`).toBe(path);
    const analysis = analyseNetwork(template.content.document);
    expect(analysis.problems).toEqual([]);
    expect(analysis.valid).toBe(true);
    const dataset = bundledDatasets.get(template.content.dataset.id);
    expect(analysis.nodes.get(analysis.input ?? '')?.outputShape).toEqual(dataset?.sampleShape);
    const labels = dataset === undefined ? [] : [...dataset.labelShape, dataset.classes.length];
    const compared = template.content.training.target === 'input' ? dataset?.sampleShape : labels;
    expect(analysis.outputShape).toEqual(compared);
  });

  /** Counted by hand from the papers; for narrower versions by the same sums with their widths. */
  const costs: Readonly<Record<string, { readonly parameters: number; readonly multiplications?: number }>> = {
    // 784·10 + 10
    'logistic-regression': { parameters: 7850, multiplications: 7840 },
    // LeNet-5 with full connections between its convolutions and ten output units: 61,706; 416,520 products.
    'lenet-5': { parameters: 61_706, multiplications: 416_520 },
    // 0.27 M and 41 M (He et al., 2016, table 6), with 1×1 convolutions and batch norm on two skip paths.
    'resnet-20': { parameters: 272_474, multiplications: 40_813_184 },
  };

  it.each(Object.entries(costs))('%s has the size and the cost of its paper', (id, { parameters, multiplications = 0 }) => {
    const content = files.find(([path]) => path === `./${id}.json`)?.[1];
    const cost = networkCost(v.parse(templateSchema, content).content.document);
    expect(cost.parameters).toBe(parameters);
    // A product counts as a multiplication and an addition; what is neither product nor convolution adds less than a tenth.
    expect(cost.flops).toBeGreaterThanOrEqual(2 * multiplications);
    expect(cost.flops).toBeLessThan(1.1 * 2 * multiplications);
  });

  it('are as the script writes them', async () => {
    for (const [path, text] of await templateFiles()) {
      expect(readFileSync(path, 'utf8') === text, `${path} is stale: node scripts/make-templates.mjs`).toBe(true);
    }
  });
});
