/**
 * What a table is to the rest of the program: named columns of one kind each, and their values in batches of rows, column by
 * column. It knows no file format; csv.format.ts and parquet.format.ts fill it.
 */

/** `image` columns hold the bytes of an encoded image in each row. */
export type ColumnKind = 'numeric' | 'categorical' | 'boolean' | 'text' | 'image';

export interface TableColumn {
  /** Unique within the table. */
  readonly name: string;
  readonly kind: ColumnKind;
  /** Of a categorical column whose file names all categories beforehand, in their order; else they are found while reading. */
  readonly categories?: readonly string[];
}

/** Values of one column over the rows of a batch. What is missing is said, never guessed. */
export type ColumnValues =
  /** NaN where missing; all others are finite. */
  | { readonly kind: 'numeric'; readonly values: Float64Array }
  /** 0 false, 1 true, 2 missing. */
  | { readonly kind: 'boolean'; readonly values: Uint8Array }
  /** Indices into `categories`, −1 where missing. The list is the same for all batches of a reading, and grows. */
  | { readonly kind: 'categorical'; readonly values: Int32Array; readonly categories: readonly string[] }
  /** Null where missing. */
  | { readonly kind: 'text'; readonly values: readonly (string | null)[] }
  /** Null where missing. */
  | { readonly kind: 'image'; readonly values: readonly (Uint8Array | null)[] };

/** Stands for a missing value of a boolean column. */
export const missingBoolean = 2;
/** Stands for a missing value of a categorical column. */
export const missingCategory = -1;

/** A row that could not be read, and why: a code of resources/locales under `problems`, and what fills its text. */
export interface SkippedRow {
  /** Line of the file on which the row begins, from 1; for files without lines the row, from 1. */
  readonly line: number;
  readonly code: string;
  readonly values: Readonly<Record<string, string | number>>;
}

export interface ColumnBatch {
  readonly count: number;
  /** In the order of the table's columns, `count` values each. Valid until the next batch is asked for. */
  readonly columns: readonly ColumnValues[];
  /** Line of the file (or row, where there are no lines) of each row, from 1. */
  readonly lines: Float64Array;
  /** Those met while this batch was read, at most `mostSkippedKept`. */
  readonly skipped: readonly SkippedRow[];
  /** All that were met while this batch was read. */
  readonly skippedCount: number;
  /** Of the file, read so far: for the progress. */
  readonly bytesRead: number;
}

/** Rows whose reasons a batch keeps; the others are counted. */
export const mostSkippedKept = 1000;

export interface Table {
  readonly columns: readonly TableColumn[];
  /** Null where only reading tells. */
  readonly rowCount: number | null;
  /** Reads all rows, from the first, in bounded memory. Throws a ProblemError for what ends the reading. */
  readonly batches: () => AsyncIterable<ColumnBatch>;
}

/** What a person may want otherwise in any table. */
export interface TableOptions {
  /** Kind by name of the column; others stay as detected. */
  readonly kinds?: Readonly<Record<string, ColumnKind>>;
  /** Names of the columns to read, in any order; all where absent. The others cost little more than being passed over. */
  readonly only?: readonly string[];
}

/** A cell that does not fit the kind that its column seems to have. */
export interface Misfit {
  readonly line: number;
  readonly text: string;
}

/** What a look at the beginning of a file found out about a column; all of it can be corrected. */
export interface DetectedColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Among the rows looked at. */
  readonly missing: number;
  /** Different values among the rows looked at. */
  readonly distinct: number;
  /** Cells that do not fit the kind, the first few of them. */
  readonly misfits: readonly Misfit[];
}

/** Names without repetition and without gaps: the second `a` is `a (2)`, an empty name `column 3`. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name, index) => {
    const wanted = name.trim() === '' ? `column ${index + 1}` : name.trim();
    let unique = wanted;
    for (let repetition = 2; taken.has(unique); repetition++) unique = `${wanted} (${repetition})`;
    taken.add(unique);
    return unique;
  });
}
