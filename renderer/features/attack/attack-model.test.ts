import { describe, expect, it } from 'vitest';
import type { ParameterSchema } from '../../../compute/graph/parameter-schema';
import { amplification, largestChange, othersOf, parametersWith, verdictOf } from './attack-model';

const schema: ParameterSchema = {
  epsilon: { type: 'number', label: 'ε', default: 0.1, minimum: 0, maximum: 1 },
  steps: { type: 'integer', label: 'Steps', default: 10, minimum: 1, maximum: 100 },
};
const prediction = (predicted: number) => ({ probabilities: new Float32Array(10), predicted });

describe('attack parameters', () => {
  it('keep ε apart from the form', () => {
    expect(Object.keys(othersOf(schema))).toEqual(['steps']);
  });
  it('are defaults, then what was set, then ε; what another attack had is left out', () => {
    expect(parametersWith(schema, { steps: 40, momentum: 1 }, 0.2)).toEqual({ epsilon: 0.2, steps: 40 });
    expect(parametersWith(schema, {}, 0)).toEqual({ epsilon: 0, steps: 10 });
  });
});

describe('a perturbation', () => {
  it('is amplified so that its largest change is full strength', () => {
    expect(largestChange([0.1, -0.25])).toBe(0.25);
    expect(amplification(0.25)).toBe(4);
    expect(amplification(0)).toBe(1);
  });
});

describe('the verdict', () => {
  it.each([
    [7, 7, 'held'],
    [7, 3, 'fooled'],
    [3, 7, 'already-wrong'],
    [3, 3, 'already-wrong'],
  ] as const)('clean %i, attacked %i: %s', (clean, adversarial, verdict) => {
    expect(verdictOf({ clean: prediction(clean), adversarial: prediction(adversarial) }, 7)).toBe(verdict);
  });
});
