/**
 * CSV and its relatives (tabs, semicolons, bars): RFC 4180 as Python's csv module reads it, in one pass and constant memory.
 * What is detected at the beginning can be said otherwise. Rows that do not fit are skipped, each with its line and reason.
 */
import { failure, success, type Outcome } from '../../compute/graph/problem';
import type { ByteSource } from './byte-source';
import { detectDialect } from './csv/detection';
import { defaultMissing, longestRow, type CsvDetection, type CsvOptions } from './csv/dialect';
import { batchRows, createRowScanner, rowTooLong } from './csv/rows';
import { defineFormat } from './format';
import type { ColumnBatch, ColumnKind, Table, TableColumn } from './table';

const chunkBytes = 1024 * 1024;
/** Looked at before anything is read: more where a row is longer. */
const headBytes = [256 * 1024, longestRow] as const;
const enoughRows = 20;

/**
 * Looks at the beginning of a file with what a person said already. Problems: csv.empty, csv.binary, csv.too-many-columns,
 * csv.row-too-long.
 */
export async function detectCsv(source: ByteSource, options: CsvOptions = {}): Promise<Outcome<CsvDetection>> {
  let last: Outcome<CsvDetection> = failure('csv.empty', { file: source.name });
  for (const length of headBytes) {
    const head = await source.read(0, Math.min(length, source.size));
    const whole = head.length >= source.size;
    last = detectDialect(source.name, head, whole, options);
    if (whole || (last.ok && last.value.rowsLooked >= enoughRows) || (!last.ok && last.problem.code !== 'csv.empty')) return last;
  }
  if (last.ok || source.size <= longestRow) return last;
  return failure('csv.row-too-long', { file: source.name, offset: 0, maximum: longestRow });
}

/** The bytes behind the mark of the encoding, as UTF-8 or in an encoding that shares ASCII with it; one part is read ahead. */
async function* partsOf(source: ByteSource, { encoding, markBytes }: CsvDetection): AsyncGenerator<{ bytes: Uint8Array; read: number }> {
  const decoder = encoding === 'utf-16le' || encoding === 'utf-16be' ? new TextDecoder('utf-16le', { ignoreBOM: true }) : null;
  const encoder = new TextEncoder();
  let position = markBytes;
  let next = source.read(position, position + chunkBytes);
  while (position < source.size) {
    const bytes = await next;
    // The file has become shorter.
    if (bytes.length === 0) return;
    position += bytes.length;
    next = source.read(position, position + chunkBytes);
    // A failure is met when the part is waited for.
    next.catch(() => undefined);
    if (decoder === null) yield { bytes, read: position };
    else {
      // Parts begin at even places, as they have an even length; an odd byte at the end of the file is none.
      const units = Buffer.from(bytes.subarray(0, bytes.length & ~1));
      const text = decoder.decode(encoding === 'utf-16be' ? units.swap16() : units, { stream: true });
      yield { bytes: encoder.encode(text), read: position };
    }
  }
}

export interface CsvTable extends Table {
  readonly detection: CsvDetection;
}

/**
 * A table over a file. Problems: those of detectCsv, csv.no-column. While reading: csv.row-too-long, csv.too-many-categories;
 * of single rows csv.fields, csv.not-a-number, csv.not-a-boolean, csv.encoding, csv.category-too-long, csv.unclosed-quote.
 */
export async function openCsv(source: ByteSource, options: CsvOptions = {}): Promise<Outcome<CsvTable>> {
  const detected = await detectCsv(source, options);
  if (!detected.ok) return detected;
  const detection = detected.value;
  const names = detection.columns.map(({ name }) => name);
  for (const wanted of [...(options.only ?? []), ...Object.keys(options.kinds ?? {})])
    if (!names.includes(wanted)) return failure('csv.no-column', { file: source.name, column: wanted });
  const only = options.only === undefined ? null : new Set(options.only);
  // Encoded images do not stand in a text file: what is said to be one is the text that stands there.
  const kinds = detection.columns.map(({ name, kind }): Exclude<ColumnKind, 'image'> | null =>
    only?.has(name) === false ? null : kind === 'image' ? 'text' : kind,
  );
  const columns = kinds.flatMap((kind, index): TableColumn[] => (kind === null ? [] : [{ name: names[index] ?? '', kind }]));
  const missing = new Set(options.missing ?? defaultMissing);

  const batches = async function* (): AsyncGenerator<ColumnBatch> {
    const capacity = batchRows(kinds.length);
    const scanner = createRowScanner({ file: source.name, dialect: detection, names, kinds, missing, capacity });
    let buffer = Buffer.allocUnsafe(3 * chunkBytes);
    let [from, limit, read, quiet] = [0, 0, 0, 0];
    for await (const part of partsOf(source, detection)) {
      if (limit - from > longestRow) throw rowTooLong(source.name, read);
      read = part.read;
      // The rest of the part before comes to the beginning, and one byte is kept free at the end.
      const needed = limit - from + part.bytes.length + 1;
      const target = needed > buffer.length ? Buffer.allocUnsafe(2 * needed) : buffer;
      buffer.copy(target, 0, from, limit);
      buffer = target;
      limit -= from;
      from = 0;
      buffer.set(part.bytes, limit);
      limit += part.bytes.length;
      for (;;) {
        from = scanner.scan(buffer, from, limit, false);
        if (!scanner.isFull()) break;
        quiet = 0;
        yield scanner.take(read);
      }
      // Also where row after row is skipped something is heard.
      if (++quiet >= 16) {
        quiet = 0;
        yield scanner.take(read);
      }
    }
    do {
      from = scanner.scan(buffer, from, limit, true);
      yield scanner.take(source.size);
    } while (from < limit);
  };

  return success({ columns, rowCount: null, batches, detection });
}

/** Whether the first lines are text in rows of the same number of fields. */
function looksLikeRows(head: Uint8Array): boolean {
  const detected = detectDialect('', head, false, {});
  return detected.ok && detected.value.columns.length > 1 && detected.value.problems.length === 0 && detected.value.rowsLooked > 1;
}

export const format = defineFormat({
  name: 'csv',
  label: 'CSV',
  extensions: ['.csv', '.tsv', '.tab'],
  probe: looksLikeRows,
});
