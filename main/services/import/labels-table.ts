/** Labels that stand in a table beside the files: which file of the entries it is, which columns, and what they say. */
import { unwrap } from '../../../compute/graph/problem';
import { detectCsv, openCsv } from '../../formats/csv.format';
import { baseName, extensionOf, stemOf, withEntry, type ImportEntry } from './entries';
import type { Choices } from './kind';
import { noHint, splitNamed } from './splits';

export const isTableName = (path: string): boolean => /\.(csv|tsv|tab)$/i.test(path);
/** Tables that are looked into for labels. */
const mostTables = 20;
const mostLabels = 5_000_000;
const labelWords = /label|class|target|category|species|diagnosis|^y$/i;

export interface LabelTable {
  readonly file: string;
  readonly nameColumn: string;
  readonly labelColumn: string;
}

/** The names by which a table may mean a file. */
const namesOf = (path: string): string[] => [path, baseName(path), stemOf(path)];

/** What stands in the tables among the entries. */
export async function tablesAmong(entries: readonly ImportEntry[]): Promise<Choices['tables']> {
  const tables: { file: string; columns: string[] }[] = [];
  for (const entry of entries.filter(({ path }) => isTableName(path)).slice(0, mostTables)) {
    const detected = await withEntry(entry, (source) => detectCsv(source));
    if (detected.ok) tables.push({ file: entry.path, columns: detected.value.columns.map(({ name }) => name) });
  }
  return tables;
}

/** A table that names files of the entries in one column; its labels are in the one that is called so, or else in the next best. */
export async function findLabelTable(entries: readonly ImportEntry[], paths: readonly string[]): Promise<LabelTable | null> {
  const known = new Set(paths.flatMap(namesOf));
  for (const entry of entries.filter(({ path }) => isTableName(path)).slice(0, mostTables)) {
    const detected = await withEntry(entry, (source) => detectCsv(source));
    if (!detected.ok) continue;
    const { columns, preview } = detected.value;
    const hits = columns.map((_, index) => preview.filter((row) => known.has((row[index] ?? '').trim())).length);
    const best = hits.indexOf(Math.max(...hits));
    const nameColumn = columns[best];
    if (nameColumn === undefined || (hits[best] ?? 0) === 0) continue;
    const others = columns.filter((column) => column !== nameColumn);
    const labelColumn = others.find(({ name }) => labelWords.test(name)) ?? others.find(({ kind }) => kind !== 'text') ?? others[0];
    if (labelColumn !== undefined) return { file: entry.path, nameColumn: nameColumn.name, labelColumn: labelColumn.name };
  }
  return null;
}

export interface TableLabel {
  readonly label: string;
  readonly hint: number;
}

/** What the table says of a file; a column of splits is taken too where it is asked for. Throws a ProblemError csv.*. */
export async function readLabelTable(
  entries: readonly ImportEntry[],
  { file, nameColumn, labelColumn }: LabelTable,
  splitColumn: string | null,
): Promise<(path: string) => TableLabel | null> {
  const entry = entries.find(({ path }) => path === file);
  if (entry === undefined) return () => null;
  const wanted = [...new Set([nameColumn, labelColumn, ...(splitColumn === null ? [] : [splitColumn])])];
  const labels = new Map<string, TableLabel>();
  await withEntry(entry, async (source) => {
    const kinds = Object.fromEntries(wanted.map((name) => [name, 'text' as const]));
    const table = unwrap(await openCsv(source, { kinds, only: wanted, missing: [] }));
    const place = (name: string): number => table.columns.findIndex((column) => column.name === name);
    const [names, classes, splits] = [place(nameColumn), place(labelColumn), splitColumn === null ? -1 : place(splitColumn)];
    for await (const batch of table.batches()) {
      const text = (column: number, row: number): string => {
        const values = batch.columns[column];
        return values?.kind === 'text' ? (values.values[row] ?? '').trim() : '';
      };
      for (let row = 0; row < batch.count && labels.size < mostLabels; row++) {
        const label = text(classes, row);
        const hint = splits < 0 ? noHint : splitNamed(text(splits, row));
        if (label !== '') labels.set(text(names, row), { label, hint });
      }
    }
  });
  return (path) => {
    for (const name of [...namesOf(path), ...suffixesOf(path)]) {
      const found = labels.get(name) ?? labels.get(name.slice(0, name.length - extensionOf(name).length));
      if (found !== undefined) return found;
    }
    return null;
  };
}

/** The path without its outer folders, one after another: tables often name files from where they themselves lie. */
const suffixesOf = (path: string): string[] => {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(index + 1).join('/'));
};
