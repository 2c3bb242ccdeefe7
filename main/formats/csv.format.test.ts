import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProblemError, unwrap } from '../../compute/graph/problem';
import { memorySource, type ByteSource } from './byte-source';
import { detectCsv, format, openCsv } from './csv.format';
import type { CsvOptions } from './csv/dialect';
import type { SkippedRow } from './table';

const sourceOf = (content: string | Uint8Array): ByteSource =>
  memorySource('table.csv', typeof content === 'string' ? Buffer.from(content) : content);

interface Read {
  readonly names: readonly string[];
  readonly kinds: readonly string[];
  readonly columns: readonly (readonly (number | string | boolean | null)[])[];
  readonly lines: readonly number[];
  readonly skipped: readonly SkippedRow[];
}

/** The whole table as plain values, null where missing. */
async function readAll(source: ByteSource, options: CsvOptions = {}): Promise<Read> {
  const table = unwrap(await openCsv(source, options));
  const columns: (number | string | boolean | null)[][] = table.columns.map(() => []);
  const lines: number[] = [];
  const skipped: SkippedRow[] = [];
  for await (const batch of table.batches()) {
    lines.push(...batch.lines);
    skipped.push(...batch.skipped);
    batch.columns.forEach((column, index) => {
      const into = columns[index]!;
      if (column.kind === 'numeric') for (const value of column.values) into.push(Number.isNaN(value) ? null : value);
      else if (column.kind === 'boolean') for (const value of column.values) into.push(value === 2 ? null : value === 1);
      else if (column.kind === 'categorical')
        for (const code of column.values) into.push(code < 0 ? null : (column.categories[code] ?? ''));
      else if (column.kind === 'text') into.push(...column.values);
    });
  }
  return { names: table.columns.map(({ name }) => name), kinds: table.columns.map(({ kind }) => kind), columns, lines, skipped };
}

describe('what is detected', () => {
  it.each([
    ['commas', 'a,b\n1,2\n3,4\n', { delimiter: ',', header: true, decimal: '.' }],
    ['tabs', 'a\tb\n1\t2\n', { delimiter: '\t', header: true }],
    ['semicolons and decimal commas', 'a;b;c\n1,5;2,5;x\n3,5;4,5;y\n', { delimiter: ';', decimal: ',', header: true }],
    ['decimal commas without a header', '1,5;2,5;3\n2,5;2,25;3\n', { delimiter: ';', decimal: ',', header: false }],
    ['bars', '1|2|3\n4|5|6\n', { delimiter: '|', header: false }],
    ['spaces', '1 2 3\n4 5 6\n', { delimiter: ' ', header: false }],
    ['one column', 'value\n1\n2\n', { delimiter: ',', header: true }],
    ['sentences with commas between tabs', 'text\tlabel\nyes, but\t1\nno, and, well\t0\n', { delimiter: '\t', header: true }],
    ['a comma within quotes', 'a;b\n"x, y";1\n"z, w, v";2\n', { delimiter: ';', quote: '"' }],
    ['apostrophes', "a,b\n'x,1',1\n'y,2',2\n'z',3\n", { quote: "'" }],
    ['numbered columns', '0,1,2,3\n5,1,1,2\n8,9,9,9\n', { header: true }],
    ['no header above a class', '5.1,3.5,setosa\n4.9,3.0,setosa\n6.1,2.2,virginica\n', { header: false }],
    ['texts with a header', 'word,class\nhund,noun\nlaufen,verb\nkatze,noun\n', { header: true }],
    ['texts without a header', 'noun,a\nverb,b\nnoun,a\nverb,c\n', { header: false }],
  ])('%s', async (_name, text, expected) => {
    expect(unwrap(await detectCsv(sourceOf(text)))).toMatchObject(expected);
  });

  it('is the encoding, with and without a mark', async () => {
    const text = 'näme,value\nÄpfel,1\nÖl,2\nÄpfel,3\n';
    const little = Buffer.from(text, 'utf16le');
    const files = [
      ['utf-8', Buffer.from(text)],
      ['utf-8', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)])],
      ['utf-16le', Buffer.concat([Buffer.from([0xff, 0xfe]), little])],
      ['utf-16be', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(little).swap16()])],
      ['utf-16le', little],
      ['utf-16be', Buffer.from(little).swap16()],
      ['latin1', Buffer.from(text, 'latin1')],
    ] as const;
    for (const [encoding, bytes] of files) {
      expect(unwrap(await detectCsv(sourceOf(bytes))).encoding).toBe(encoding);
      const read = await readAll(sourceOf(bytes), { kinds: { näme: 'categorical' } });
      expect(read).toMatchObject({
        names: ['näme', 'value'],
        columns: [
          ['Äpfel', 'Öl', 'Äpfel'],
          [1, 2, 3],
        ],
        lines: [2, 3, 4],
      });
    }
  });

  it('is the kind of each column, with what does not fit it', async () => {
    const rows = Array.from(
      { length: 40 },
      (_, row) => `${row === 30 ? 'err' : row},${row % 3 === 0 ? 'no' : 'yes'},${'abc'[row % 3]!},item ${row},NA`,
    );
    const { columns } = unwrap(await detectCsv(sourceOf(`n,b,c,t,m\n${rows.join('\n')}`)));
    expect(columns.map(({ kind }) => kind)).toEqual(['numeric', 'boolean', 'categorical', 'text', 'numeric']);
    expect(columns[0]?.misfits).toEqual([{ line: 32, text: 'err' }]);
    expect(columns[4]).toMatchObject({ missing: 40, distinct: 0 });
  });

  it('can be said otherwise', async () => {
    const read = await readAll(sourceOf('1;2\n3;4\n'), { delimiter: ';', header: true, kinds: { '2': 'categorical' } });
    expect(read).toMatchObject({ names: ['1', '2'], kinds: ['numeric', 'categorical'], columns: [[3], ['4']] });
    expect(await readAll(sourceOf('a,b,c\n1,2,3\n'), { only: ['c', 'a'] })).toMatchObject({ names: ['a', 'c'], columns: [[1], [3]] });
    expect(await openCsv(sourceOf('a,b\n1,2\n'), { only: ['d'] })).toMatchObject({ problem: { code: 'csv.no-column' } });
  });

  it('tells CSV from other files by its first bytes', () => {
    expect(format.probe(Buffer.from('a,b\n1,2\n3,4\n'))).toBe(true);
    expect([Buffer.from('PK\x03\x04\0\0'), Buffer.from('just\nwords\n'), Buffer.alloc(0)].map(format.probe)).toEqual([false, false, false]);
  });
});

describe('rows that do not fit', () => {
  it('are skipped, each with line and reason, and all others are read', async () => {
    const text = 'a,b,c\n1,x,yes\n2,y\n3,z,no,4\n"q\nr",x,no\nfour,x,yes\n5,"x\ny",no\n6,x,maybe\n\n7,x,yes\n8,"open,no\n';
    const options: CsvOptions = { header: true, kinds: { a: 'numeric', b: 'categorical', c: 'boolean' } };
    const read = await readAll(sourceOf(text), options);
    expect(read.columns).toEqual([
      [1, 5, 7],
      ['x', 'x\ny', 'x'],
      [true, false, true],
    ]);
    expect(read.lines).toEqual([2, 8, 12]);
    expect(read.skipped.map(({ line, code, values }) => [line, code, values])).toEqual([
      [3, 'csv.fields', { expected: 3, actual: 2 }],
      [4, 'csv.fields', { expected: 3, actual: 4 }],
      [5, 'csv.not-a-number', { column: 'a', text: 'q\nr' }],
      [7, 'csv.not-a-number', { column: 'a', text: 'four' }],
      [10, 'csv.not-a-boolean', { column: 'c', text: 'maybe' }],
      [13, 'csv.unclosed-quote', {}],
    ]);
  });

  it('are those with bytes that are no text', async () => {
    const bytes = Buffer.concat([Buffer.from('a,b\n1,x\n2,'), Buffer.from([0xff, 0xfe]), Buffer.from('\n3,y\n')]);
    const read = await readAll(sourceOf(bytes), { encoding: 'utf-8', kinds: { b: 'text' } });
    expect(read.columns).toEqual([
      [1, 3],
      ['x', 'y'],
    ]);
    expect(read.skipped).toEqual([{ line: 3, code: 'csv.encoding', values: { column: 'b' } }]);
  });

  it('end the reading only where one is longer than may be', async () => {
    const bytes = Buffer.alloc(9_000_000, 'x');
    expect(await openCsv(sourceOf(bytes))).toMatchObject({ problem: { code: 'csv.row-too-long' } });
    const open = Buffer.concat([Buffer.from(`a,b\n${'1,2\n'.repeat(50)}3,"`), bytes]);
    await expect(readAll(sourceOf(open))).rejects.toThrow(ProblemError);
  });

  it.each([
    ['nothing', '', 'csv.empty'],
    ['blank lines', '\n\n\r\n', 'csv.empty'],
    ['bytes with zeros', 'a,b\0\0\x01c\n', 'csv.binary'],
    ['too many columns', ','.repeat(70_000), 'csv.too-many-columns'],
  ])('%s is refused', async (_name, text, code) => {
    expect(await openCsv(sourceOf(text))).toMatchObject({ ok: false, problem: { code, values: { file: 'table.csv' } } });
  });
});

describe('what is missing', () => {
  it('is said, by the usual texts or those that a person names', async () => {
    const text = 'a,b,c\n1,x,yes\n,NA,\nNA,?,null\n 2 , y ,NO\n';
    const kinds = { a: 'numeric', b: 'categorical', c: 'boolean' } as const;
    expect((await readAll(sourceOf(text), { kinds })).columns).toEqual([
      [1, null, null, 2],
      ['x', null, null, 'y'],
      [true, null, null, false],
    ]);
    const own = await readAll(sourceOf('a,b\n1,NA\n-999,y\n'), { missing: ['-999'], kinds: { b: 'categorical', a: 'categorical' } });
    expect(own.columns).toEqual([
      ['1', null],
      ['NA', 'y'],
    ]);
  });
});

/** Writes files with Python's csv module in several dialects, and what it reads of them again, with numpy's floats. */
const pythonWriter = `
import csv, json, sys
import numpy as np
folder = sys.argv[1]
random = np.random.default_rng(3)
words = ['plain', 'with, comma', 'with "quotes"', 'two\\nlines', 'two\\r\\nlines', 'semi;colon', 'tab\\there', 'Äpfel', '日本', ' spaced ', '"', 'a""b', "it's", '|', 'x' * 300]
out = {}
for name, delimiter, end, quoting in (('comma', ',', '\\r\\n', csv.QUOTE_MINIMAL), ('lf', ',', '\\n', csv.QUOTE_MINIMAL), ('tab', '\\t', '\\n', csv.QUOTE_MINIMAL),
        ('semicolon', ';', '\\r\\n', csv.QUOTE_NONNUMERIC), ('bar', '|', '\\n', csv.QUOTE_ALL), ('mac', ',', '\\r', csv.QUOTE_ALL)):
    path = folder + '/' + name + '.csv'
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting)
        writer.writerow(['x', 'y', 'z', 'note'])
        for row in range(3000):
            x = float(random.normal() * 10.0 ** random.integers(-12, 12)); y = int(random.integers(-2**53, 2**53)); z = float(np.float32(random.normal()))
            writer.writerow([x if row % 7 else '', y, z, words[random.integers(0, len(words))]])
    with open(path, newline='', encoding='utf-8') as file:
        rows = list(csv.reader(file, delimiter=delimiter))[1:]
    number = lambda text: float(text) if text else None
    out[name] = [[number(r[0]) for r in rows], [number(r[1]) for r in rows], [number(r[2]) for r in rows], [r[3] for r in rows]]
matrix = random.normal(size=(500, 7))
np.savetxt(folder + '/savetxt.csv', matrix, delimiter=' ')
out['savetxt'] = np.loadtxt(folder + '/savetxt.csv').T.tolist()
json.dump(out, open(folder + '/expected.json', 'w'))
`;

describe("files written by Python's csv module and numpy", () => {
  it('are read as Python reads them, bit for bit, however the file comes in parts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hebb-csv-'));
    try {
      expect(spawnSync('/usr/bin/python3', ['-c', pythonWriter, folder], { encoding: 'utf8' }).stderr).toBe('');
      const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<string, (number | string | null)[][]>;
      expect(Object.keys(expected).length).toBe(7);
      for (const [name, columns] of Object.entries(expected)) {
        const bytes = readFileSync(join(folder, `${name}.csv`));
        // Parts of odd lengths, so that rows, quotes and line ends are cut anywhere.
        const parts = {
          ...sourceOf(bytes),
          read: (start: number, end: number) => Promise.resolve(bytes.subarray(start, Math.min(end, start + 997))),
        };
        for (const source of [sourceOf(bytes), parts]) {
          const read = await readAll(source, name === 'savetxt' ? {} : { kinds: { note: 'text' }, header: true });
          expect(read.skipped).toEqual([]);
          expect(read.columns, name).toEqual(columns);
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
