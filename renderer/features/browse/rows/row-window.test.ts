import { describe, expect, it } from 'vitest';
import { nextRow, windowAround } from './row-window';

const size = { rows: 100, cellHeight: 50, viewport: 200, rowBytes: 1000 };

describe('the rows around those that can be seen', () => {
  it('are as many above and below, within the grid', () => {
    expect(windowAround(1000, size)).toEqual({ first: 16, last: 28, firstSeen: 20, lastSeen: 24 });
    expect(windowAround(1025, size)).toEqual({ first: 15, last: 30, firstSeen: 20, lastSeen: 25 });
    expect(windowAround(0, size)).toEqual({ first: 0, last: 8, firstSeen: 0, lastSeen: 4 });
    expect(windowAround(4800, size)).toEqual({ first: 92, last: 100, firstSeen: 96, lastSeen: 100 });
    expect(windowAround(0, { ...size, rows: 0 })).toEqual({ first: 0, last: 0, firstSeen: 0, lastSeen: 0 });
  });

  it('are fewer where rows are large, never those that are seen', () => {
    // 64 MiB are six such rows.
    expect(windowAround(1000, { ...size, rowBytes: 10 * 2 ** 20 })).toEqual({ first: 19, last: 25, firstSeen: 20, lastSeen: 24 });
    expect(windowAround(1000, { ...size, rowBytes: 100 * 2 ** 20 })).toMatchObject({ first: 20, last: 24 });
  });
});

describe('the row that is drawn next', () => {
  const reach = { first: 16, last: 28, firstSeen: 20, lastSeen: 24 };

  it('is the first that is seen', () => {
    expect(nextRow(reach, [27, 16, 23, 21, 22], true)).toBe(21);
  });

  it('then the nearest, sooner where one is going', () => {
    expect(nextRow(reach, [18, 25], true)).toBe(25);
    expect(nextRow(reach, [18, 25], false)).toBe(18);
    expect(nextRow(reach, [19, 27], true)).toBe(19);
    expect(nextRow(reach, [], true)).toBeNull();
  });
});
