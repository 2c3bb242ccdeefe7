import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Sending } from '../../../platform/client';
import { partsOf, sendFiles } from './send-files';

const { upload } = vi.hoisted(() => ({ upload: vi.fn() }));
vi.mock('../../../platform/client', () => ({ upload }));

const sized = (size: number) => ({ size }) as Blob;
const small = (count: number) => Array.from({ length: count }, (_, index) => ({ path: `${String(index)}.png`, content: sized(100) }));
const sizesOf = (files: Parameters<typeof partsOf>[0]) => partsOf(files).map((part) => part.length);

describe('parts', () => {
  it('hold so many files, or so many bytes, in their order', () => {
    expect(sizesOf([])).toEqual([]);
    expect(sizesOf(small(1000))).toEqual([512, 488]);
    const large = Array.from({ length: 5 }, (_, index) => ({ path: String(index), content: sized(30 * 2 ** 20) }));
    expect(sizesOf(large)).toEqual([2, 2, 1]);
    expect(partsOf(small(600)).flat()).toEqual(small(600));
  });

  it('are never more than the contract takes', () => {
    // A large file after every 200 small ones, 200,000 in all: both bounds are met again and again.
    const files = small(200_000).map((file, index) => (index % 200 === 0 ? { ...file, content: sized(2 ** 30) } : file));
    expect(sizesOf(files).length).toBeLessThanOrEqual(1000);
  });
});

describe('sending', () => {
  const files = Array.from({ length: 1100 }, (_, index) => ({ path: `${String(index)}.txt`, content: new Blob(['0123456789']) }));
  const signal = new AbortController().signal;
  beforeEach(() => {
    upload.mockReset();
  });

  it('tells of the bytes of all parts, and gives their tokens in order', async () => {
    let count = 0;
    upload.mockImplementation(async (_name: string, body: Blob, { progress }: Sending) => {
      const mine = ++count;
      progress(0.5);
      // The first one arrives last.
      for (let turn = 0; turn < (mine === 1 ? 20 : 1); turn++) await Promise.resolve();
      return { ok: true, value: `part-${String(mine)}-${String(body.size > 0)}` };
    });
    const told: number[] = [];
    const result = await sendFiles('data', files, { progress: (fraction) => void told.push(fraction), signal });
    expect(result).toEqual({ ok: true, value: ['part-1-true', 'part-2-true', 'part-3-true'] });
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
    expect(told[0]).toBeGreaterThan(0);
    expect(told[0]).toBeLessThan(0.5);
  });

  it('ends with the first part that fails', async () => {
    const error = { code: 'disk.full', values: {} };
    upload.mockResolvedValue({ ok: false, error });
    expect(await sendFiles('data', files, { progress: () => undefined, signal })).toEqual({ ok: false, error });
    expect(upload).toHaveBeenCalledTimes(2);
  });
});
