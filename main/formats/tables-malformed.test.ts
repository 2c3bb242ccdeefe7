import { expect, it } from 'vitest';
import { ProblemError, unwrap } from '../../compute/graph/problem';
import { memorySource } from './byte-source';
import { openCsv } from './csv.format';
import type { SkippedRow } from './table';
import { wrongRowOptions, wrongRows, wrongTexts } from './testing/malformed/malformed-tables';
import { readText } from './text.format';

it('holds thirty malformed files of each', () => {
  expect(Math.min(wrongRows.length, wrongTexts.length)).toBeGreaterThanOrEqual(30);
});

it.each(wrongRows)('a row of a table with $name is left out with its line and the reason', async ({ row, code }) => {
  const source = memorySource('table.csv', Buffer.concat([Buffer.from('a,b,c\n1,x,yes\n'), Buffer.from(row), Buffer.from('\n3,z,no\n')]));
  const lines: number[] = [];
  const skipped: SkippedRow[] = [];
  for await (const batch of unwrap(await openCsv(source, wrongRowOptions)).batches()) {
    lines.push(...batch.lines);
    skipped.push(...batch.skipped);
  }
  expect(skipped).toMatchObject([{ line: 3, code }]);
  expect(lines).toEqual([2, 4]);
});

it.each(wrongTexts)('a text with $name is refused with the place', async ({ bytes, code }) => {
  const read = async (): Promise<void> => {
    for await (const part of readText(memorySource('words.txt', bytes))) expect(part).toBeTypeOf('string');
  };
  const error = await read().then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProblemError);
  expect(error).toMatchObject({ problem: { code, values: { file: 'words.txt', offset: expect.any(Number) as number } } });
});
