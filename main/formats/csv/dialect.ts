/** How a text file of rows is written, what of it a person may say otherwise, and what stands for values that are missing. */
import type { DetectedColumn, SkippedRow, TableOptions } from '../table';

/** `latin1` is read as Windows-1252, as on the Web: it differs only where Latin-1 has control characters. */
export type CsvEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1';

export interface CsvDialect {
  /** One ASCII character. */
  readonly delimiter: string;
  /** One ASCII character around fields that hold delimiters or ends of lines, doubled where it stands within; null: none. */
  readonly quote: '"' | "'" | null;
  readonly decimal: '.' | ',';
  readonly encoding: CsvEncoding;
  /** Whether the first row holds the names of the columns. */
  readonly header: boolean;
}

/** What a person wants otherwise than it was detected. */
export interface CsvOptions extends TableOptions, Partial<CsvDialect> {
  /** Texts, besides the empty one, that stand for a missing value. */
  readonly missing?: readonly string[];
}

/** What the beginning of a file tells. */
export interface CsvDetection extends CsvDialect {
  /** Bytes of the mark of the encoding at the beginning: 0, 2 or 3. */
  readonly markBytes: number;
  readonly columns: readonly DetectedColumn[];
  /** The first rows below the header, as they are written. */
  readonly preview: readonly (readonly string[])[];
  readonly rowsLooked: number;
  /** Rows of the beginning whose number of fields does not fit. */
  readonly problems: readonly SkippedRow[];
}

export const defaultMissing: readonly string[] = ['NA', 'N/A', 'n/a', 'NaN', 'nan', 'NULL', 'null', 'None', '?', '#N/A'];

const trues = new Set(['true', 't', 'yes', 'y', '1']);
const falses = new Set(['false', 'f', 'no', 'n', '0']);

/** 1, 0, or null for what is no truth value. Capitals do not matter. */
export function booleanOf(text: string): 0 | 1 | null {
  const lower = text.toLowerCase();
  return trues.has(lower) ? 1 : falses.has(lower) ? 0 : null;
}

/** Texts in problems are cut here. */
export const longestShown = 40;
export const shown = (text: string): string => (text.length > longestShown ? `${text.slice(0, longestShown)}…` : text);

export const mostColumns = 65_536;
/** Different categories of one column. */
export const mostCategories = 100_000;
/** Bytes of one category. */
export const longestCategory = 1024;
/** Bytes of one row, and so of what an unclosed quote can swallow. */
export const longestRow = 4 * 1024 * 1024;
