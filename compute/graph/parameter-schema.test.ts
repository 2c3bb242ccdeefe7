import { describe, expect, it } from 'vitest';
import { checkParameters, counts, type ParameterSchema } from './parameter-schema';

const schema: ParameterSchema = {
  mode: {
    type: 'choice',
    label: 'Mode',
    default: 'own',
    options: [
      { value: 'own', label: 'Own' },
      { value: 'none', label: 'None' },
    ],
  },
  size: { type: 'integer', label: 'Size', default: 1, minimum: 0, maximum: 9, onlyWhen: { parameter: 'mode', is: 'own' } },
};

describe('a parameter that depends on another', () => {
  it('counts while the other has the value, or has it by default', () => {
    expect([{}, { mode: 'own' }, { mode: 'none' }].map((values) => counts(schema, 'size', values))).toEqual([true, true, false]);
    expect(counts(schema, 'mode', { mode: 'none' })).toBe(true);
  });

  it('is checked in any case, so that it can be kept', () => {
    expect(checkParameters(schema, { mode: 'none', size: 3 })).toEqual({ ok: true, value: { mode: 'none', size: 3 } });
    expect(checkParameters(schema, { mode: 'none', size: 10 }).ok).toBe(false);
  });
});
