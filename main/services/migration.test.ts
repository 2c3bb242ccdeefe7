import { expect, it } from 'vitest';
import { migrate, type Migration } from './migration';

const steps = new Map<number, Migration>([
  [1, ({ title, ...rest }) => ({ ...rest, name: title })],
  [2, (file) => ({ ...file, layout: {} })],
]);

it('runs the steps in order, each once', () => {
  expect(migrate({ version: 1, title: 'Digits' }, 1, 3, steps)).toEqual({ version: 3, name: 'Digits', layout: {} });
  expect(migrate({ version: 2, name: 'Digits' }, 2, 3, steps)).toEqual({ version: 3, name: 'Digits', layout: {} });
});

it('leaves a file of the current version as it is', () => {
  const file = { version: 3, name: 'Digits' };
  expect(migrate(file, 3, 3, steps)).toBe(file);
});

it('gives null where a step is missing', () => {
  expect(migrate({ version: 0 }, 0, 3, steps)).toBeNull();
  expect(migrate({ version: 3 }, 3, 4, steps)).toBeNull();
});
