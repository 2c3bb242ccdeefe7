import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { analyseNetwork } from '../../compute/layers/network';
import { modelDocumentSchema } from '../../compute/graph/model-document';
import { trainingSettingsSchema } from '../../compute/graph/training-settings';

const templateSchema = v.strictObject({
  id: v.string(),
  name: v.pipe(v.string(), v.minLength(1)),
  description: v.pipe(v.string(), v.minLength(1)),
  content: v.strictObject({
    document: modelDocumentSchema,
    training: trainingSettingsSchema,
    dataset: v.strictObject({ id: v.literal('mnist') }),
    layout: v.strictObject({}),
  }),
});

const files = Object.entries(import.meta.glob<unknown>('./*.json', { eager: true, import: 'default' }));

describe('templates', () => {
  it('are four', () => {
    expect(files.map(([path]) => path)).toEqual(['./lenet-5.json', './logistic-regression.json', './mlp.json', './residual.json']);
  });

  it.each(files)('%s is a valid network from 28×28 pixels to ten classes', (path, content) => {
    const template = v.parse(templateSchema, content);
    expect(`./${template.id}.json`).toBe(path);
    const analysis = analyseNetwork(template.content.document);
    expect(analysis.problems).toEqual([]);
    expect(analysis.valid).toBe(true);
    expect(analysis.nodes.get(analysis.input ?? '')?.outputShape).toEqual([1, 28, 28]);
    expect(analysis.outputShape).toEqual([10]);
  });

  it('count the parameters of the papers', () => {
    const count = (id: string) => {
      const content = files.find(([path]) => path === `./${id}.json`)?.[1];
      return analyseNetwork(v.parse(templateSchema, content).content.document).parameterCount;
    };
    // 784·10 + 10
    expect(count('logistic-regression')).toBe(7850);
    // LeNet-5 with full connections between its convolutions and ten output units: 61,706.
    expect(count('lenet-5')).toBe(61_706);
  });
});
