/**
 * Rows of tables to samples in three passes: the files are read once into raw numbers; the splits are decided and the training
 * rows looked at; then samples are written. Memory is bounded but for a few bytes a row. It knows no file format.
 */
import type { ByteSource } from '../../formats/byte-source';
import type { Table } from '../../formats/table';
import type { DatasetColumn } from '../dataset-manifest';
import { ServiceError } from '../service-error';
import { createCollector } from './collector';
import {
  classCoding,
  createGatherer,
  createRawColumn,
  inputCoding,
  type ColumnChoice,
  type InputCoding,
  type RawColumn,
} from './column-coding';
import { stemOf, withEntry, type ImportEntry } from './entries';
import { createGrowing } from './growing';
import type { Ran, RunContext } from './kind';
import { createLineNumbers, type LineNumbers } from './line-numbers';
import { createRawRows, type RawRows } from './raw-rows';
import { problemOf } from './report';
import { decideSplits, noHint, splitNamed, splitOfFile, type OptionsOf } from './splits';

type Options = OptionsOf<'table'> | OptionsOf<'parquet'>;
export type OpenedTable = Table;
type ReadKinds = Readonly<Record<string, 'numeric' | 'categorical' | 'boolean'>>;
export type OpenTable = (wanted: readonly string[], kinds: ReadKinds) => (source: ByteSource) => Promise<OpenedTable>;

const mostClasses = 10_000;
/** Places that the categories of one column may take in a sample. */
const mostCategories = 1000;
const mostWidth = 1_000_000;

interface RawTable {
  readonly rows: RawRows;
  /** Inputs, then targets. */
  readonly columns: readonly RawColumn[];
  /** Of each row; empty where splits are drawn by ratio. */
  readonly hints: Uint8Array;
  readonly lines: LineNumbers;
  /** The file of each row, by its place. */
  readonly files: Int32Array | null;
  /** Raw values of the target of a classification in the order in which they were met, and which of them each row has. */
  readonly targetValues: readonly number[];
  readonly targets: Uint16Array;
  /** Values that are missing, by column. */
  readonly missing: readonly number[];
  readonly bytes: number;
}

const choicesOf = (options: Options): { readonly inputs: ColumnChoice[]; readonly targets: ColumnChoice[] } => {
  const used = (use: ColumnChoice['use']): ColumnChoice[] => options.columns.filter((column) => column.use === use);
  return { inputs: used('input'), targets: used('target') };
};

/** Throws import.no-input, import.no-target-column, import.text-input. */
function checkChoices(options: Options): void {
  const { inputs, targets } = choicesOf(options);
  if (inputs.length === 0) throw new ServiceError('import.no-input');
  if (targets.length === 0 || (options.task === 'classification' && targets.length > 1))
    throw new ServiceError('import.no-target-column', { count: targets.length });
  const strange = inputs.find(({ kind }) => kind === 'text' || kind === 'image');
  if (strange !== undefined) throw new ServiceError('import.text-input', { column: strange.name });
}

/** How a column is read: a text that tells classes is one of categories, a class among numbers to be predicted a number. */
function readKind({ kind, use }: ColumnChoice, task: Options['task']): 'numeric' | 'categorical' | 'boolean' {
  if (use === 'target' && task === 'regression') return kind === 'boolean' ? 'boolean' : 'numeric';
  return kind === 'text' || kind === 'image' ? 'categorical' : kind;
}

async function readRows(
  context: RunContext,
  options: Options,
  entries: readonly ImportEntry[],
  openTable: OpenTable,
  rows: RawRows,
): Promise<RawTable> {
  const { skips, progress } = context;
  const { inputs, targets } = choicesOf(options);
  const choices = [...inputs, ...targets].map((choice) => ({ ...choice, kind: readKind(choice, options.task) }));
  const columns = choices.map(createRawColumn);
  const splitColumn = options.splits.by === 'column' ? options.splits.column : null;
  const wanted = [...new Set([...choices.map(({ name }) => name), ...(splitColumn === null ? [] : [splitColumn])])];
  const kinds: Record<string, 'numeric' | 'categorical' | 'boolean'> = Object.fromEntries(choices.map(({ name, kind }) => [name, kind]));
  if (splitColumn !== null) kinds[splitColumn] ??= 'categorical';
  const lines = createLineNumbers();
  const [hints, files] = [createGrowing((length) => new Uint8Array(length)), createGrowing((length) => new Int32Array(length))];
  const hasHints = options.splits.by !== 'ratio';
  const targetNumbers = new Map<number, number>();
  const metTargets = createGrowing((length) => new Uint16Array(length));
  const missing = columns.map(() => 0);
  const isDropped = choices.map(({ missing: choice, use }) => choice === 'drop' || use === 'target');
  const width = columns.length;
  const sizes = await Promise.all(entries.map((entry) => entry.size()));
  const total = Math.max(
    1,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  let bytes = 0;

  const readFile = async (entry: ImportEntry, number: number): Promise<void> => {
    const fileHint = options.splits.by === 'file' ? splitOfFile(stemOf(entry.path)) : noHint;
    await withEntry(entry, async (source) => {
      const table = await openTable(wanted, kinds)(source);
      const places = choices.map(({ name }) => table.columns.findIndex((column) => column.name === name));
      const splitPlace = splitColumn === null ? -1 : table.columns.findIndex(({ name }) => name === splitColumn);
      for await (const batch of table.batches()) {
        const raw = new Float64Array(batch.count * width);
        columns.forEach((column, index) => {
          const values = batch.columns[places[index] ?? -1];
          if (values !== undefined) column.take(values, raw, index, width);
        });
        const splitValues = splitPlace < 0 ? null : (batch.columns[splitPlace] ?? null);
        const codes = splitValues?.kind === 'categorical' ? splitValues.categories.map(splitNamed) : [];
        let kept = 0;
        const [keptHints, keptLines] = [new Uint8Array(batch.count), new Int32Array(batch.count)];
        const keptTargets = new Uint16Array(options.task === 'classification' ? batch.count : 0);
        for (let row = 0; row < batch.count; row++) {
          const from = row * width;
          let isWhole = true;
          for (let column = 0; column < width; column++) {
            if (!Number.isNaN(raw[from + column]!)) continue;
            missing[column] = (missing[column] ?? 0) + 1;
            if (isDropped[column] === true && isWhole) {
              isWhole = false;
              skips.add(
                { code: 'import.missing-value', values: { column: choices[column]?.name ?? '' } },
                entry.path,
                batch.lines[row] ?? null,
              );
            }
          }
          if (!isWhole) continue;
          if (kept < row) raw.copyWithin(kept * width, from, from + width);
          keptHints[kept] = splitValues?.kind === 'categorical' ? (codes[splitValues.values[row] ?? -1] ?? noHint) : fileHint;
          keptLines[kept] = batch.lines[row] ?? 0;
          if (options.task === 'classification') {
            const value = raw[kept * width + width - 1]!;
            let number = targetNumbers.get(value);
            if (number === undefined) {
              number = targetNumbers.size;
              targetNumbers.set(value, number);
            }
            keptTargets[kept] = number;
          }
          kept++;
        }
        if (targetNumbers.size > mostClasses)
          throw new ServiceError('import.too-many-classes', { count: targetNumbers.size, maximum: mostClasses });
        await rows.add(raw.subarray(0, kept * width));
        if (hasHints) hints.add(keptHints.subarray(0, kept));
        metTargets.add(keptTargets.subarray(0, kept));
        lines.add(keptLines.subarray(0, kept));
        if (entries.length > 1) files.add(new Int32Array(kept).fill(number));
        for (const skipped of batch.skipped) skips.add({ code: skipped.code, values: { ...skipped.values } }, entry.path, skipped.line);
        skips.addUnnamed(batch.skippedCount - batch.skipped.length);
        progress((0.6 * (bytes + batch.bytesRead)) / total);
      }
    });
  };

  for (const [number, entry] of entries.entries()) {
    try {
      await readFile(entry, number);
    } catch (error) {
      // Of several files one that cannot be read is left out; what it gave before stays.
      const problem = problemOf(error);
      if (problem === null || entries.length === 1 || error instanceof ServiceError) throw error;
      skips.add(problem, entry.path);
    }
    bytes += sizes[number] ?? 0;
  }
  return {
    rows,
    columns,
    hints: hints.all(),
    lines,
    files: entries.length > 1 ? files.all() : null,
    targetValues: [...targetNumbers.keys()],
    targets: metTargets.all(),
    missing,
    bytes,
  };
}

/** What the training rows say of each column. */
async function gather({ rows, columns }: RawTable, splits: Uint8Array, seed: number) {
  const gatherers = columns.map(({ choice }) => createGatherer(choice, seed));
  const width = columns.length;
  let row = 0;
  for await (const piece of rows.read()) {
    const count = piece.length / width;
    const own = splits.subarray(row, row + count);
    gatherers.forEach(({ take }, at) => {
      take({ rows: piece, at, stride: width }, own);
    });
    row += count;
  }
  return gatherers.map(({ result }) => result());
}

/** The codings of the inputs, and where each stands in a sample. Throws import.too-many-categories, import.too-wide. */
function layOut(table: RawTable, inputs: number, gathered: Awaited<ReturnType<typeof gather>>, standardise: boolean) {
  const codings: { readonly coding: InputCoding; readonly at: number }[] = [];
  let size = 0;
  for (let column = 0; column < inputs; column++) {
    const raw = table.columns[column]!;
    if (raw.categories.length > mostCategories)
      throw new ServiceError('import.too-many-categories', {
        column: raw.choice.name,
        count: raw.categories.length,
        maximum: mostCategories,
      });
    const coding = inputCoding(raw, gathered[column]!, (table.missing[column] ?? 0) > 0, standardise);
    codings.push({ coding, at: size });
    size += coding.width;
  }
  if (size > mostWidth) throw new ServiceError('import.too-wide', { count: size, maximum: mostWidth });
  return { codings, size };
}

const describeTarget = (
  { choice }: RawColumn,
  at: number,
  missing: number,
  gathered: {
    readonly count: number;
    readonly minimum: number;
    readonly maximum: number;
    readonly mean: number;
    readonly deviation: number;
  },
  classes: readonly string[],
): DatasetColumn => {
  const isNumber = classes.length === 0 && gathered.count > 0;
  const { minimum, maximum, mean, deviation } = gathered;
  return {
    ...{ name: choice.name, kind: choice.kind, use: 'target', at, width: 1, missing, categories: [...classes], standardised: false },
    ...(isNumber ? { minimum, maximum, mean, deviation } : { minimum: null, maximum: null, mean: null, deviation: null }),
  };
};

/** Reads the rows of all entries into the data set. Errors: import.*, those of the format, dataset.no-training, disk.*. */
export async function runTable(context: RunContext, options: Options, entries: readonly ImportEntry[], openTable: OpenTable): Promise<Ran> {
  checkChoices(options);
  const { inputs, targets } = choicesOf(options);
  const width = inputs.length + targets.length;
  const rows = createRawRows(context.fileSystem, context.folder, width);
  try {
    const table = await readRows(context, options, entries, openTable, rows);
    if (rows.count === 0) throw new ServiceError('import.nothing', { name: context.name });
    const target = table.columns[inputs.length]!;
    const coding = options.task === 'classification' ? classCoding(target, table.targetValues) : null;
    const classNumbers = coding === null ? null : table.targets;
    if (coding !== null) table.targets.forEach((number, row) => (table.targets[row] = coding.classOf[number]!));
    const splits = decideSplits(rows.count, options.splits, options.seed, { hints: table.hints, groups: classNumbers });
    const gathered = await gather(table, splits, options.seed);
    context.progress(0.7);
    const { codings, size } = layOut(table, inputs.length, gathered, options.standardise);
    const collector = createCollector(
      context.fileSystem,
      context.folder,
      {
        sampleShape: [size],
        sampleType: 'f32',
        ...(coding === null ? { labelShape: [targets.length], labelType: 'f32' } : { labelShape: [], labelType: 'i32' }),
      },
      context.description,
      options,
      classNumbers,
    );
    try {
      let row = 0;
      const nextLines = table.lines.read();
      for await (const piece of rows.read()) {
        const count = piece.length / width;
        const lines = nextLines(count);
        const values = new Float32Array(count * size);
        const labels =
          coding === null ? new Float32Array(count * targets.length) : Int32Array.from(classNumbers!.subarray(row, row + count));
        codings.forEach(({ coding: input, at: to }, at) => {
          input.write({ rows: piece, at, stride: width }, values, to, size);
        });
        if (coding === null)
          for (let index = 0; index < count; index++)
            for (let each = 0; each < targets.length; each++)
              labels[index * targets.length + each] = piece[index * width + inputs.length + each]!;
        const { files } = table;
        await collector.add({
          values,
          labels,
          positions: lines,
          ...(files === null
            ? {}
            : {
                names: Array.from(
                  { length: count },
                  (_, index) => `${entries[files[row + index] ?? 0]?.path ?? ''}:${String(lines[index] ?? 0)}`,
                ),
              }),
        });
        row += count;
        context.progress(0.7 + (0.3 * row) / rows.count);
      }
      const classes = coding?.classes ?? [];
      const columns = [
        ...codings.map(({ coding: input, at }, column) => input.describe(at, table.missing[column] ?? 0)),
        ...targets.map((_, each) => {
          const column = inputs.length + each;
          return describeTarget(table.columns[column]!, each, table.missing[column] ?? 0, gathered[column]!, classes);
        }),
      ];
      await rows.remove();
      const end = { classes, targetNames: coding === null ? targets.map(({ name }) => name) : [], columns, splits };
      return { ...(await collector.finish(end)), bytes: table.bytes };
    } finally {
      await collector.abandon();
    }
  } finally {
    await rows.remove().catch(() => undefined);
  }
}
