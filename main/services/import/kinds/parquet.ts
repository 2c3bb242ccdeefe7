/** Parquet: rows as those of any table, or images with a class or numbers beside each, as hubs of data sets have them. */
import { unwrap } from '../../../../compute/graph/problem';
import { usualImageLimits } from '../../../formats/images/decoded-image';
import { decodeImage } from '../../../formats/images/images';
import { openParquet, type ParquetTable } from '../../../formats/parquet.format';
import type { ColumnBatch, ColumnValues, DetectedColumn } from '../../../formats/table';
import { createTableStatistics } from '../../../formats/table-statistics';
import { withEntry, type ImportEntry } from '../entries';
import { usualSeed, type InspectContext, type KindDefinition } from '../kind';
import { previewImages, runParquetImages } from '../parquet-images';
import type { SkipList } from '../report';
import type { OptionsOf } from '../splits';
import { runTable } from '../table-import';
import { proposeColumns, proposeTableSplits } from '../table-proposal';

type Options = OptionsOf<'parquet'>;

const takes = (path: string): boolean => /\.parquet$/i.test(path);
const files = (entries: readonly ImportEntry[]): ImportEntry[] => entries.filter(({ path }) => takes(path));
const previewRows = 20;
/** Images that are tried for their size. */
const mostTried = 20;

/** The first rows, and what they say of each column. */
interface Beginning {
  readonly table: ParquetTable;
  readonly batch: ColumnBatch | null;
  readonly columns: readonly DetectedColumn[];
}

async function lookAt(entry: ImportEntry, skips: SkipList): Promise<Beginning> {
  return await withEntry(entry, async (source) => {
    const table = unwrap(await openParquet(source));
    for (const { code, values } of table.refused) skips.add({ code, values }, entry.path);
    const statistics = createTableStatistics(table.columns);
    let batch: ColumnBatch | null = null;
    for await (const first of table.batches()) {
      statistics.add(first);
      batch = first;
      break;
    }
    const columns = statistics.result().map(({ name, kind, missing, distinct, count }): DetectedColumn => ({
      ...{ name, kind, missing, misfits: [] },
      distinct: distinct ?? count,
    }));
    return { table, batch, columns };
  });
}

function shownCell(column: ColumnValues, row: number): string {
  switch (column.kind) {
    case 'numeric':
      return Number.isNaN(column.values[row]) ? '' : String(column.values[row]);
    case 'boolean':
      return ['false', 'true'][column.values[row] ?? 2] ?? '';
    case 'categorical':
      return column.categories[column.values[row] ?? -1] ?? '';
    case 'text':
      return (column.values[row] ?? '').slice(0, 200);
    case 'image':
      return column.values[row] === null ? '' : `${String(column.values[row]?.length ?? 0)} B`;
  }
}

/** Where there are images they are the input, and a class beside them the target; else all is as in any table. */
function proposeFor(columns: readonly DetectedColumn[]): Pick<Options, 'columns' | 'task'> {
  const proposed = proposeColumns(columns);
  const image = columns.find(({ kind }) => kind === 'image');
  if (image === undefined) return proposed;
  return {
    ...proposed,
    columns: proposed.columns.map((column) => ({
      ...column,
      use: column.name === image.name ? 'input' : column.use === 'target' ? 'target' : 'ignore',
      missing: 'drop',
    })),
  };
}

/** As the first image that can be read is: its size, and whether it has colours. */
async function pictureOf({ batch }: Beginning, name: string | undefined, table: ParquetTable): Promise<Options['picture']> {
  const place = table.columns.findIndex((column) => column.name === name);
  const column = batch?.columns[place];
  if (column?.kind === 'image')
    for (const bytes of column.values.filter((value) => value !== null).slice(0, mostTried)) {
      const decoded = await decodeImage(bytes, usualImageLimits);
      if (!decoded.ok) continue;
      const { width, height, channels } = decoded.value;
      return { width, height, fit: 'cover', colour: channels === 1 ? 'grey' : 'colour' };
    }
  return { width: null, height: null, fit: 'cover', colour: 'colour' };
}

const imageInput = ({ columns }: Pick<Options, 'columns'>) => columns.find(({ kind, use }) => kind === 'image' && use === 'input');

async function proposeAll(context: InspectContext, given: Options | null) {
  const entries = files(context.entries);
  const [first] = entries;
  if (first === undefined) throw new Error('Parquet is proposed for files of Parquet');
  const beginning = await lookAt(first, context.skips);
  const { table, batch, columns } = beginning;
  const names = columns.map(({ name }) => name);
  const known = given?.columns.length === names.length && given.columns.every(({ name }, index) => name === names[index]);
  const proposed = known ? { columns: given.columns, task: given.task } : proposeFor(columns);
  const options: Options = {
    kind: 'parquet',
    seed: given?.seed ?? usualSeed,
    splits: given?.splits ?? proposeTableSplits(entries),
    ...proposed,
    standardise: given?.standardise ?? true,
    picture: given?.picture ?? (await pictureOf(beginning, imageInput(proposed)?.name, table)),
  };
  const rows = Array.from({ length: Math.min(previewRows, batch?.count ?? 0) }, (_, row) =>
    (batch?.columns ?? []).map((column) => shownCell(column, row)),
  );
  const image = imageInput(options);
  const preview = { rows: { columns: names, rows } };
  const choices = { tables: [{ file: first.path, columns: names }] };
  if (image === undefined || batch === null) return { options, preview, choices };
  const target = options.columns.find(({ use }) => use === 'target');
  const [images, labels] = [image.name, target?.name].map((name) => batch.columns[names.indexOf(name ?? '')]);
  const encoded = images?.kind === 'image' ? images.values : [];
  const shown = encoded.slice(0, 24).flatMap((bytes, row) => {
    const label = labels === undefined ? null : shownCell(labels, row);
    return bytes === null ? [] : [{ bytes, name: `${first.path}:${String(batch.lines[row] ?? 0)}`, label }];
  });
  return { options, preview: { ...preview, ...(await previewImages(context, shown, options.picture)) }, choices };
}

export const parquet: KindDefinition<'parquet'> = {
  kind: 'parquet',
  takes,
  propose: proposeAll,
  run: async (context, options) => {
    const entries = files(context.entries);
    if (imageInput(options) !== undefined) return await runParquetImages(context, options, entries);
    return await runTable(context, options, entries, (only, kinds) => async (source) => unwrap(await openParquet(source, { only, kinds })));
  },
};
