/** What is proposed for a table whose columns were detected: the target, the inputs, the task, and how it is divided. Pure. */
import type { DetectedColumn } from '../../formats/table';
import type { ColumnChoice } from './column-coding';
import { stemOf, type ImportEntry } from './entries';
import { usualSplits } from './kind';
import { splitOfFile, type OptionsOf, type SplitOptions } from './splits';

/** Names of targets, those first that are hardly ever anything else: y may stand beside x as a place. */
const targetWords = [
  /^(label|labels|class|classes|target|targets)$/i,
  /^(species|category|outcome|diagnosis|quality|price|medv)$/i,
  /^y$/i,
];
const indexWords = /^(id|index|row|unnamed.*)$/i;
/** Names of columns that have none. */
const noName = /^column \d+$/;
const splitWords = /^(split|set|subset|fold|partition|usage)$/i;

/** The target is the column that is called so, else the last that may be one; texts and numbers of rows are left out. */
export function proposeColumns(columns: readonly DetectedColumn[]): {
  readonly columns: ColumnChoice[];
  readonly task: OptionsOf<'table'>['task'];
} {
  const usable = columns.filter(({ kind, name }) => kind !== 'text' && kind !== 'image' && !splitWords.test(name));
  const named = targetWords.flatMap((words) => usable.filter(({ name }) => words.test(name)));
  const target = named[0] ?? usable.at(-1);
  // Software that numbers its rows leaves the first name empty.
  const isNumbered = noName.test(columns[0]?.name ?? '') && columns.some(({ name }) => !noName.test(name));
  const isIndex = (column: DetectedColumn): boolean =>
    column.kind === 'numeric' && (indexWords.test(column.name) || (isNumbered && column === columns[0]));
  const isClass = target !== undefined && (target.kind !== 'numeric' || target.distinct <= 20);
  return {
    task: isClass ? 'classification' : 'regression',
    columns: columns.map((column): ColumnChoice => {
      const { name, kind } = column;
      const isInput = usable.includes(column) && !isIndex(column);
      return {
        name,
        kind,
        use: column === target ? 'target' : isInput ? 'input' : 'ignore',
        missing: column === target ? 'drop' : kind === 'categorical' ? 'category' : 'mean',
      };
    }),
  };
}

export const proposeTableSplits = (files: readonly ImportEntry[]): SplitOptions =>
  usualSplits(files.length > 1 && new Set(files.map(({ path }) => splitOfFile(stemOf(path)))).size > 1 ? 'file' : 'ratio');
