import { expect, it } from 'vitest';
import { createLineNumbers } from './line-numbers';

it('keeps the lines of rows, whatever lies between them', () => {
  const lines = createLineNumbers();
  // Of two files; the second begins anew, and a row of it spans many lines.
  const all = [2, 3, 4, 9, 263, 518, 773, 2, 3, 100_000, 100_001, 4_000_000_0];
  lines.add(Int32Array.from(all.slice(0, 5)));
  lines.add(Int32Array.from(all.slice(5)));
  const next = lines.read();
  expect([...next(7), ...next(1), ...next(4)]).toEqual(all);
  expect([...lines.read()(12)]).toEqual(all);
});
