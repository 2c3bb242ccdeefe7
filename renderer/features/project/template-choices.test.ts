import { describe, expect, it } from 'vitest';
import logistic from '../../../resources/templates/logistic-regression.json';
import lenet from '../../../resources/templates/lenet-5.json';
import { groupTemplates } from './template-choices';

describe('the templates to choose from', () => {
  it('stand by their data, with layers, parameters and cost', () => {
    const [group, ...others] = groupTemplates([logistic, lenet]);
    expect(others).toEqual([]);
    expect(group?.dataset).toBe('mnist');
    // 784·10 weights and 10 biases; each weight is one multiplication and one addition.
    expect(group?.choices[0]).toMatchObject({ layers: 3, cost: { parameters: 7850 } });
    expect(group?.choices[0]?.cost.flops).toBeGreaterThanOrEqual(2 * 7840);
    expect(group?.choices[0]?.cost.flops).toBeLessThan(2 * 7840 + 100);
    expect(group?.choices[1]?.cost.parameters).toBe(61_706);
  });

  it('are left out where they cannot be read or computed', () => {
    const broken = { ...lenet, content: { ...lenet.content, document: { ...lenet.content.document, edges: [] } } };
    const strange = { ...lenet, content: { ...lenet.content, document: { ...lenet.content.document, version: 99 } } };
    expect(groupTemplates([broken, strange])).toEqual([]);
  });
});
