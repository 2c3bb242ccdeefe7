import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRange } from './byte-range';

describe('a range of bytes', () => {
  it('is read in its three forms', () => {
    expect(parseRange('bytes=0-0', 100)).toEqual({ start: 0, end: 1 });
    expect(parseRange('bytes=10-19', 100)).toEqual({ start: 10, end: 20 });
    expect(parseRange('bytes=90-', 100)).toEqual({ start: 90, end: 100 });
    expect(parseRange('bytes=-10', 100)).toEqual({ start: 90, end: 100 });
  });

  it('ends where the file ends', () => {
    expect(parseRange('bytes=90-1000', 100)).toEqual({ start: 90, end: 100 });
    expect(parseRange('bytes=-1000', 100)).toEqual({ start: 0, end: 100 });
  });

  it('is unsatisfiable beyond the end', () => {
    expect(parseRange('bytes=100-', 100)).toBe('unsatisfiable');
    expect(parseRange('bytes=-0', 100)).toBe('unsatisfiable');
    expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable');
  });

  it('is ignored when it is none', () => {
    for (const header of [null, '', 'bytes', 'bytes=-', 'bytes=5-2', 'bytes=0-1,5-6', 'items=0-1', 'bytes=a-b', 'bytes=-1-2']) {
      expect(parseRange(header, 100)).toBe('whole');
    }
  });

  it('never leaves the file, whatever is asked', () => {
    const part = fc.oneof(fc.nat({ max: 200 }).map(String), fc.constant(''), fc.bigInt({ min: 0n, max: 2n ** 80n }).map(String));
    fc.assert(
      fc.property(part, part, fc.nat({ max: 150 }), (first, last, size) => {
        const range = parseRange(`bytes=${first}-${last}`, size);
        if (typeof range === 'string') return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeLessThanOrEqual(size);
        expect(range.start).toBeLessThan(range.end);
      }),
    );
  });
});
