/** Where a command's words go: results to standard output, everything else to standard error, a bar only on a terminal. */

/** As much of a stream as is written to. */
export interface Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Output {
  /** Results. */
  line(text: string): void;
  /** One JSON object a line; several at once in one write. Numbers that JSON does not have (NaN, infinities) become null. */
  json(...values: readonly object[]): void;
  /** Warnings, errors and what a long work is at. */
  note(text: string): void;
  /** Columns of the terminal, null where output goes to a file or a pipe. */
  readonly columns: number | null;
  /** Draws a line that the next line or drawing replaces. Does nothing where there is no terminal. */
  draw(text: string): void;
  /** Takes the drawn line away. */
  clear(): void;
}

const eraseLine = '\r\u001b[K';

export function createOutput(results: Writable, notes: Writable): Output {
  const terminal = results.isTTY === true;
  let drawn = false;
  const clear = (): void => {
    if (drawn) results.write(eraseLine);
    drawn = false;
  };
  return {
    line: (text) => {
      clear();
      results.write(`${text}\n`);
    },
    json: (...values) => {
      if (values.length > 0) results.write(`${values.map((value) => JSON.stringify(value)).join('\n')}\n`);
    },
    note: (text) => {
      clear();
      notes.write(`${text}\n`);
    },
    get columns() {
      return terminal ? (results.columns ?? 80) : null;
    },
    draw: (text) => {
      if (!terminal) return;
      results.write(eraseLine + text);
      drawn = true;
    },
    clear,
  };
}
