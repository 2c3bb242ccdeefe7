/** The cells of a column that does not hold numbers: categories, truth values, texts. From bytes, one string a different value. */
import { ProblemError } from '../../../compute/graph/problem';
import { missingBoolean, missingCategory, type ColumnKind, type ColumnValues, type SkippedRow } from '../table';
import { booleanOf, longestCategory, mostCategories, shown, type CsvDialect } from './dialect';
import { createInterner } from './interner';

/** Where a field stands, without its quotes; `escaped`: quotes stand within, doubled, or text behind the closing one. */
export interface Field {
  start: number;
  end: number;
  quoted: 'no' | 'plain' | 'escaped';
}

export interface Cells {
  /** Reads the cell of a row; gives why it cannot be, or null. */
  readonly set: (row: number, bytes: Buffer, field: Field) => Pick<SkippedRow, 'code' | 'values'> | null;
  /** The first rows of what was set. */
  readonly take: (rows: number) => ColumnValues;
}

export interface CellsPlan {
  readonly file: string;
  readonly name: string;
  readonly dialect: CsvDialect;
  readonly missing: ReadonlySet<string>;
  readonly capacity: number;
}

const space = 32;
const noText = { code: 'csv.encoding', values: {} } as const;

/** The bytes of a field whose quotes are doubled within, written to the beginning of `scratch`; gives how many. */
function unescape(bytes: Uint8Array, { start, end }: Field, quote: number, scratch: Uint8Array): number {
  let length = 0;
  let within = true;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (within && byte === quote) {
      if (bytes[at + 1] !== quote) {
        within = false;
        continue;
      }
      at++;
    }
    scratch[length++] = byte;
  }
  return length;
}

/** Throws (from `set`) csv.too-many-categories. */
export function createCells(kind: Exclude<ColumnKind, 'numeric' | 'image'>, { file, name, dialect, missing, capacity }: CellsPlan): Cells {
  const decoder =
    dialect.encoding === 'latin1' ? new TextDecoder('windows-1252') : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const quote = dialect.quote?.charCodeAt(0) ?? -1;
  let scratch = new Uint8Array(256);

  /** The field's bytes without doubled quotes: an array and a range in it. */
  const view: { bytes: Uint8Array; start: number; end: number } = { bytes: scratch, start: 0, end: 0 };
  const open = (bytes: Uint8Array, field: Field, trimmed: boolean): void => {
    view.bytes = bytes;
    view.start = field.start;
    view.end = field.end;
    if (field.quoted === 'escaped') {
      if (scratch.length < field.end - field.start) scratch = new Uint8Array(2 * (field.end - field.start));
      view.end = unescape(bytes, field, quote, scratch);
      view.start = 0;
      view.bytes = scratch;
    } else if (trimmed && field.quoted === 'no') {
      while (view.start < view.end && view.bytes[view.start] === space) view.start++;
      while (view.end > view.start && view.bytes[view.end - 1] === space) view.end--;
    }
  };

  if (kind === 'text') {
    let values: (string | null)[] = [];
    return {
      set: (row, bytes, field) => {
        open(bytes, field, false);
        try {
          values[row] = view.start === view.end ? null : decoder.decode(view.bytes.subarray(view.start, view.end));
          return null;
        } catch {
          return noText;
        }
      },
      take: (rows) => {
        const taken = values.slice(0, rows);
        values = [];
        return { kind: 'text', values: taken };
      },
    };
  }

  const interner = createInterner((bytes) => decoder.decode(bytes), mostCategories);
  /** By the interner's code: what the cell says. */
  const meanings: number[] = [];
  const categories: string[] = [];
  const noMeaning = -2;
  const meaningOf = (text: string): number => {
    if (missing.has(text)) return kind === 'boolean' ? missingBoolean : missingCategory;
    if (kind === 'boolean') return booleanOf(text) ?? noMeaning;
    return categories.push(text) - 1;
  };
  const codes = new Int32Array(kind === 'categorical' ? capacity : 0);
  const truths = new Uint8Array(kind === 'boolean' ? capacity : 0);

  return {
    set: (row, bytes, field) => {
      open(bytes, field, true);
      let meaning = kind === 'boolean' ? missingBoolean : missingCategory;
      if (view.end > view.start) {
        if (view.end - view.start > longestCategory) return { code: 'csv.category-too-long', values: { maximum: longestCategory } };
        let code: number;
        try {
          code = interner.codeOf(view.bytes, view.start, view.end);
        } catch {
          return noText;
        }
        if (code < 0)
          throw new ProblemError({
            code: 'csv.too-many-categories',
            values: { file, column: name, maximum: mostCategories },
            severity: 'error',
          });
        if (code === meanings.length) meanings.push(meaningOf(interner.texts[code] ?? ''));
        meaning = meanings[code] ?? noMeaning;
        if (meaning === noMeaning) return { code: 'csv.not-a-boolean', values: { text: shown(interner.texts[code] ?? '') } };
      }
      if (kind === 'boolean') truths[row] = meaning;
      else codes[row] = meaning;
      return null;
    },
    take: (rows) =>
      kind === 'boolean'
        ? { kind: 'boolean', values: truths.subarray(0, rows) }
        : { kind: 'categorical', values: codes.subarray(0, rows), categories },
  };
}
