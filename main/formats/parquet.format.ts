/**
 * Parquet (github.com/apache/parquet-format): flat columns of numbers, truth values, texts and encoded images, page by page in
 * bounded memory. Lists, maps and records are refused by name, but for the records of `bytes` and `path` that hold images.
 */
import { failure, ProblemError, success, type Outcome } from '../../compute/graph/problem';
import type { ByteSource } from './byte-source';
import { defineFormat } from './format';
import { columnsOf, kindsOf, type ParquetColumn, type RefusedColumn } from './parquet/columns';
import { createConverter } from './parquet/convert';
import { readMetadata, type ParquetMetadata } from './parquet/metadata';
import { createLeafReader, type LeafReader } from './parquet/pages';
import {
  mostSkippedKept,
  type ColumnBatch,
  type ColumnKind,
  type ColumnValues,
  type SkippedRow,
  type Table,
  type TableOptions,
} from './table';

export interface ParquetTable extends Table {
  readonly rowCount: number;
  /** Columns of the file that cannot be read, and why. */
  readonly refused: readonly RefusedColumn[];
}

const lookedAt = 1000;
/** Rows of a batch: all columns together stay below about 16 MiB of numbers; images are larger. */
const batchRowsOf = (columns: readonly ParquetColumn[]): number =>
  columns.some(({ values }) => values === 'images') ? 256 : Math.max(16, Math.min(8192, Math.floor(2 ** 21 / Math.max(1, columns.length))));

/** Texts that are few or short and repeat are categories. */
function textKind(values: readonly (Uint8Array | null)[]): ColumnKind {
  const known = values.filter((value) => value !== null);
  const distinct = new Set(known.map((value) => Buffer.from(value).toString('latin1'))).size;
  const length = known.reduce((sum, value) => sum + value.length, 0) / Math.max(1, known.length);
  return length <= 60 && (distinct <= 20 || distinct <= known.length / 2) ? 'categorical' : 'text';
}

async function settle<Value>(work: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
}

/**
 * A table over a file. Problems: parquet.magic, .truncated, .encrypted, .metadata, .no-column, .kind, .nothing, and what
 * reading the first page of a text can meet: .page, .codec, .encoding, .changed. While reading: those, .too-many-categories;
 * of single rows .not-finite, .not-a-boolean, .class, .encoding-text, .category-too-long.
 */
export const openParquet = (source: ByteSource, options: TableOptions = {}): Promise<Outcome<ParquetTable>> =>
  settle(async () => {
    const metadata = await readMetadata(source);
    const { columns: all, refused } = columnsOf(metadata);
    for (const column of [...(options.only ?? []), ...Object.keys(options.kinds ?? {})]) {
      const fault = refused.find(({ name }) => name === column);
      if (fault !== undefined) return failure(fault.code, { file: source.name, ...fault.values });
      if (!all.some(({ name }) => name === column)) return failure('parquet.no-column', { file: source.name, column });
    }
    const columns = all.filter(({ name }) => options.only?.includes(name) ?? true);
    if (columns.length === 0) return failure('parquet.nothing', { file: source.name, columns: refused.map(({ name }) => name).join(', ') });
    const kinds: ColumnKind[] = [];
    for (const column of columns) {
      const wanted = options.kinds?.[column.name];
      if (wanted !== undefined && !kindsOf[column.values].includes(wanted))
        return failure('parquet.kind', { file: source.name, column: column.name, kind: wanted });
      kinds.push(wanted ?? (await usualKind(source, metadata, column)));
    }
    return success({
      columns: columns.map(({ name, classes }, index) => {
        const kind = kinds[index]!;
        return classes === null || kind !== 'categorical' ? { name, kind } : { name, kind, categories: classes };
      }),
      rowCount: metadata.rows,
      refused,
      batches: () => readBatches(source, metadata, columns, kinds),
    });
  });

const readerOf = (source: ByteSource, metadata: ParquetMetadata, group: number, column: ParquetColumn): LeafReader => {
  const { rows, chunks } = metadata.groups[group]!;
  return createLeafReader(source, column.path, column.node, chunks[column.node.leaf]!, rows, column.definitions);
};

async function usualKind(source: ByteSource, metadata: ParquetMetadata, column: ParquetColumn): Promise<ColumnKind> {
  if (column.classes !== null) return 'categorical';
  if (column.values !== 'texts') return kindsOf[column.values][0]!;
  const group = metadata.groups.findIndex(({ rows }) => rows > 0);
  if (group < 0) return 'categorical';
  const { bytes } = await readerOf(source, metadata, group, column).read(Math.min(lookedAt, metadata.groups[group]!.rows));
  return textKind(bytes ?? []);
}

async function* readBatches(
  source: ByteSource,
  metadata: ParquetMetadata,
  columns: readonly ParquetColumn[],
  kinds: readonly ColumnKind[],
): AsyncGenerator<ColumnBatch> {
  const converters = columns.map((column, index) => createConverter(source.name, column, kinds[index]!));
  const capacity = batchRowsOf(columns);
  let [row, bytesBefore] = [0, 0];
  for (const [group, { rows }] of metadata.groups.entries()) {
    const readers = columns.map((column) => readerOf(source, metadata, group, column));
    for (let done = 0; done < rows;) {
      const count = Math.min(capacity, rows - done);
      const faults = new Map<number, Pick<SkippedRow, 'code' | 'values'>>();
      const values: ColumnValues[] = [];
      for (const [index, reader] of readers.entries())
        values.push(
          converters[index]!.convert(await reader.read(count), (fault, reason) => {
            if (!faults.has(fault)) faults.set(fault, reason);
          }),
        );
      const kept = Array.from({ length: count }, (_, index) => index).filter((index) => !faults.has(index));
      const skipped = [...faults].sort(([a], [b]) => a - b).map(([fault, reason]) => ({ line: row + fault + 1, ...reason }));
      yield {
        count: kept.length,
        columns: faults.size === 0 ? values : values.map((column) => pick(column, kept)),
        lines: Float64Array.from(kept, (index) => row + index + 1),
        skipped: skipped.slice(0, mostSkippedKept),
        skippedCount: skipped.length,
        bytesRead: Math.min(source.size, bytesBefore + readers.reduce((sum, reader) => sum + reader.bytesRead(), 0)),
      };
      row += count;
      done += count;
    }
    bytesBefore += readers.reduce((sum, reader) => sum + reader.bytesRead(), 0);
  }
}

/** Only these rows of a column. */
function pick(column: ColumnValues, rows: readonly number[]): ColumnValues {
  switch (column.kind) {
    case 'numeric':
      return { ...column, values: Float64Array.from(rows, (row) => column.values[row]!) };
    case 'boolean':
      return { ...column, values: Uint8Array.from(rows, (row) => column.values[row]!) };
    case 'categorical':
      return { ...column, values: Int32Array.from(rows, (row) => column.values[row]!) };
    case 'text':
      return { ...column, values: rows.map((row) => column.values[row]!) };
    case 'image':
      return { ...column, values: rows.map((row) => column.values[row]!) };
  }
}

export const format = defineFormat({
  name: 'parquet',
  label: 'Parquet',
  extensions: ['.parquet'],
  probe: (head) => String.fromCharCode(...head.subarray(0, 4)) === 'PAR1',
});
