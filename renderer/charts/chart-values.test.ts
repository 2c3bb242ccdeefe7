import { describe, expect, it } from 'vitest';
import { csvOf, valuesOf } from './chart-values';

describe('a chart as CSV', () => {
  it('keeps every digit, leaves gaps empty and quotes what would be read as something else', () => {
    const values = {
      columns: ['step', 'a,b', 'say "x"'],
      rows: [
        [1, 0.1 + 0.2, null],
        [2, NaN, 'two\nlines'],
        [3, 1e-12, ' edge'],
      ],
    };
    expect(csvOf(values)).toBe('step,"a,b","say ""x"""\r\n1,0.30000000000000004,\r\n2,NaN,"two\nlines"\r\n3,1e-12," edge"\r\n');
  });

  it('has a row for each place of any series', () => {
    const first = {
      name: 'first',
      points: [
        [1, 10],
        [3, 30],
      ] as const,
    };
    const second = {
      name: 'second',
      points: [
        [2, 5],
        [3, 6],
      ] as const,
    };
    expect(valuesOf('step', [first, second])).toEqual({
      columns: ['step', 'first', 'second'],
      rows: [
        [1, 10, null],
        [2, null, 5],
        [3, 30, 6],
      ],
    });
  });
});
