import { parquetWriteBuffer } from 'hyparquet-writer';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProblemError, unwrap } from '../../compute/graph/problem';
import { memorySource, type ByteSource } from './byte-source';
import { format, openParquet } from './parquet.format';
import { unpack } from './parquet/compression';
import type { ColumnKind, SkippedRow, TableOptions } from './table';

/** Files that pyarrow wrote (main/formats/testing/write-parquet.py), and what it says they hold. */
const folder = join(import.meta.dirname, 'testing/parquet');
const fileOf = (name: string): Buffer => readFileSync(join(folder, name));
const expected = JSON.parse(fileOf('expected.json').toString()) as {
  readonly flat: Readonly<Record<string, readonly (number | string | boolean | null)[]>>;
  readonly images: { readonly image: readonly (readonly number[] | null)[]; readonly label: readonly number[] };
};
type Cell = number | string | boolean | null | readonly number[];

interface Read {
  readonly kinds: Readonly<Record<string, ColumnKind>>;
  readonly columns: Readonly<Record<string, readonly Cell[]>>;
  readonly lines: readonly number[];
  readonly skipped: readonly SkippedRow[];
}

async function readAll(source: ByteSource, options: TableOptions = {}): Promise<Read> {
  const table = unwrap(await openParquet(source, options));
  const columns: Record<string, Cell[]> = Object.fromEntries(table.columns.map(({ name }) => [name, []]));
  const lines: number[] = [];
  const skipped: SkippedRow[] = [];
  for await (const batch of table.batches()) {
    lines.push(...batch.lines);
    skipped.push(...batch.skipped);
    batch.columns.forEach((column, index) => {
      const into = columns[table.columns[index]!.name]!;
      if (column.kind === 'numeric') for (const value of column.values) into.push(Number.isNaN(value) ? null : value);
      else if (column.kind === 'boolean') for (const value of column.values) into.push(value === 2 ? null : value === 1);
      else if (column.kind === 'categorical')
        for (const code of column.values) into.push(code < 0 ? null : (column.categories[code] ?? ''));
      else if (column.kind === 'text') into.push(...column.values);
      else into.push(...column.values.map((value) => (value === null ? null : [...value])));
    });
  }
  return { kinds: Object.fromEntries(table.columns.map(({ name, kind }) => [name, kind])), columns, lines, skipped };
}

const flat = ['none-v1', 'snappy-v1', 'snappy-v2', 'gzip-v2', 'brotli-v1', 'lz4-v1', 'zstd-v2', 'deltas-v2', 'deltas-v1'];

describe('files written by pyarrow', () => {
  it.each(flat)('%s: every type, with every value', async (name) => {
    const bytes = fileOf(`${name}.parquet`);
    const kinds = { text: 'text', large: 'text', category: 'text' } as const;
    const read = await readAll(memorySource(name, bytes), { kinds });
    expect(read.kinds).toMatchObject({ i8: 'numeric', bool: 'boolean', decimal: 'numeric', date: 'numeric', ...kinds });
    expect(read.columns).toEqual(expected.flat);
    expect(read.lines).toEqual(expected.flat['i16']!.map((_, index) => index + 1));
    expect(format.probe(bytes.subarray(0, 10))).toBe(true);
  });

  it('have categories where texts repeat; an empty text is none', async () => {
    const read = await readAll(memorySource('x', fileOf('zstd-v2.parquet')), {
      only: ['category', 'text', 'bool'],
      kinds: { bool: 'categorical' },
    });
    expect(read.kinds).toEqual({ bool: 'categorical', text: 'categorical', category: 'categorical' });
    expect(read.columns['category']).toEqual(expected.flat['category']!.map((text) => (text === '' ? null : text)));
    expect(read.columns['bool']).toEqual(expected.flat['bool']!.map((value) => (value === null ? null : String(value))));
  });

  it('have images and named classes, as hubs of data sets write them', async () => {
    const source = memorySource('images.parquet', fileOf('images.parquet'));
    expect(unwrap(await openParquet(source)).columns.slice(0, 2)).toEqual([
      { name: 'image', kind: 'image' },
      { name: 'label', kind: 'categorical', categories: ['airplane', 'bird', 'cat'] },
    ]);
    const read = await readAll(source);
    expect(read.columns['image']).toEqual(expected.images.image);
    expect(read.columns['label']).toEqual(expected.images.label.map((label) => ['airplane', 'bird', 'cat'][label] ?? null));
    expect((await readAll(source, { kinds: { label: 'numeric' } })).columns['label']).toEqual(expected.images.label);
  });

  it('have columns that are refused by name, and others that are read', async () => {
    const source = memorySource('nested.parquet', fileOf('nested.parquet'));
    const table = unwrap(await openParquet(source));
    expect(table.refused.map(({ name, code }) => [name, code])).toEqual([
      ['list', 'parquet.nested'],
      ['map', 'parquet.nested'],
      ['record', 'parquet.nested'],
      ['raw', 'parquet.column-type'],
    ]);
    expect((await readAll(source)).columns).toEqual({ x: [1.5, 2.5] });
    const values = { file: 'nested.parquet', column: 'list' };
    expect(await openParquet(source, { only: ['list'] })).toMatchObject({ problem: { code: 'parquet.nested', values } });
    expect(await openParquet(source, { only: ['y'] })).toMatchObject({ problem: { code: 'parquet.no-column' } });
    expect(await openParquet(source, { kinds: { x: 'image' } })).toMatchObject({ problem: { code: 'parquet.kind' } });
    expect(await openParquet(memorySource('a', fileOf('int96.parquet')))).toMatchObject({ problem: { code: 'parquet.nothing' } });
    expect((await readAll(memorySource('a', fileOf('empty.parquet')))).lines).toEqual([]);
  });
});

/** A file of hyparquet-writer, which has nothing in common with pyarrow. */
const written = (columns: Parameters<typeof parquetWriteBuffer>[0]['columnData'], options = {}): Uint8Array =>
  new Uint8Array(parquetWriteBuffer({ columnData: columns, ...options }));

describe('files written by hyparquet-writer', () => {
  it('are read over row groups and pages', async () => {
    const count = 2500;
    const numbers = Float64Array.from({ length: count }, (_, index) => Math.sin(index));
    const whole = Array.from({ length: count }, (_, index) => (index % 11 === 0 ? null : index * 3));
    const names = Array.from({ length: count }, (_, index) => `name ${index}`);
    const bytes = written(
      [
        { name: 'numbers', data: numbers, type: 'DOUBLE' },
        { name: 'whole', data: whole, type: 'INT32', nullable: true },
        { name: 'names', data: names, type: 'STRING' },
        { name: 'half', data: [...numbers], type: 'FLOAT16' },
        { name: 'streams', data: Float32Array.from(numbers), type: 'FLOAT', encoding: 'BYTE_STREAM_SPLIT' },
        {
          name: 'deltas',
          data: BigInt64Array.from(names, (_, index) => BigInt(index) ** 3n),
          type: 'INT64',
          encoding: 'DELTA_BINARY_PACKED',
        },
      ],
      { rowGroupSize: 700, pageSize: 1000 },
    );
    const { columns, kinds } = await readAll(memorySource('x', bytes));
    expect(kinds['names']).toBe('text');
    expect(columns['numbers']).toEqual([...numbers]);
    expect(columns['whole']).toEqual(whole);
    expect(columns['names']).toEqual(names);
    expect(columns['streams']).toEqual([...Float32Array.from(numbers)]);
    expect(columns['deltas']).toEqual(names.map((_, index) => index ** 3));
    // Halves have eleven bits: half a unit of the last is 2⁻¹² of a number below one.
    columns['half']!.forEach((value, index) => expect(Math.abs(Number(value) - numbers[index]!)).toBeLessThanOrEqual(2 ** -12));
  });

  it('have rows that do not fit, and all others', async () => {
    const bytes = written([
      { name: 'x', data: Float64Array.of(1, Infinity, 3, NaN), type: 'DOUBLE' },
      { name: 't', data: ['1', '2', 'three', ''], type: 'STRING' },
    ]);
    const read = await readAll(memorySource('x', bytes), { kinds: { t: 'numeric' } });
    expect(read.columns).toEqual({ x: [1, null], t: [1, null] });
    expect(read.lines).toEqual([1, 4]);
    expect(read.skipped.map(({ line, code }) => [line, code])).toEqual([
      [2, 'parquet.not-finite'],
      [3, 'parquet.not-finite'],
    ]);
  });
});

const codeOf = async (bytes: Uint8Array): Promise<string> => {
  try {
    await readAll(memorySource('x', bytes));
    return 'read';
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
};
const good = fileOf('zstd-v2.parquet');
const footerStart = (bytes: Buffer): number => bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
const changed = (change: (copy: Buffer) => unknown, base = good): Buffer => {
  const copy = Buffer.from(base);
  change(copy);
  return copy;
};
/** A file whose footer is this, around ten bytes of nothing. */
const withFooter = (footer: readonly number[]): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(10), Uint8Array.from(footer), length, Buffer.from('PAR1')]);
};
/** The text of a name as Thrift has it. */
const text = (value: string): number[] => [0x18, value.length, ...Buffer.from(value)];
const rootNode = [0x48, 1, 0x72, 0x15, 2, 0];
/** One column x of doubles. */
const schema = [0x19, 0x2c, ...rootNode, 0x15, 10, 0x25, 0, ...text('x'), 0];

const malformed: readonly (readonly [name: string, bytes: Buffer, code: string])[] = [
  ['nothing', Buffer.alloc(0), 'parquet.truncated'],
  ['a magic alone', Buffer.from('PAR1'), 'parquet.truncated'],
  ['two magics', Buffer.from('PAR1PAR1'), 'parquet.truncated'],
  ['an archive', Buffer.from('PK\x03\x04aaaaaaaaaaaaaa'), 'parquet.magic'],
  ['an encrypted file', Buffer.from('PARE0000\0\0\0\0PARE'), 'parquet.encrypted'],
  ['an encrypted footer', Buffer.from('PAR10000\0\0\0\0PARE'), 'parquet.encrypted'],
  ['another end', changed((copy) => copy.write('PAR2', copy.length - 4)), 'parquet.truncated'],
  ['a footer longer than the file', changed((copy) => copy.writeUInt32LE(good.length, good.length - 8)), 'parquet.metadata'],
  ['a footer of four gigabytes', changed((copy) => copy.writeUInt32LE(0xffffffff, good.length - 8)), 'parquet.metadata'],
  ['a footer of no bytes', changed((copy) => copy.writeUInt32LE(0, good.length - 8)), 'parquet.metadata'],
  [
    'a footer cut at its beginning',
    changed((copy) => copy.writeUInt32LE(good.length - footerStart(good) - 40, good.length - 8)),
    'parquet.metadata',
  ],
  ['a footer of zeros', withFooter([0, 0, 0]), 'parquet.metadata'],
  ['a footer that never ends', withFooter(new Array<number>(50).fill(0x15)), 'parquet.metadata'],
  ['nested without end', withFooter(new Array<number>(5000).fill(0x1c)), 'parquet.metadata'],
  ['lists in lists', withFooter(new Array<number>(5000).fill(0x19)), 'parquet.metadata'],
  ['a list of billions', withFooter([0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 7]), 'parquet.metadata'],
  ['a name of billions', withFooter([0x18, 0xff, 0xff, 0xff, 0xff, 7]), 'parquet.metadata'],
  ['a number of twenty bytes', withFooter([0x16, ...new Array<number>(20).fill(0xff), 0]), 'parquet.metadata'],
  ['a map', withFooter([0x1b, 0, 0]), 'parquet.metadata'],
  ['no schema', withFooter([0x36, 0, 0]), 'parquet.metadata'],
  ['an empty schema', withFooter([0x29, 0x0c, 0x16, 0, 0]), 'parquet.metadata'],
  ['a root that is a column', withFooter([0x29, 0x1c, 0x15, 10, ...text('x'), 0, 0x16, 0, 0]), 'parquet.metadata'],
  ['more columns than nodes', withFooter([0x29, 0x1c, 0x48, 1, 0x72, 0x15, 200, 1, 0, 0x16, 0, 0]), 'parquet.metadata'],
  [
    'fewer columns than nodes',
    withFooter([0x29, 0x2c, 0x48, 1, 0x72, 0x15, 0, 0, ...schema.slice(2 + rootNode.length), 0x16, 0, 0]),
    'parquet.metadata',
  ],
  ['no count of rows', withFooter([0x29, ...schema.slice(1), 0]), 'parquet.metadata'],
  ['rows without row groups', withFooter([0x29, ...schema.slice(1), 0x16, 10, 0]), 'parquet.metadata'],
  [
    'a row group without columns',
    withFooter([0x29, ...schema.slice(1), 0x16, 2, 0x19, 0x1c, 0x19, 0x0c, 0x26, 2, 0, 0]),
    'parquet.metadata',
  ],
  ['zeros for a first page', changed((copy) => copy.fill(0, 4, 100)), 'parquet.page'],
  ['ones for pages', changed((copy) => copy.fill(0xff, 4, footerStart(good))), 'parquet.page'],
  ['noise for a page', changed((copy) => copy.fill(0x5a, 60, 90)), 'parquet.page'],
];

describe('malformed files', () => {
  it('are refused, each with its code', async () => {
    expect(malformed.length).toBeGreaterThanOrEqual(30);
    for (const [name, bytes, code] of malformed) expect(await codeOf(bytes), name).toBe(code);
  });

  it('are truncated at every prefix', async () => {
    const small = Buffer.from(written([{ name: 'x', data: [1, 2, 3], type: 'INT32' }]));
    for (let length = 0; length < small.length; length++)
      expect(await codeOf(small.subarray(0, length)), `prefix of ${length}`).toBe('parquet.truncated');
    expect(await codeOf(small)).toBe('read');
  });

  it('changed at random are read or refused with a code, and quickly', async () => {
    // Marsaglia's xorshift32, so that a failure can be repeated.
    let state = 521_288_629;
    const next = (limit: number): number => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % limit;
    };
    const sources = ['zstd-v2', 'deltas-v2', 'lz4-v1', 'images', 'none-v1', 'brotli-v1', 'gzip-v2'].map((name) =>
      fileOf(`${name}.parquet`),
    );
    const seen = new Set<string>();
    for (let round = 0; round < 600; round++) {
      const bytes = Buffer.from(sources[round % sources.length]!);
      // Most changes fall on the pages, some on the footer.
      const limit = round % 3 === 0 ? bytes.length : footerStart(bytes);
      for (let change = 0; change <= next(3); change++) bytes[next(limit)] = next(256);
      const began = performance.now();
      seen.add(await codeOf(bytes));
      expect(performance.now() - began, `round ${round}`).toBeLessThan(10_000);
    }
    expect([...seen].every((code) => /^(read|parquet\.[a-z-]+)$/.test(code))).toBe(true);
    expect(seen.size).toBeGreaterThan(3);
  });
});

describe('compressed pages', () => {
  it('never become more than they announce', () => {
    // Snappy: 100 bytes announced; one literal, then copies of it. LZ4: a copy of its own beginning.
    expect(Buffer.from(unpack(1, Uint8Array.of(6, 0, 65, 0x05, 1), 6) ?? []).toString()).toBe('AAAAAA');
    expect(() => unpack(1, Uint8Array.of(100, 0, 65, 0x05, 1), 100)).toThrow(RangeError);
    expect(() => unpack(1, Uint8Array.of(6, 0, 65, 0x05, 2), 6)).toThrow(RangeError);
    expect(() => unpack(1, Uint8Array.of(2, 0xf0, 200), 2)).toThrow(RangeError);
    expect(Buffer.from(unpack(7, Uint8Array.of(0x11, 65, 1, 0, 0), 6) ?? []).toString()).toBe('AAAAAA');
    expect(() => unpack(7, Uint8Array.of(0x1f, 65, 1, 0, 255, 255, 255, 0), 6)).toThrow(RangeError);
    expect(() => unpack(7, Uint8Array.of(0x11, 65, 0, 0), 6)).toThrow(RangeError);
    for (const codec of [1, 2, 4, 5, 6, 7]) expect(() => unpack(codec, Uint8Array.of(1, 2, 3), 2 ** 28), String(codec)).toThrow();
    expect(unpack(3, Uint8Array.of(1, 2, 3), 3)).toBeNull();
  });
});
