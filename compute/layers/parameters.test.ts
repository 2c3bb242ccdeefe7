import { describe, expect, it } from 'vitest';
import { checkParameter } from '../graph/parameter-schema';
import { layers } from './registry';

const dependent = [...layers.values()].flatMap(({ kind, parameters }) =>
  Object.entries(parameters).flatMap(([name, { onlyWhen }]) => (onlyWhen === undefined ? [] : [{ kind, name, parameters, onlyWhen }])),
);

describe('parameters that count only under another', () => {
  it.each(dependent)('$kind: $name depends on a choice of the same layer', ({ parameters, onlyWhen }) => {
    const other = parameters[onlyWhen.parameter];
    expect(['choice', 'boolean']).toContain(other?.type);
    expect(other && checkParameter(onlyWhen.parameter, other, onlyWhen.is).ok).toBe(true);
  });
});
