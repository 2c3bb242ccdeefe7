/** The table of runs: its columns, what a search finds, the order of its rows. Pure; texts are the caller's. */
import { leavesOf } from '../../../compute/graph/settings-paths';
import type { ContractResponse } from '../../../main/contract/contract';
import { isBetterHigher } from '../../../main/contract/run-records';

export type Run = ContractResponse<'runs.list'>[number];
export type Cell = number | string | null;

export interface Column {
  /** `name`, `status`, `started`, `dataset`, `epochs`, `seconds`, `measure validation/loss`, `setting optimizer.kind`. */
  readonly id: string;
  readonly kind: 'text' | 'number' | 'percent' | 'duration' | 'date' | 'status';
  /** The measure or the path of the setting; empty for the others. */
  readonly of: string;
}

const first: readonly Column[] = [
  { id: 'name', kind: 'text', of: '' },
  { id: 'status', kind: 'status', of: '' },
];
const last: readonly Column[] = [
  { id: 'epochs', kind: 'number', of: '' },
  { id: 'seconds', kind: 'duration', of: '' },
  { id: 'started', kind: 'date', of: '' },
];

/** Measures that are fractions, said in percent. */
const fractions: ReadonlySet<string> = new Set(['accuracy']);

export const measureName = (key: string): string => key.slice(key.indexOf('/') + 1);
export const isFraction = (key: string): boolean => fractions.has(measureName(key));
export const isBetterHigherFor = (key: string): boolean => isBetterHigher(measureName(key));

/** The validation measures that any of the runs has. */
export const measuresOfRuns = (runs: readonly Run[]): readonly string[] => [
  ...new Set(runs.flatMap(({ measures }) => Object.keys(measures.best).filter((key) => key.startsWith('validation/')))),
];

const settingsOf = (run: Run): ReadonlyMap<string, unknown> => new Map(leavesOf(run.settings));

const cellOf = (value: unknown): Cell =>
  value === undefined || value === null ? null : typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);

/** Paths of the settings in which the runs differ, in the order of the settings. */
export function differingSettings(runs: readonly Run[]): readonly string[] {
  const all = runs.map(settingsOf);
  const paths = new Set(all.flatMap((settings) => [...settings.keys()]));
  return [...paths].filter((path) => new Set(all.map((settings) => JSON.stringify(settings.get(path)) ?? '')).size > 1);
}

/** What came out, then what the runs differ in, then when and how long; fractions before other measures. */
export function columnsOf(runs: readonly Run[]): readonly Column[] {
  const datasets = new Set(runs.map(({ dataset }) => dataset));
  const measures = [...measuresOfRuns(runs)].sort((a, b) => Number(isFraction(b)) - Number(isFraction(a)));
  return [
    ...first,
    ...measures.map((key): Column => ({ id: `measure ${key}`, kind: isFraction(key) ? 'percent' : 'number', of: key })),
    ...(datasets.size > 1 ? [{ id: 'dataset', kind: 'text', of: '' } as const] : []),
    ...differingSettings(runs).map((path): Column => {
      const isNumber = runs.every((run) => typeof (settingsOf(run).get(path) ?? 0) === 'number');
      return { id: `setting ${path}`, kind: isNumber ? 'number' : 'text', of: path };
    }),
    ...last,
  ];
}

/** What a run has in a column, to be sorted by and shown; null where it has nothing. */
export function valueIn(run: Run, { id, of }: Column): Cell {
  switch (id) {
    case 'name':
      return run.name === '' ? run.id : run.name;
    case 'status':
      return run.status;
    case 'started':
      return run.startedAt;
    case 'dataset':
      return run.dataset;
    case 'epochs':
      return run.measures.epochs;
    case 'seconds':
      return run.measures.seconds;
    default:
      return id.startsWith('measure ') ? (run.measures.best[of] ?? null) : cellOf(settingsOf(run).get(of));
  }
}

export interface Order {
  readonly column: string;
  readonly descending: boolean;
}

const compare = (a: Cell, b: Cell): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
};

/** Pinned ones first, then by a column, where those without a value come last; equals stay in their order. */
export function sorted(runs: readonly Run[], columns: readonly Column[], { column: id, descending }: Order): readonly Run[] {
  const column = columns.find((known) => known.id === id);
  return [...runs].sort((a, b) => {
    if (a.pinned !== b.pinned) return a.pinned ? -1 : 1;
    if (column === undefined) return 0;
    const [first, second] = [valueIn(a, column), valueIn(b, column)];
    if (first === null || second === null) return first === second ? 0 : first === null ? 1 : -1;
    return descending ? compare(second, first) : compare(first, second);
  });
}

type Condition = (run: Run) => boolean;

const comparison = /^([a-z][\w.]*)(<=|>=|<|>|=)(.+)$/i;

/** A number as it is typed, `95%` too. */
const numberOf = (text: string): number => (text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text));

/** What a name in a search means: a measure (its best), else a setting by the end of its path. */
function namedValue(run: Run, name: string): Cell {
  const wanted = name.toLowerCase();
  for (const [key, value] of Object.entries(run.measures.best))
    if (key.toLowerCase() === wanted || key.toLowerCase() === `validation/${wanted}`) return value;
  if (wanted === 'epochs') return run.measures.epochs;
  if (wanted === 'seconds') return run.measures.seconds;
  for (const [path, value] of settingsOf(run))
    if (path.toLowerCase() === wanted || path.toLowerCase().endsWith(`.${wanted}`)) return cellOf(value);
  return null;
}

function conditionOf(word: string): Condition {
  const [, name = '', operator = '', text = ''] = comparison.exec(word) ?? [];
  if (name !== '') {
    const wanted = numberOf(text);
    return (run) => {
      const value = namedValue(run, name);
      if (value === null) return false;
      if (operator === '=') return typeof value === 'number' ? value === wanted : value.toLowerCase() === text.toLowerCase();
      if (typeof value !== 'number' || Number.isNaN(wanted)) return false;
      return operator === '<' ? value < wanted : operator === '>' ? value > wanted : operator === '<=' ? value <= wanted : value >= wanted;
    };
  }
  const [kind, rest] = [word.slice(0, word.indexOf(':')), word.slice(word.indexOf(':') + 1).toLowerCase()];
  if (kind === 'tag') return (run) => run.tags.some((tag) => tag.toLowerCase() === rest);
  if (kind === 'sweep') return (run) => run.trial?.sweep === rest;
  if (kind === 'status') return (run) => run.status === rest;
  const part = word.toLowerCase();
  return (run) =>
    [run.name, run.id, run.notes, run.dataset, ...run.tags, ...leavesOf(run.settings).map(([, value]) => String(cellOf(value)))].some(
      (text) => text.toLowerCase().includes(part),
    );
}

/**
 * Runs that fit every word of a search: `tag:wide`, `status:failed`, `sweep:ID`, `accuracy>95%`, `learningRate<=0.01`; any other word is
 * looked for in names, notes, tags and settings. Words in double quotes hold together.
 */
export function found(runs: readonly Run[], search: string): readonly Run[] {
  const words = [...search.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '').filter((word) => word !== '');
  const conditions = words.map(conditionOf);
  return runs.filter((run) => conditions.every((condition) => condition(run)));
}
