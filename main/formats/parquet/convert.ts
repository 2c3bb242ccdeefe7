/** Values of a Parquet column as those of a table's: numbers, categories, truth values, texts or images, as a person wants them. */
import { ProblemError } from '../../../compute/graph/problem';
import { booleanOf, longestCategory, mostCategories, shown } from '../csv/dialect';
import { createInterner } from '../csv/interner';
import { missingBoolean, missingCategory, type ColumnKind, type ColumnValues, type SkippedRow } from '../table';
import type { ParquetColumn } from './columns';
import type { LeafRows } from './pages';

type Reason = Pick<SkippedRow, 'code' | 'values'>;

export interface Converter {
  /** `refuse` is told of each row whose value does not fit; what stands there then means nothing. */
  readonly convert: (rows: LeafRows, refuse: (row: number, reason: Reason) => void) => ColumnValues;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Throws (from `convert`) parquet.too-many-categories. */
export function createConverter(file: string, column: ParquetColumn, kind: ColumnKind): Converter {
  const { name, values, classes } = column;
  const bad = (code: string, more: SkippedRow['values'] = {}): Reason => ({ code, values: { column: name, ...more } });
  /** The text of row `row`: null where there is none, undefined where it is not UTF-8. */
  const textAt = ({ numbers, bytes }: LeafRows, row: number): string | null | undefined => {
    if (numbers !== null) {
      const value = numbers[row]!;
      return Number.isNaN(value) ? null : values === 'truths' ? String(value === 1) : String(value);
    }
    const cell = bytes[row] ?? null;
    if (cell === null) return null;
    try {
      return decoder.decode(cell);
    } catch {
      return undefined;
    }
  };
  const countOf = ({ numbers, bytes }: LeafRows): number => (numbers ?? bytes).length;
  const rowsOf = (rows: LeafRows): number[] => Array.from({ length: countOf(rows) }, (_, row) => row);

  switch (kind) {
    case 'numeric':
      return {
        convert: (rows, refuse) => {
          const numbers = rows.numbers ?? Float64Array.from(rowsOf(rows), (row) => numberFrom(textAt(rows, row)));
          numbers.forEach((value, row) => {
            if (value === Infinity || value === -Infinity) refuse(row, bad('parquet.not-finite', { text: shown(textAt(rows, row) ?? '') }));
          });
          return { kind, values: numbers };
        },
      };
    case 'boolean':
      return {
        convert: (rows, refuse) => ({
          kind,
          values: Uint8Array.from(rowsOf(rows), (row) => {
            const text = textAt(rows, row);
            if (text === null || text === '') return missingBoolean;
            const truth = text === undefined ? null : booleanOf(text);
            if (truth === null) refuse(row, bad('parquet.not-a-boolean', { text: shown(text ?? '') }));
            return truth ?? missingBoolean;
          }),
        }),
      };
    case 'categorical':
      return classes === null ? convertCategories(file, name, textAt, rowsOf, bad) : convertClasses(classes, bad);
    case 'text':
      return {
        convert: (rows, refuse) => ({
          kind,
          values: rowsOf(rows).map((row) => {
            const text = textAt(rows, row);
            if (text === undefined) refuse(row, bad('parquet.encoding-text'));
            return text ?? null;
          }),
        }),
      };
    case 'image':
      return { convert: (rows) => ({ kind, values: rows.bytes ?? [] }) };
  }
}

/** Infinity for a text that is no finite number. */
function numberFrom(text: string | null | undefined): number {
  if (text === null || text?.trim() === '') return NaN;
  const value = text === undefined ? NaN : Number(text);
  return Number.isNaN(value) ? Infinity : value;
}

function convertClasses(classes: readonly string[], bad: (code: string, more?: SkippedRow['values']) => Reason): Converter {
  return {
    convert: ({ numbers }, refuse) => ({
      kind: 'categorical',
      categories: classes,
      values: Int32Array.from(numbers ?? [], (value, row) => {
        // The library that writes such numbers has −1 for "not labelled".
        if (Number.isNaN(value) || value === -1) return missingCategory;
        if (Number.isInteger(value) && value >= 0 && value < classes.length) return value;
        refuse(row, bad('parquet.class', { actual: value, maximum: classes.length - 1 }));
        return missingCategory;
      }),
    }),
  };
}

function convertCategories(
  file: string,
  name: string,
  textAt: (rows: LeafRows, row: number) => string | null | undefined,
  rowsOf: (rows: LeafRows) => number[],
  bad: (code: string, more?: SkippedRow['values']) => Reason,
): Converter {
  const interner = createInterner((bytes) => decoder.decode(bytes), mostCategories);
  const encoder = new TextEncoder();
  const codeOf = (bytes: Uint8Array): number => {
    const code = interner.codeOf(bytes, 0, bytes.length);
    if (code >= 0) return code;
    const values = { file, column: name, maximum: mostCategories };
    throw new ProblemError({ code: 'parquet.too-many-categories', values, severity: 'error' });
  };
  return {
    convert: (rows, refuse) => ({
      kind: 'categorical',
      categories: interner.texts,
      values: Int32Array.from(rowsOf(rows), (row) => {
        const bytes = rows.bytes === null ? encoder.encode(textAt(rows, row) ?? '') : (rows.bytes[row] ?? null);
        if (bytes === null || bytes.length === 0) return missingCategory;
        if (bytes.length > longestCategory) {
          refuse(row, bad('parquet.category-too-long', { maximum: longestCategory }));
          return missingCategory;
        }
        try {
          return codeOf(bytes);
        } catch (error) {
          if (error instanceof ProblemError) throw error;
          refuse(row, bad('parquet.encoding-text'));
          return missingCategory;
        }
      }),
    }),
  };
}
