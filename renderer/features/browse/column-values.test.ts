import { expect, it } from 'vitest';
import { cellOf } from './column-values';

const column = {
  name: 'x',
  kind: 'numeric' as const,
  use: 'input' as const,
  at: 1,
  width: 1,
  missing: 0,
  minimum: 0,
  maximum: 9,
  mean: 5,
  deviation: 2,
  categories: [],
  standardised: true,
};
const say = (value: number) => String(Math.round(value * 100) / 100);

it('cells are as they were in the source', () => {
  expect(cellOf(column, [0, 1.5], say)).toBe('8');
  expect(cellOf({ ...column, standardised: false }, [0, 1.5], say)).toBe('1.5');
  const colours = { ...column, kind: 'categorical' as const, width: 3, categories: ['red', 'green', 'blue'] };
  expect(cellOf(colours, [9, 0, 1, 0], say)).toBe('green');
  expect(cellOf(colours, [9, 0, 0, 0], say)).toBe('–');
  expect(cellOf(column, [0], say)).toBe('–');
});
