import { describe, expect, it } from 'vitest';
import { noHistory, remember, stepBack, stepForward, type EditStep } from './edit-history';

const step = (label: string): EditStep => ({ label, count: 1, edits: [], inverse: [] });

describe('the edits of data', () => {
  it('are taken back and done again in their order', () => {
    const history = ['a', 'b'].map(step).reduce(remember, noHistory);
    const back = stepBack(history);
    expect(back?.step.label).toBe('b');
    const further = stepBack(back?.history ?? noHistory);
    expect(further?.step.label).toBe('a');
    expect(stepBack(further?.history ?? history)).toBeNull();
    const again = stepForward(further?.history ?? noHistory);
    expect(again?.step.label).toBe('a');
    expect(stepForward(again?.history ?? noHistory)?.history).toEqual(history);
    expect(stepForward(history)).toBeNull();
  });

  it('that were taken back are gone after a new one', () => {
    const back = stepBack(remember(noHistory, step('a')))?.history ?? noHistory;
    expect(remember(back, step('b'))).toEqual({ past: [step('b')], future: [] });
  });

  it('are kept to a bound: the oldest go', () => {
    const many = Array.from({ length: 250 }, (_, index) => step(String(index))).reduce(remember, noHistory);
    expect(many.past).toHaveLength(200);
    expect(many.past[0]?.label).toBe('50');
  });
});
