import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeFileSystem } from '../../storage/file-system';
import { createRawRows } from './raw-rows';

/** 8 MiB of numbers in rows of 1024. */
const piece = (number: number): Float64Array => Float64Array.from({ length: 2 ** 20 }, (_, index) => number * 2 ** 20 + index);

it.each([
  ['few are kept in memory', 2],
  ['many go to a file and come back', 6],
])('rows: %s, in their order', async (_name, pieces) => {
  const folder = mkdtempSync(join(tmpdir(), 'hebb-rows-'));
  try {
    const rows = createRawRows(nodeFileSystem, folder, 1024);
    for (let number = 0; number < pieces; number++) await rows.add(piece(number));
    expect(rows.count).toBe(pieces * 1024);
    expect(readdirSync(folder).length).toBe(pieces > 4 ? 1 : 0);
    // Twice, as an import does.
    for (let pass = 0; pass < 2; pass++) {
      let next = 0;
      for await (const values of rows.read()) {
        expect(values.length % 1024).toBe(0);
        for (const value of values) if (value !== next++) expect.fail(`${value} instead of ${next - 1}`);
      }
      expect(next).toBe(pieces * 2 ** 20);
    }
    await rows.remove();
    expect(existsSync(join(folder, 'rows.raw'))).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('rows: few behind many that are on their way to the file stay behind them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hebb-rows-'));
  try {
    const rows = createRawRows(nodeFileSystem, folder, 1024);
    // 28 MiB are held, the next 7 MiB are too much, and a single row would have room beside the first.
    for (let number = 0; number < 5; number++) await rows.add(new Float64Array(7 * 2 ** 17).fill(number));
    await rows.add(new Float64Array(1024).fill(5));
    const met: number[] = [];
    for await (const values of rows.read()) for (const value of values) if (met.at(-1) !== value) met.push(value);
    expect(met).toEqual([0, 1, 2, 3, 4, 5]);
    await rows.remove();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
