/** Rows read by ranges are the rows of the table, whichever are wanted and whose memory they come in. */
import { describe, expect, it } from 'vitest';
import { createRowReader, rangesOf } from './row-reader';

/** Large enough that some gaps are read and others are not: 128 rows between two are as much as is read with them. */
const rowBytes = 1024;
const shardRows = [300, 1, 700];
const table = Uint8Array.from({ length: 1001 * rowBytes }, (_, at) => (at * 2654435761) >>> 24);
const startOf = (shard: number): number => shardRows.slice(0, shard).reduce((sum, rows) => sum + rows, 0) * rowBytes;

function open(usesRoom: boolean) {
  const asked: number[] = [];
  const read = createRowReader({
    rowBytes,
    shardRows,
    readRange: async (shard, first, length, room) => {
      asked.push(length);
      await new Promise((resolve) => setTimeout(resolve, asked.length % 3));
      const bytes = table.subarray(startOf(shard) + first, startOf(shard) + first + length);
      if (!usesRoom) return bytes.slice();
      const own = room();
      own.set(bytes);
      return own;
    },
  });
  return { read, asked };
}

const wanted = [
  Uint32Array.from([0, 1, 2, 3]),
  Uint32Array.from([0, 2, 5, 299, 300, 301, 305, 900, 1000]),
  Uint32Array.from({ length: 500 }, (_, row) => 2 * row),
  new Uint32Array(0),
];
const expected = (rows: Uint32Array): Uint8Array =>
  Uint8Array.from([...rows].flatMap((row) => [...table.subarray(row * rowBytes, (row + 1) * rowBytes)]));

describe('rows of a table in shards', () => {
  it.each([true, false])('are those that are wanted, in their order (in given room: %s)', async (usesRoom) => {
    const { read } = open(usesRoom);
    const into = new Uint8Array(600 * rowBytes);
    for (const rows of wanted) {
      expect(Buffer.compare(await read(rows), expected(rows))).toBe(0);
      const result = await read(rows, into);
      expect(result.buffer).toBe(into.buffer);
      expect(Buffer.compare(result, expected(rows))).toBe(0);
    }
  });

  it('are read with their neighbours where little lies between, and never across shards', () => {
    const ranges = rangesOf(Uint32Array.from([0, 2, 5, 299, 300, 301, 305, 900]), { rowBytes, shardRows });
    expect(ranges.map(({ shard, first, count }) => [shard, first, count])).toEqual([
      [0, 0, 6],
      [0, 299, 1],
      [1, 0, 1],
      [2, 0, 5],
      [2, 599, 1],
    ]);
  });

  it('are refused where one of them cannot be read', async () => {
    const read = createRowReader({ rowBytes, shardRows, readRange: () => Promise.reject(new Error('gone')) });
    await expect(read(Uint32Array.from([0, 500]))).rejects.toThrow('gone');
  });
});
