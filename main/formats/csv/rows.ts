/**
 * Rows from bytes into columns of numbers, codes and texts: one pass, no string for a cell that is a number or a known
 * category. Bytes are ASCII-compatible (UTF-8, Latin-1). It knows no file; csv.format.ts feeds it.
 */
import { ProblemError } from '../../../compute/graph/problem';
import { mostSkippedKept, type ColumnBatch, type ColumnKind, type ColumnValues, type SkippedRow } from '../table';
import { createCells, type Field } from './cells';
import type { CsvDialect } from './dialect';
import { longestRow, mostColumns, shown } from './dialect';
import { createNumberScanner } from './number';

const lineFeed = 10;
const carriageReturn = 13;
const space = 32;

export interface RowPlan {
  readonly file: string;
  readonly dialect: CsvDialect;
  readonly names: readonly string[];
  /** Of each column of the file; null for one that is passed over. */
  readonly kinds: readonly (Exclude<ColumnKind, 'image'> | null)[];
  readonly missing: ReadonlySet<string>;
  /** Rows of a batch. */
  readonly capacity: number;
}

export interface RowScanner {
  /**
   * Takes rows of bytes[from, limit) until the batch is full or no whole row is left; bytes[limit] must be there and is
   * overwritten. `final`: the end of the file is the end of the last row. Gives where the first byte stands that was not taken.
   */
  readonly scan: (bytes: Buffer, from: number, limit: number, final: boolean) => number;
  readonly isFull: () => boolean;
  /** What was read since the last take; its arrays are filled anew from then on. */
  readonly take: (bytesRead: number) => ColumnBatch;
}

const [ignored, numeric, other] = [0, 1, 2];

/** Throws csv.too-many-categories, from `scan`. */
export function createRowScanner({ file, dialect, names, kinds, missing, capacity }: RowPlan): RowScanner {
  const columnCount = kinds.length;
  const delimiter = dialect.delimiter.charCodeAt(0);
  const quote = dialect.quote === null ? -1 : dialect.quote.charCodeAt(0);
  // Where the delimiter is a space, spaces are no padding.
  const padding = delimiter === space ? -1 : space;
  const { scan: scanNumber, end: numberEnd } = createNumberScanner(dialect.decimal);
  const types = Uint8Array.from(kinds, (kind) => (kind === null ? ignored : kind === 'numeric' ? numeric : other));
  const numbers = kinds.map((kind) => new Float64Array(kind === 'numeric' ? capacity : 0));
  const others = kinds.flatMap((kind, column) => {
    if (kind === null || kind === 'numeric') return [];
    return [{ column, cells: createCells(kind, { file, name: names[column] ?? '', dialect, missing, capacity }) }];
  });
  const fields: Field[] = kinds.map(() => ({ start: 0, end: 0, quoted: 'no' as const }));
  const lines = new Float64Array(capacity);

  let rows = 0;
  let line = 1;
  let headerAwaited = dialect.header;
  let lineFeedAwaited = false;
  let skipped: SkippedRow[] = [];
  let skippedCount = 0;
  /** Of the field scanned last. */
  const field: Field & { unclosed: boolean } = { start: 0, end: 0, quoted: 'no', unclosed: false };
  /** Line ends within quotes in the row being scanned. */
  let breaks = 0;

  const skip = (code: string, values: SkippedRow['values']): void => {
    skippedCount++;
    if (skipped.length < mostSkippedKept) skipped.push({ line, code, values });
  };

  /** Passes a field of any content; gives where its delimiter or end of line stands. */
  const scanField = (bytes: Buffer, from: number, limit: number): number => {
    let at = from;
    field.unclosed = false;
    if (bytes[at] !== quote) {
      for (let byte = bytes[at]!; byte !== delimiter && byte !== lineFeed && byte !== carriageReturn;) byte = bytes[++at]!;
      field.start = from;
      field.end = at;
      field.quoted = 'no';
      return at;
    }
    field.start = ++at;
    field.quoted = 'plain';
    for (;;) {
      if (at >= limit) {
        field.unclosed = true;
        field.end = limit;
        return limit;
      }
      const byte = bytes[at]!;
      if (byte === quote) {
        if (bytes[at + 1] !== quote || at + 1 >= limit) break;
        field.quoted = 'escaped';
        at++;
      } else if (byte === lineFeed || (byte === carriageReturn && bytes[at + 1] !== lineFeed)) breaks++;
      at++;
    }
    field.end = at++;
    for (let byte = bytes[at]!; byte !== delimiter && byte !== lineFeed && byte !== carriageReturn; byte = bytes[at]!) {
      // What follows the closing quote belongs to the field, as in Python's csv module.
      field.quoted = 'escaped';
      field.end = ++at;
    }
    return at;
  };

  /** The value of a field that does not plainly begin and end with a number; null where it is none and not missing. */
  const numberOf = (bytes: Buffer): number | null => {
    let { start, end } = field;
    while (start < end && bytes[start] === space) start++;
    while (end > start && bytes[end - 1] === space) end--;
    if (start === end) return NaN;
    if (field.quoted !== 'escaped') {
      const value = scanNumber(bytes, start);
      if (!Number.isNaN(value) && numberEnd[0] === end) return value;
    }
    return missing.has(bytes.toString('latin1', start, end)) ? NaN : null;
  };

  const commit = (bytes: Buffer): void => {
    for (const { column, cells } of others) {
      const reason = cells.set(rows, bytes, fields[column]!);
      if (reason === null) continue;
      skip(reason.code, { ...reason.values, column: names[column] ?? '' });
      return;
    }
    lines[rows] = line;
    rows++;
  };

  const scan = (bytes: Buffer, from: number, limit: number, final: boolean): number => {
    // Ends every loop over a field.
    bytes[limit] = lineFeed;
    let at = from;
    while (rows < capacity && at < limit) {
      const first = bytes[at]!;
      if (lineFeedAwaited) {
        lineFeedAwaited = false;
        if (first === lineFeed) {
          at++;
          continue;
        }
      }
      const rowStart = at;
      let column = 0;
      let misfit = -1;
      let misfitText = '';
      breaks = 0;
      const isBlank = first === lineFeed || first === carriageReturn;
      for (; !isBlank; at++) {
        const type = column < columnCount ? types[column]! : ignored;
        if (type === numeric) {
          let start = at;
          while (bytes[start] === padding) start++;
          const value = scanNumber(bytes, start);
          let stop = numberEnd[0]!;
          while (bytes[stop] === padding) stop++;
          const behind = bytes[stop]!;
          if ((behind === delimiter || behind === lineFeed || behind === carriageReturn) && (!Number.isNaN(value) || stop === start)) {
            numbers[column]![rows] = value;
            at = stop;
          } else {
            at = scanField(bytes, at, limit);
            const careful = numberOf(bytes);
            numbers[column]![rows] = careful ?? NaN;
            if (careful === null && misfit < 0 && column < columnCount) {
              misfit = column;
              misfitText = bytes.toString('utf8', field.start, Math.min(field.end, field.start + 200));
            }
          }
        } else {
          at = scanField(bytes, at, limit);
          if (type === other) {
            const kept = fields[column]!;
            kept.start = field.start;
            kept.end = field.end;
            kept.quoted = field.quoted;
          }
        }
        column++;
        if (bytes[at] !== delimiter || at >= limit) break;
      }
      if (at >= limit) {
        if (!final) return rowStart;
        at = limit;
      } else if (bytes[at++] === carriageReturn) {
        if (at >= limit) lineFeedAwaited = true;
        else if (bytes[at] === lineFeed) at++;
      }
      if (!isBlank) {
        if (headerAwaited) headerAwaited = false;
        else if (field.unclosed) skip('csv.unclosed-quote', {});
        else if (column !== columnCount) skip('csv.fields', { expected: columnCount, actual: column });
        else if (misfit >= 0) skip('csv.not-a-number', { column: names[misfit] ?? '', text: shown(misfitText) });
        else commit(bytes);
      }
      line += 1 + breaks;
    }
    return at;
  };

  return {
    scan,
    isFull: () => rows >= capacity,
    take: (bytesRead) => {
      const columns = kinds.flatMap((kind, column): ColumnValues[] => {
        if (kind === null) return [];
        if (kind === 'numeric') return [{ kind, values: numbers[column]!.subarray(0, rows) }];
        return [others.find((candidate) => candidate.column === column)!.cells.take(rows)];
      });
      const batch = { count: rows, columns, lines: lines.subarray(0, rows), skipped, skippedCount, bytesRead };
      rows = 0;
      skipped = [];
      skippedCount = 0;
      return batch;
    },
  };
}

export const rowTooLong = (file: string, offset: number): ProblemError =>
  new ProblemError({ code: 'csv.row-too-long', values: { file, offset, maximum: longestRow }, severity: 'error' });

/** Rows of a batch: enough to be worth its cost, few enough that all columns together stay below about 16 MiB. */
export const batchRows = (columns: number): number =>
  Math.max(16, Math.min(8192, Math.floor(2 ** 21 / Math.max(1, Math.min(columns, mostColumns)))));
