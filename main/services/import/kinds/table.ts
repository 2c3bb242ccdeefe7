/** Tables of rows: numbers, categories, truth values; a class or numbers to be told from them. */
import { unwrap } from '../../../../compute/graph/problem';
import type { ByteSource } from '../../../formats/byte-source';
import { detectCsv, openCsv } from '../../../formats/csv.format';
import type { CsvDetection } from '../../../formats/csv/dialect';
import { withEntry, type ImportEntry } from '../entries';
import type { KindDefinition } from '../kind';
import { usualSeed } from '../kind';
import type { ImportProblem } from '../report';
import type { OptionsOf } from '../splits';
import { runTable, type OpenedTable } from '../table-import';
import { proposeColumns, proposeTableSplits } from '../table-proposal';

type Options = OptionsOf<'table'>;

const takes = (path: string): boolean => /\.(csv|tsv|tab|data)$/i.test(path);
const delimiters = [',', ';', '\t', '|', ' '] as const;

const detect = async (source: ByteSource, options: Options | null): Promise<CsvDetection> =>
  unwrap(await detectCsv(source, options === null ? {} : { delimiter: options.delimiter, header: options.header }));

/** The file of rows with the wanted columns alone. */
const open =
  (options: Options, wanted: readonly string[], kinds: Readonly<Record<string, 'numeric' | 'categorical' | 'boolean'>>) =>
  async (source: ByteSource): Promise<OpenedTable> =>
    unwrap(await openCsv(source, { delimiter: options.delimiter, header: options.header, only: wanted, kinds }));

const tables = (entries: readonly ImportEntry[]): ImportEntry[] => entries.filter(({ path }) => takes(path));

export const table: KindDefinition<'table'> = {
  kind: 'table',
  takes,
  propose: async ({ entries, skips }, given) => {
    const files = tables(entries);
    const [first] = files;
    if (first === undefined) throw new Error('a table is proposed for files of tables');
    const detection = await withEntry(first, (source) => detect(source, given));
    const problems: Pick<ImportProblem, 'code' | 'values' | 'line'>[] = [
      ...detection.problems,
      ...detection.columns.flatMap(({ name, kind, misfits }) =>
        misfits.map(({ line, text }) => ({ line, code: `import.misfit-${kind}`, values: { column: name, value: text } })),
      ),
    ];
    for (const { code, values, line } of problems) skips.add({ code, values: { ...values } }, first.path, line);
    const names = detection.columns.map(({ name }) => name);
    const known = given?.columns.length === names.length && given.columns.every(({ name }, index) => name === names[index]);
    const proposed = proposeColumns(detection.columns);
    const options: Options = {
      kind: 'table',
      seed: given?.seed ?? usualSeed,
      splits: given?.splits ?? proposeTableSplits(files),
      columns: known ? given.columns : proposed.columns,
      task: known ? given.task : proposed.task,
      standardise: given?.standardise ?? true,
      delimiter: delimiters.find((delimiter) => delimiter === detection.delimiter) ?? ',',
      header: detection.header,
    };
    return {
      options,
      preview: { rows: { columns: names, rows: detection.preview.slice(0, 20).map((row) => [...row]) } },
      choices: { tables: [{ file: first.path, columns: names }] },
    };
  },
  run: (context, options) => runTable(context, options, tables(context.entries), (wanted, kinds) => open(options, wanted, kinds)),
};
