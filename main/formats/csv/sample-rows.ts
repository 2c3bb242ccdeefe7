/** The first rows of a text as strings: what a person is shown, and what is looked at before a file is read. */
import type { CsvDialect } from './dialect';

export interface SampleRow {
  /** On which the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** At most `maximum` rows; the last one only if an end of line or of the whole text stands behind it. Blank lines are none. */
export function sampleRows(text: string, delimiter: string, quote: CsvDialect['quote'], maximum: number, whole: boolean): SampleRow[] {
  const rows: SampleRow[] = [];
  let cells: string[] = [];
  let line = 1;
  let rowLine = 1;
  let at = 0;
  const isEnd = (character: string | undefined): boolean => character === '\n' || character === '\r';
  while (at < text.length && rows.length < maximum) {
    if (cells.length === 0 && isEnd(text[at])) {
      if (text[at] === '\r' && text[at + 1] === '\n') at++;
      at++;
      line++;
      rowLine = line;
      continue;
    }
    let cell = '';
    if (quote !== null && text[at] === quote) {
      at++;
      for (;;) {
        const close = text.indexOf(quote, at);
        const piece = text.slice(at, close < 0 ? text.length : close);
        line += piece.match(/\r\n|\r|\n/g)?.length ?? 0;
        cell += piece;
        at = close < 0 ? text.length : close + 1;
        if (close < 0 || text[at] !== quote) break;
        cell += quote;
        at++;
      }
    }
    const start = at;
    while (at < text.length && text[at] !== delimiter && !isEnd(text[at])) at++;
    cells.push(cell + text.slice(start, at));
    if (text[at] === delimiter) {
      at++;
      // The row ends with an empty field where nothing follows.
      if (at >= text.length && whole) cells.push('');
      continue;
    }
    if (at >= text.length) break;
    if (text[at] === '\r' && text[at + 1] === '\n') at++;
    at++;
    line++;
    rows.push({ line: rowLine, cells });
    cells = [];
    rowLine = line;
  }
  if (cells.length > 0 && whole && rows.length < maximum) rows.push({ line: rowLine, cells });
  return rows;
}
