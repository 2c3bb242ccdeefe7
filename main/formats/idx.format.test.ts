import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { format, readIdx, readIdxPair } from './idx.format';

const header = (type: number, sizes: readonly number[], zeros: readonly [number, number] = [0, 0], rank = sizes.length): Buffer => {
  const bytes = Buffer.alloc(4 + 4 * sizes.length);
  bytes.set([...zeros, type, rank]);
  sizes.forEach((size, axis) => bytes.writeUInt32BE(size, 4 + 4 * axis));
  return bytes;
};
const body = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, index) => (index * 7) % 10));
const images = Buffer.concat([header(8, [12, 3, 2]), body(72)]);
const labels = Buffer.concat([header(8, [12]), body(12)]);
const floats = (values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeFloatBE(value, 4 * index));
  return bytes;
};
const integers = (values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeInt32BE(value, 4 * index));
  return bytes;
};
const codeOf = (outcome: ReturnType<typeof readIdx> | ReturnType<typeof readIdxPair>): string =>
  outcome.ok ? 'read' : outcome.problem.code;

describe('what is read', () => {
  it('is the header and the elements, plain and packed', () => {
    for (const bytes of [images, gzipSync(images), gzipSync(images, { level: 0 })]) {
      const outcome = readIdx(bytes);
      if (!outcome.ok) throw new Error(outcome.problem.code);
      expect(outcome.value).toMatchObject({ element: 'u8', shape: [12, 3, 2] });
      expect(Buffer.from(outcome.value.bytes)).toEqual(body(72));
    }
  });

  it('is a pair in either order, with a channel axis for images', () => {
    for (const outcome of [readIdxPair(images, labels), readIdxPair(labels, gzipSync(images))]) {
      if (!outcome.ok) throw new Error(outcome.problem.code);
      expect(outcome.value).toMatchObject({ count: 12, sampleShape: [1, 3, 2], classCount: 10 });
      expect(outcome.value.samples).toEqual({ type: 'u8', values: expect.objectContaining({ length: 72 }) as unknown });
      expect(Array.from(outcome.value.labels)).toEqual([...body(12)]);
    }
  });

  it('looks like IDX by its first bytes', () => {
    expect([images, labels, gzipSync(images)].map((bytes) => format.probe(bytes.subarray(0, 300)))).toEqual([true, true, true]);
    expect([Buffer.from('PK\x03\x04'), Buffer.alloc(0), Buffer.from([0, 0, 7, 1]), gzipSync('text')].map(format.probe)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

/** Writes arrays as IDX with numpy's own big-endian types, plain and with Python's gzip, and prints what they hold. */
const pythonWriter = `
import gzip, json, struct, sys
import numpy as np
folder = sys.argv[1]
random = np.random.default_rng(1)
codes = {'u1': 8, 'i1': 9, '>i2': 11, '>i4': 12, '>f4': 13, '>f8': 14}
out = {}
for dtype, code in codes.items():
    for rank, shape in ((1, (20,)), (2, (20, 5)), (3, (20, 4, 3)), (4, (20, 2, 4, 3))):
        low, high = (0, 10) if rank == 1 else (0 if dtype == 'u1' else -100, 120)
        values = random.integers(low, high, shape).astype(dtype)
        if dtype.startswith('>f') and rank > 1: values = (values + np.asarray(0.25, dtype)).astype(dtype)
        data = struct.pack('>BBBB', 0, 0, code, rank) + struct.pack('>%dI' % rank, *shape) + values.tobytes()
        name = '%s-%d' % (dtype.strip('>'), rank)
        open(folder + '/' + name, 'wb').write(data)
        gzip.open(folder + '/' + name + '.gz', 'wb').write(data)
        out[name] = {'shape': list(shape), 'values': values.astype('f8').ravel().tolist()}
json.dump(out, open(folder + '/expected.json', 'w'))
`;

describe('files written by numpy and gzip', () => {
  it('are read with every element type and rank', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hebb-idx-'));
    try {
      const written = spawnSync('/usr/bin/python3', ['-c', pythonWriter, folder], { encoding: 'utf8' });
      expect(written.stderr).toBe('');
      const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<
        string,
        { shape: number[]; values: number[] }
      >;
      expect(Object.keys(expected).length).toBe(24);
      for (const [name, { shape, values }] of Object.entries(expected)) {
        if (shape.length === 1) continue;
        const labelName = `${name.split('-')[0] ?? ''}-1`;
        for (const ending of ['', '.gz']) {
          const outcome = readIdxPair(readFileSync(join(folder, name + ending)), readFileSync(join(folder, labelName + ending)));
          if (!outcome.ok) throw new Error(`${name}${ending}: ${outcome.problem.code}`);
          const { sampleShape, samples, labels: read } = outcome.value;
          expect(sampleShape).toEqual(shape.length === 3 ? [1, ...shape.slice(1)] : shape.slice(1));
          expect(Array.from(samples.values)).toEqual(values);
          expect(Array.from(read)).toEqual(expected[labelName]?.values);
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const packed = gzipSync(images);
const changed = (bytes: Buffer, change: (copy: Buffer) => unknown): Buffer => {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
};

/** Malformed files: a name, the bytes, the expected code and, where it says something, the offset. */
const malformed: readonly (readonly [name: string, bytes: Buffer, code: string, offset?: number])[] = [
  ['nothing', Buffer.alloc(0), 'idx.truncated', 0],
  ['one byte', Buffer.alloc(1), 'idx.truncated', 1],
  ['half a magic number', Buffer.from([0, 0, 8]), 'idx.truncated', 3],
  ['a magic number alone', Buffer.from([0, 0, 8, 3]), 'idx.truncated', 4],
  ['half a header', images.subarray(0, 10), 'idx.truncated', 10],
  ['a header alone', images.subarray(0, 16), 'idx.truncated', 16],
  ['one element missing', images.subarray(0, images.length - 1), 'idx.truncated', images.length - 1],
  ['half the elements', images.subarray(0, 50), 'idx.truncated', 50],
  ['one byte too many', Buffer.concat([images, Buffer.alloc(1)]), 'idx.trailing-bytes', images.length],
  ['two files in one', Buffer.concat([images, images]), 'idx.trailing-bytes', images.length],
  ['first zero wrong', Buffer.concat([header(8, [4], [1, 0]), body(4)]), 'idx.magic', 0],
  ['second zero wrong', Buffer.concat([header(8, [4], [0, 1]), body(4)]), 'idx.magic', 0],
  ['little-endian magic number', Buffer.from([3, 8, 0, 0, 4, 0, 0, 0]), 'idx.magic', 0],
  ['a PNG', Buffer.from('89504e470d0a1a0a', 'hex'), 'idx.magic', 0],
  ['a text', Buffer.from('label,pixel0,pixel1\n1,0,0\n'), 'idx.magic', 0],
  ['a zip archive', Buffer.from('504b030414000000', 'hex'), 'idx.magic', 0],
  ['element type 0', Buffer.concat([header(0, [4]), body(4)]), 'idx.element-type', 2],
  ['element type 7', Buffer.concat([header(7, [4]), body(4)]), 'idx.element-type', 2],
  ['element type 10', Buffer.concat([header(10, [4]), body(4)]), 'idx.element-type', 2],
  ['element type 15', Buffer.concat([header(15, [4]), body(4)]), 'idx.element-type', 2],
  ['element type 255', Buffer.concat([header(255, [4]), body(4)]), 'idx.element-type', 2],
  ['no axes', Buffer.concat([header(8, []), body(4)]), 'idx.rank', 3],
  ['nine axes', header(8, new Array<number>(9).fill(1)), 'idx.rank', 3],
  ['255 axes', Buffer.concat([header(8, [4], [0, 0], 255), body(4)]), 'idx.rank', 3],
  ['no samples', header(8, [0, 28, 28]), 'idx.empty', 4],
  ['samples without width', header(8, [10, 28, 0]), 'idx.empty', 12],
  ['claims four billion labels', Buffer.concat([header(8, [0xffffffff]), body(4)]), 'idx.too-large', 4],
  ['claims 2³¹ samples', header(8, [0x7fffffff, 2]), 'idx.too-large', 4],
  ['claims more than numbers can count', header(14, new Array<number>(8).fill(0xffffffff)), 'idx.too-large', 4],
  ['claims two billion elements in a few bytes', Buffer.concat([header(14, [0x7fffffff]), body(4)]), 'idx.truncated', 12],
  ['claims one sample more', changed(images, (copy) => copy.writeUInt32BE(13, 4)), 'idx.truncated', images.length],
  ['claims one sample less', changed(images, (copy) => copy.writeUInt32BE(11, 4)), 'idx.trailing-bytes', images.length - 6],
  ['gzip header alone', packed.subarray(0, 10), 'gzip.truncated', 10],
  ['gzip of half a header', gzipSync(images.subarray(0, 10)), 'idx.truncated', 10],
  ['gzip of nothing', gzipSync(Buffer.alloc(0)), 'idx.truncated', 0],
  ['gzip cut in its data', packed.subarray(0, packed.length - 12), 'gzip.truncated'],
  ['gzip cut in its checksum', packed.subarray(0, packed.length - 6), 'gzip.truncated'],
  ['gzip with a wrong checksum', changed(packed, (copy) => copy.writeUInt32LE(1, copy.length - 8)), 'gzip.corrupt'],
  ['gzip with a wrong length', changed(packed, (copy) => copy.writeUInt32LE(1, copy.length - 4)), 'gzip.corrupt'],
  ['gzip with zeros behind it', Buffer.concat([packed, Buffer.alloc(20)]), 'gzip.trailing-bytes', packed.length],
  ['gzip with an unknown method', changed(packed, (copy) => (copy[2] = 7)), 'gzip.corrupt'],
  ['gzip of a text', gzipSync('label,pixel\n'), 'idx.magic', 0],
  ['gzip of more than its header claims', gzipSync(Buffer.concat([images, Buffer.alloc(1000)])), 'idx.trailing-bytes', images.length],
  [
    'gzip of a hundred megabytes of zeros behind a small header',
    gzipSync(Buffer.concat([labels, Buffer.alloc(100_000_000)])),
    'idx.trailing-bytes',
    labels.length,
  ],
  ['gzip that claims a gigabyte', gzipSync(Buffer.concat([header(8, [0x40000000]), body(100)])), 'idx.truncated'],
  ['gzip within gzip', gzipSync(packed), 'idx.magic', 0],
  ['deflate without gzip', deflateRawSync(images), 'idx.magic', 0],
];

describe('malformed files', () => {
  it('are many', () => {
    expect(malformed.length).toBeGreaterThanOrEqual(30);
  });

  it.each(malformed.map(([name, bytes, code, offset = null]) => ({ name, bytes, code, offset })))('$name', ({ bytes, code, offset }) => {
    const outcome = readIdx(bytes);
    expect(outcome).toMatchObject({ ok: false, problem: { code } });
    if (offset !== null && !outcome.ok) expect(outcome.problem.values['offset']).toBe(offset);
  });

  it('ask for no memory before the claim is checked', () => {
    const before = process.memoryUsage().arrayBuffers;
    for (const bytes of [Buffer.concat([header(14, [0x7fffffff]), body(4)]), gzipSync(Buffer.concat([header(14, [0x7fffffff]), body(4)]))])
      expect(codeOf(readIdx(bytes))).toBe('idx.truncated');
    // A claim of 16 GiB; 64 MiB is far above what a kilobyte of input needs.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });

  it.each([
    ['plain', images],
    ['gzip', packed],
  ])('%s: every prefix is truncated', (_name, bytes) => {
    for (let length = 0; length < bytes.length; length++) {
      const outcome = readIdx(bytes.subarray(0, length));
      expect(['idx.truncated', 'gzip.truncated'], `prefix of ${String(length)}`).toContain(codeOf(outcome));
    }
  });

  it('changed at random are read or refused with a code, and quickly', () => {
    // Marsaglia's xorshift32, so that a failure can be repeated.
    let state = 2_463_534_242;
    const next = (limit: number): number => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % limit;
    };
    const seen = new Map<string, number>();
    for (let round = 0; round < 6000; round++) {
      const sources = [images, labels, packed, gzipSync(labels)];
      const bytes = Buffer.from(sources[next(sources.length)] ?? images);
      for (let change = 0; change <= next(4); change++)
        bytes[next(round % 2 === 0 ? bytes.length : Math.min(20, bytes.length))] = next(256);
      const cut = next(8) === 0 ? bytes.subarray(0, next(bytes.length + 1)) : bytes;
      const pair = next(2) === 0 ? readIdxPair(cut, labels) : readIdxPair(images, cut);
      const code = codeOf(pair);
      expect(code).toMatch(/^(read|idx\.[a-z-]+|gzip\.[a-z-]+)$/);
      seen.set(code, (seen.get(code) ?? 0) + 1);
    }
    // The changes reach past the first check.
    expect(seen.size).toBeGreaterThan(8);
  });
});

describe('pairs that do not belong together', () => {
  it.each([
    ['different counts', images, Buffer.concat([header(8, [11]), body(11)]), 'idx.counts'],
    ['two label files', labels, labels, 'idx.no-samples'],
    ['two image files', images, images, 'idx.no-labels'],
    ['negative labels', images, Buffer.concat([header(9, [12]), Buffer.alloc(12, 0xff)]), 'idx.label-range'],
    ['huge labels', images, Buffer.concat([header(12, [12]), integers(new Array<number>(12).fill(1_000_000_000))]), 'idx.label-range'],
    [
      'labels that are no whole numbers',
      images,
      Buffer.concat([header(13, [12]), floats(new Array<number>(12).fill(0.5))]),
      'idx.label-range',
    ],
    [
      'samples that are no numbers',
      Buffer.concat([header(13, [12, 1]), floats([...new Array<number>(11).fill(1), NaN])]),
      labels,
      'idx.not-finite',
    ],
    [
      'infinite samples',
      Buffer.concat([header(13, [12, 1]), floats([...new Array<number>(11).fill(1), Infinity])]),
      labels,
      'idx.not-finite',
    ],
    ['a broken first file', images.subarray(0, 20), labels, 'idx.truncated'],
    ['a broken second file', images, labels.subarray(0, 9), 'idx.truncated'],
  ])('%s', (_name, first, second, code) => {
    expect(codeOf(readIdxPair(first, second))).toBe(code);
  });

  it('names the file that is to blame', () => {
    expect(readIdxPair(images.subarray(0, 20), labels)).toMatchObject({ problem: { values: { file: 1 } } });
    expect(readIdxPair(images, labels.subarray(0, 9))).toMatchObject({ problem: { values: { file: 2 } } });
  });
});
