import { describe, expect, it } from 'vitest';
import logistic from '../../../resources/templates/logistic-regression.json';
import lenet from '../../../resources/templates/lenet-5.json';
import { templateChoices } from './template-choices';

describe('the templates to choose from', () => {
  it('come with the parameters and the cost of their networks', () => {
    const [first, second] = templateChoices([logistic, lenet]);
    // 784·10 weights and 10 biases; each weight is one multiplication and one addition.
    expect(first?.cost.parameters).toBe(7850);
    expect(first?.cost.flops).toBeGreaterThanOrEqual(2 * 7840);
    expect(first?.cost.flops).toBeLessThan(2 * 7840 + 100);
    expect(second?.cost.parameters).toBe(61_706);
  });

  it('stand side by side where they train on the same data', () => {
    const other = { ...lenet, id: 'other', content: { ...lenet.content, dataset: { id: 'letters' } } };
    const ids = templateChoices([lenet, other, logistic]).map(({ template }) => template.id);
    expect(ids).toEqual([lenet.id, logistic.id, 'other']);
  });

  it('are left out where they cannot be read or computed', () => {
    const broken = { ...lenet, content: { ...lenet.content, document: { ...lenet.content.document, edges: [] } } };
    const strange = { ...lenet, content: { ...lenet.content, document: { ...lenet.content.document, version: 99 } } };
    expect(templateChoices([broken, strange])).toEqual([]);
  });
});
