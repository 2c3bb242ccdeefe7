/** What the beginning of a text file of rows tells: encoding, delimiter, quote, decimal sign, header, kinds of columns. Pure, on bytes. */
import { failure, success, type Outcome } from '../../../compute/graph/problem';
import { uniqueNames, type ColumnKind, type DetectedColumn, type Misfit, type SkippedRow } from '../table';
import {
  booleanOf,
  defaultMissing,
  mostColumns,
  shown,
  type CsvDetection,
  type CsvDialect,
  type CsvEncoding,
  type CsvOptions,
} from './dialect';
import { createNumberScanner } from './number';
import { sampleRows, type SampleRow } from './sample-rows';

const delimiters = [',', '\t', ';', '|'] as const;
/** Rows that are looked at. */
const mostRows = 1000;
const previewRows = 20;
/** Of the text, in which quote and delimiter show. */
const styleCharacters = 65_536;
const mostMisfits = 20;
/** Of the values of a column, for its kind to be proposed in spite of others. */
const enough = 0.95;

const marks: readonly (readonly [encoding: CsvEncoding, mark: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** Null for what is no text. */
function encodingOf(head: Uint8Array): { readonly encoding: CsvEncoding; readonly markBytes: number } | null {
  for (const [encoding, mark] of marks) if (mark.every((byte, index) => head[index] === byte)) return { encoding, markBytes: mark.length };
  const zeros = [0, 0];
  for (let index = 0; index < head.length; index++) if (head[index] === 0) zeros[index % 2]!++;
  const [even = 0, odd = 0] = zeros;
  // Latin letters, digits and delimiters have one zero byte each in UTF-16.
  if (odd > head.length / 5 && even < odd / 20) return { encoding: 'utf-16le', markBytes: 0 };
  if (even > head.length / 5 && odd < even / 20) return { encoding: 'utf-16be', markBytes: 0 };
  if (even + odd > 0) return null;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return { encoding: 'utf-8', markBytes: 0 };
  } catch {
    return { encoding: 'latin1', markBytes: 0 };
  }
}

export function decodeHead(head: Uint8Array, encoding: CsvEncoding): string {
  if (encoding === 'latin1') return new TextDecoder('windows-1252').decode(head);
  if (encoding === 'utf-16be') return new TextDecoder('utf-16le').decode(Buffer.from(head.subarray(0, head.length & ~1)).swap16());
  return new TextDecoder(encoding).decode(head, { stream: true });
}

function quoteOf(text: string): CsvDialect['quote'] {
  if (/(^|[,;\t|\n\r])"/.test(text)) return '"';
  // An apostrophe that opens and closes whole fields; one alone is a letter's.
  const opened = text.match(/(^|[,;\t|\n\r])'[^'\n\r]*'(?=$|[,;\t|\n\r])/g)?.length ?? 0;
  return opened > 2 ? "'" : '"';
}

const numberLike = /^\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*$/;

/** How well rows fall into the same number of fields, more than one, that hold no other delimiter: 0 … 1. */
function fitOf(rows: readonly SampleRow[], delimiter: string): number {
  const counts = new Map<number, number>();
  for (const { cells } of rows) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  const [most = 0, same = 0] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
  if (most < 2) return 0;
  const foreign = delimiters.filter((candidate) => candidate !== delimiter);
  let [clean, all] = [0, 0];
  for (const { cells } of rows)
    for (const cell of cells) {
      all++;
      if (numberLike.test(cell) || !foreign.some((other) => cell.includes(other))) clean++;
    }
  return (same / rows.length) * (clean / all);
}

function delimiterOf(text: string, quote: CsvDialect['quote'], whole: boolean): string {
  // A row that is longer than the text is better than none.
  const rowsOf = (delimiter: string): SampleRow[] => {
    const rows = sampleRows(text, delimiter, quote, 200, whole);
    return rows.length > 0 ? rows : sampleRows(text, delimiter, quote, 200, true);
  };
  const fits = delimiters.map((delimiter) => [delimiter, fitOf(rowsOf(delimiter), delimiter)] as const);
  const [best = ',', fit = 0] = [...fits].sort(([, a], [, b]) => b - a)[0] ?? [];
  if (fit > 0.5) return best;
  const spaced = sampleRows(text, ' ', quote, 200, whole);
  return fitOf(spaced, ' ') > 0.95 && spaced.slice(1).every(({ cells }) => cells.some((cell) => numberLike.test(cell))) ? ' ' : best;
}

/** A comma where a column of fields has numbers with one, and none with a point. */
function decimalOf(rows: readonly SampleRow[], delimiter: string): '.' | ',' {
  if (delimiter === ',') return '.';
  let [points, commas] = [0, 0];
  for (const { cells } of rows)
    for (const cell of cells)
      if (numberLike.test(cell)) {
        if (cell.includes(',')) commas++;
        else if (cell.includes('.')) points++;
      }
  return commas > points ? ',' : '.';
}

interface Look {
  readonly isNumber: (text: string) => boolean;
  readonly isMissing: (text: string) => boolean;
}

function lookWith(decimal: '.' | ',', missing: readonly string[]): Look {
  const { scan, end } = createNumberScanner(decimal);
  const markers = new Set(missing);
  return {
    isNumber: (text) => {
      const bytes = Buffer.from(`${text.trim()}\n`);
      return !Number.isNaN(scan(bytes, 0)) && end[0] === bytes.length - 1;
    },
    isMissing: (text) => text.trim() === '' || markers.has(text.trim()),
  };
}

function headerOf(rows: readonly SampleRow[], look: Look): boolean {
  const [first, ...body] = rows;
  if (first === undefined || body.length === 0) return false;
  const columns = first.cells.map((cell, column) => ({ cell, values: body.map(({ cells }) => cells[column] ?? '') }));
  const numeric = columns.filter(({ values }) => {
    const known = values.filter((value) => !look.isMissing(value));
    return known.length > 0 && known.filter(look.isNumber).length >= enough * known.length;
  });
  // A name above numbers tells at once.
  if (numeric.some(({ cell }) => !look.isMissing(cell) && !look.isNumber(cell))) return true;
  // 0, 1, 2, … above numbers that are not so, as tables are written whose columns have no names.
  const counted = first.cells.map(Number);
  if (counted.length > 2 && counted.every((value, index) => value === index))
    return body.some(({ cells }) => cells.some((cell, index) => Number(cell) !== counted[index]));
  if (numeric.length > 0) return false;
  // Texts alone: names are different from each other and do not come again below.
  return (
    new Set(first.cells).size === first.cells.length &&
    first.cells.every((cell) => cell.trim() !== '') &&
    columns.every(({ cell, values }) => !values.includes(cell)) &&
    columns.some(({ values }) => new Set(values).size < values.length)
  );
}

function detectColumn(
  name: string,
  column: number,
  rows: readonly SampleRow[],
  look: Look,
  wanted: ColumnKind | undefined,
): DetectedColumn {
  const cells = rows.flatMap(({ line, cells: row }) => (look.isMissing(row[column] ?? '') ? [] : [{ line, text: row[column] ?? '' }]));
  const distinct = new Set(cells.map(({ text }) => text.trim())).size;
  const kind = wanted ?? kindOf(cells, distinct, look);
  const fits = (text: string): boolean =>
    kind === 'numeric' ? look.isNumber(text) : kind === 'boolean' ? booleanOf(text.trim()) !== null : true;
  const misfits: Misfit[] = cells.flatMap(({ line, text }) => (fits(text) ? [] : [{ line, text: shown(text) }]));
  return { name, kind, missing: rows.length - cells.length, distinct, misfits: misfits.slice(0, mostMisfits) };
}

function kindOf(cells: readonly Misfit[], distinct: number, look: Look): ColumnKind {
  if (cells.length === 0) return 'numeric';
  const numbers = cells.filter(({ text }) => look.isNumber(text)).length;
  // A few misfits among many numbers are errors of the file; among few, words.
  if (numbers === cells.length || (cells.length >= 20 && numbers >= enough * cells.length)) return 'numeric';
  if (cells.every(({ text }) => booleanOf(text.trim()) !== null)) return 'boolean';
  const length = cells.reduce((sum, { text }) => sum + text.length, 0) / cells.length;
  // Categories repeat and are short; what hardly repeats is a text (a name, a sentence, a path).
  return length <= 60 && (distinct <= 20 || distinct <= cells.length / 2) ? 'categorical' : 'text';
}

/**
 * Looks at the beginning of a file, `whole` where that is all of it, with what a person said already. Problems: csv.empty,
 * csv.binary, csv.too-many-columns. A last row that is not whole is left out.
 */
export function detectDialect(file: string, head: Uint8Array, whole: boolean, options: CsvOptions): Outcome<CsvDetection> {
  const found = encodingOf(head);
  const encoding = options.encoding ?? found?.encoding;
  if (encoding === undefined) return failure('csv.binary', { file, offset: Math.max(0, head.indexOf(0)) });
  const markBytes = found?.markBytes ?? 0;
  const text = decodeHead(head.subarray(markBytes), encoding);
  const start = text.slice(0, styleCharacters);
  const quote = options.quote === undefined ? quoteOf(start) : options.quote;
  const delimiter = options.delimiter ?? delimiterOf(start, quote, whole && start.length === text.length);
  const rows = sampleRows(text, delimiter, quote, mostRows, whole);
  const [first] = rows;
  if (first === undefined) return failure('csv.empty', { file });
  if (first.cells.length > mostColumns) return failure('csv.too-many-columns', { file, line: first.line, maximum: mostColumns });
  const decimal = options.decimal ?? decimalOf(rows, delimiter);
  const look = lookWith(decimal, options.missing ?? defaultMissing);
  const fitting = rows.filter(({ cells }) => cells.length === first.cells.length);
  const header = options.header ?? headerOf(fitting, look);
  const body = header ? fitting.slice(1) : fitting;
  const names = uniqueNames(header ? first.cells : first.cells.map(() => ''));
  const columns = names.map((name, index) => detectColumn(name, index, body, look, options.kinds?.[name]));
  const problems: SkippedRow[] = rows.flatMap(({ line, cells }) =>
    cells.length === first.cells.length
      ? []
      : [{ line, code: 'csv.fields', values: { expected: first.cells.length, actual: cells.length } }],
  );
  const preview = body.slice(0, previewRows).map(({ cells }) => cells);
  const dialect = { delimiter, quote, decimal, encoding, header, markBytes };
  return success({ ...dialect, columns, preview, rowsLooked: body.length, problems: problems.slice(0, mostMisfits) });
}
