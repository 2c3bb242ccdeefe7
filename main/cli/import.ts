/** `hebb import`: files and folders become a data set, with what the options say over what the files propose. */
import { join } from 'node:path';
import type { ImportOptions } from '../services/import/splits';
import { importPlace, inspectPlace } from '../services/imports';
import { renameClasses } from '../services/dataset-edits';
import { ServiceError } from '../services/service-error';
import type { ImportReport } from '../services/import/report';
import type { ValuesFor } from './commands';
import { problemText } from './failure-text';
import { count, duration, percent } from './numbers';
import type { Output } from './output';
import type { ExitCode, Surroundings } from './surroundings';

type Values = ValuesFor<'import'>;

/** Skipped things that are told one by one. */
const mostTold = 20;

const splitsWith = (options: ImportOptions, values: Values): ImportOptions['splits'] => ({
  ...options.splits,
  by: values['split-column'] === null ? (values.split ?? options.splits.by) : 'column',
  column: values['split-column'] ?? options.splits.column,
  validation: values.validation ?? options.splits.validation,
  test: values.test ?? options.splits.test,
});

const delimiters = { comma: ',', semicolon: ';', tab: '\t', bar: '|', space: ' ' } as const;
const kinds = ['numeric', 'categorical'] as const;

/** What changes how the rows are read, and so must be known before columns are proposed. Null where nothing does. */
function readingWith(proposed: ImportOptions, values: Values): ImportOptions | null {
  if (proposed.kind !== 'table' || (values.delimiter === null && values.header === null)) return null;
  const delimiter = values.delimiter === null ? proposed.delimiter : delimiters[values.delimiter];
  return { ...proposed, delimiter, header: values.header === null ? proposed.header : values.header === 'yes' };
}

type Columns = Extract<ImportOptions, { readonly kind: 'table' }>['columns'];

/** The columns of a table with what the person said of them. Throws import.no-column. */
function columnsWith(columns: Columns, values: Values): Columns {
  const named = [...kinds.flatMap((kind) => values[kind] ?? []), ...(values.ignore ?? []), ...(values.target ?? [])];
  const unknown = named.find((name) => columns.every((column) => column.name !== name));
  if (unknown !== undefined)
    throw new ServiceError('import.no-column', { column: unknown, columns: columns.map(({ name }) => name).join(', ') });
  return columns.map((column) => {
    const kind = kinds.find((each) => values[each]?.includes(column.name)) ?? column.kind;
    const isIgnored = values.ignore?.includes(column.name) === true;
    // A kind that is named makes an input of what was left out as a text.
    const isTaken = column.use === 'ignore' && kind !== column.kind;
    const use = isIgnored ? 'ignore' : isTaken ? 'input' : column.use;
    const usual = kind === column.kind ? column.missing : kind === 'categorical' ? 'category' : 'mean';
    return { ...column, kind, use, missing: use === 'input' ? (values.missing ?? usual) : column.missing };
  });
}

/** What was proposed, with what the person said over it. Throws import.no-column. */
export function optionsWith(proposed: ImportOptions, values: Values): ImportOptions {
  const options = { ...proposed, seed: values.seed ?? proposed.seed, splits: splitsWith(proposed, values) };
  if (options.kind === 'images' || options.kind === 'parquet') {
    const { picture } = options;
    options.picture = {
      width: values.size?.width ?? picture.width,
      height: values.size?.height ?? picture.height,
      fit: values.fit ?? picture.fit,
      colour: values.colour ?? picture.colour,
    };
  }
  if (options.kind === 'table' || options.kind === 'parquet') {
    const { target } = values;
    options.columns = columnsWith(options.columns, values);
    if (target !== null)
      options.columns = options.columns.map((column) =>
        target.includes(column.name)
          ? { ...column, use: 'target', missing: 'drop' }
          : column.use === 'target'
            ? { ...column, use: 'input', missing: column.kind === 'categorical' ? 'category' : 'mean' }
            : column,
      );
    const chosen = options.columns.filter(({ use }) => use === 'target');
    const isClass = chosen.length === 1 && chosen[0]?.kind !== 'numeric';
    options.task = values.task ?? (target === null ? options.task : isClass ? 'classification' : 'regression');
    const { column } = options.splits;
    if (options.splits.by === 'column')
      options.columns = options.columns.map((each) => (each.name === column ? { ...each, use: 'ignore' } : each));
  }
  if (options.kind === 'text') {
    options.unit = values.unit ?? options.unit;
    options.length = values.length ?? options.length;
  }
  if (options.kind === 'arrays') options.task = values.task ?? options.task;
  return options;
}

/** What the report says that a person should know. */
function tell(output: Output, { problems, skipped, duplicates, classes }: ImportReport): void {
  for (const { code, values, file, line } of problems.slice(0, mostTold)) {
    const where = file === null ? '' : `${file}${line === null ? '' : `:${line}`}: `;
    output.note(`${where}${problemText(code, values) ?? code}`);
  }
  if (skipped > mostTold) output.note(`and ${count(skipped - Math.min(mostTold, problems.length))} more that were left out`);
  if (duplicates.acrossSplits > 0)
    output.note(`Caution: ${count(duplicates.acrossSplits)} samples stand in more than one split, so that the test tells too much.`);
  if (duplicates.withinSplits > 0) output.note(`${count(duplicates.withinSplits)} samples stand again in their split.`);
  const [only, other] = classes;
  if (only !== undefined && other === undefined)
    output.note(`All samples are of one class, “${only.name}”: a folder for each class, or a table of names and labels, tells them apart.`);
  for (const split of ['train', 'validation', 'test'] as const) {
    const missing = classes.filter((each) => each[split] === 0).map(({ name }) => name);
    if (missing.length > 0 && missing.length < classes.length) output.note(`No sample in ${split}: ${missing.slice(0, 20).join(', ')}`);
  }
}

/** 1 class, 2 classes. */
const several = (number: number, one: string, more: string): string => `${count(number)} ${number === 1 ? one : more}`;

/** Names told one by one. */
const mostNames = 20;
const listed = (names: readonly string[]): string =>
  names.slice(0, mostNames).join(', ') + (names.length > mostNames ? ` and ${count(names.length - mostNames)} more` : '');

/** What became of the columns of a table; null for what has none. */
function columnsLine(options: ImportOptions): string | null {
  if (options.kind !== 'table' && options.kind !== 'parquet') return null;
  const { columns } = options;
  const used = (
    [
      ['input', 'inputs'],
      ['target', 'target'],
      ['ignore', 'not used'],
    ] as const
  ).flatMap(([use, title]) => {
    const names = columns.filter((column) => column.use === use).map(({ name }) => name);
    return names.length === 0 ? [] : [`${title}: ${listed(names)}`];
  });
  return used.join('; ');
}

export async function importData(words: readonly string[], values: Values, surroundings: Surroundings): Promise<ExitCode> {
  const { fileSystem, places, output, resolvePath, onInterrupt } = surroundings;
  const place = { from: 'places' as const, paths: words.map(resolvePath) };
  let interrupted = false;
  const forget = onInterrupt(() => {
    interrupted = true;
  });
  const started = performance.now();
  try {
    const first = await inspectPlace(fileSystem, place, { kind: values.kind });
    const corrected = readingWith(first.options, values);
    const inspection = corrected === null ? first : await inspectPlace(fileSystem, place, { options: corrected });
    const name = values.name ?? inspection.name;
    const progress = {
      report: (fraction: number): void => {
        if (interrupted) throw new ServiceError('job.cancelled');
        const seconds = (performance.now() - started) / 1000;
        output.draw(
          `Reading ${inspection.options.kind}: ${percent(fraction)}, ${duration((seconds / Math.max(fraction, 0.001)) * (1 - fraction))} left`,
        );
      },
    };
    const options = optionsWith(inspection.options, values);
    const { dataset, report } = await importPlace({ fileSystem, places }, place, name, options, progress).catch((error: unknown) => {
      output.clear();
      // What was seen on the way may say why, where the error does not say it itself.
      if (!(error instanceof ServiceError && error.code === 'import.nothing-because')) {
        for (const { code, values: facts } of inspection.problems.slice(0, mostTold)) output.note(problemText(code, facts) ?? code);
        const columns = columnsLine(options);
        if (columns !== null) output.note(columns);
      }
      throw error;
    });
    output.clear();
    const { classes } = values;
    if (classes !== null) await renameClasses(fileSystem, join(places.data, 'datasets', dataset.id), classes);
    const { train, validation, test } = dataset.counts;
    if (values.json) output.json({ event: 'done', ...dataset, classes: classes ?? dataset.classes, report });
    else {
      tell(output, report);
      const shape = dataset.sampleShape.join('×');
      const targets = dataset.classes.length > 0 ? several(dataset.classes.length, 'class', 'classes') : dataset.targetNames.join(', ');
      output.line(`${dataset.id}: ${several(report.read, 'sample', 'samples')} of ${shape}, ${targets}; ${count(report.skipped)} left out`);
      const columns = columnsLine(options);
      if (columns !== null) output.line(`  ${columns}`);
      output.line(`  ${count(train)} for training, ${count(validation)} for validation, ${count(test)} for the test`);
      const taken = report.seconds < 10 ? `${report.seconds.toFixed(1)} s` : duration(report.seconds);
      output.line(`  ${taken}, ${count(report.read / Math.max(report.seconds, 0.001))} samples a second`);
    }
    return 0;
  } catch (error) {
    output.clear();
    if (error instanceof ServiceError && error.code === 'job.cancelled') return 130;
    throw error;
  } finally {
    forget();
  }
}
