/**
 * How the values of a table's columns become numbers of samples: what is missing is filled, categories become one-hot, and
 * numbers are standardised, all by what the training rows say. Pure.
 */
import type { ColumnValues } from '../../formats/table';
import { missingBoolean, missingCategory } from '../../formats/table';
import { philox, streamKey } from '../../../compute/graph/philox';
import type { DatasetColumn } from '../dataset-manifest';
import { naturally } from './entries';
import type { OptionsOf } from './splits';

export type ColumnChoice = OptionsOf<'table'>['columns'][number];

/** Values of a column as raw numbers: of categories the numbers in the order in which they were met, NaN where missing. */
export interface RawColumn {
  readonly choice: ColumnChoice;
  /** The column's categories by their raw numbers; empty for numbers. */
  readonly categories: readonly string[];
  /** Writes the values of a batch to every `stride`-th place from `at` on. */
  take(values: ColumnValues, target: Float64Array, at: number, stride: number): void;
}

export function createRawColumn(choice: ColumnChoice): RawColumn {
  const categories: string[] = [];
  const known = new Map<string, number>();
  const numberOf = (name: string): number => {
    const number = known.get(name);
    if (number !== undefined) return number;
    known.set(name, categories.length);
    categories.push(name);
    return categories.length - 1;
  };
  /** From the numbers of a reading's categories to ours: another file may meet them in another order. */
  let translated: { readonly of: readonly string[]; readonly numbers: number[] } = { of: [], numbers: [] };
  return {
    choice,
    categories,
    take: (column, target, at, stride) => {
      if (column.kind === 'numeric') {
        const { values } = column;
        for (let row = 0; row < values.length; row++) target[at + row * stride] = values[row]!;
      } else if (column.kind === 'boolean') {
        const { values } = column;
        for (let row = 0; row < values.length; row++) target[at + row * stride] = values[row] === missingBoolean ? NaN : values[row]!;
      } else if (column.kind === 'categorical') {
        if (translated.of !== column.categories) translated = { of: column.categories, numbers: [] };
        const { numbers } = translated;
        while (numbers.length < column.categories.length) numbers.push(numberOf(column.categories[numbers.length] ?? ''));
        const { values } = column;
        for (let row = 0; row < values.length; row++)
          target[at + row * stride] = values[row] === missingCategory ? NaN : numbers[values[row]!]!;
      } else {
        throw new TypeError(`a column of kind ${column.kind} has no numbers`);
      }
    },
  };
}

/** Training values of a column, from which an exact median is taken as long as there are no more than these; then of a sample of them by lot. */
const mostForMedian = 100_000;

export interface Gathered {
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly median: number;
  /** Raw number of the most frequent category. */
  readonly mode: number;
}

/** Gathers what the training rows say of one column. */
export function createGatherer(choice: ColumnChoice, seed: number) {
  let [count, mean, squares, minimum, maximum] = [0, 0, 0, Infinity, -Infinity];
  const counts: number[] = [];
  const reservoir: number[] = [];
  const isCategory = choice.kind === 'categorical';
  const wantsMedian = choice.missing === 'median' && !isCategory;
  const stream = streamKey(`import.median.${choice.name}`);
  const words = new Uint32Array(4);
  return {
    add: (value: number): void => {
      count++;
      if (isCategory) {
        counts[value] = (counts[value] ?? 0) + 1;
        return;
      }
      const difference = value - mean;
      mean += difference / count;
      squares += difference * (value - mean);
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
      if (!wantsMedian) return;
      if (reservoir.length < mostForMedian) reservoir.push(value);
      else {
        // Algorithm R (Vitter, 1985).
        philox(count >>> 0, Math.floor(count / 2 ** 32), 0, 0, seed, stream, words);
        const place = Math.floor(((words[0] ?? 0) / 2 ** 32) * count);
        if (place < mostForMedian) reservoir[place] = value;
      }
    },
    result: (): Gathered => {
      const sorted = Float64Array.from(reservoir).sort();
      const middle = sorted.length >> 1;
      const median = sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
      let mode = 0;
      counts.forEach((each, index) => {
        if (each > (counts[mode] ?? 0)) mode = index;
      });
      return { count, mean, deviation: count === 0 ? 0 : Math.sqrt(squares / count), minimum, maximum, median, mode };
    },
  };
}

/** How one input column is written into a sample. */
export interface InputCoding {
  readonly width: number;
  write(value: number, target: Float32Array, at: number): void;
  describe(at: number, missing: number): DatasetColumn;
}

/** The name of the category of missing values. */
const missingName = '(missing)';

const describeNumbers = ({ count, minimum, maximum, mean, deviation }: Gathered) =>
  count === 0 ? { minimum: null, maximum: null, mean: null, deviation: null } : { minimum, maximum, mean, deviation };

/** Null statistics: the column is one of categories. `missing` tells whether any value was missing. */
export function inputCoding({ choice, categories }: RawColumn, gathered: Gathered, missing: boolean, standardise: boolean): InputCoding {
  const { name, kind } = choice;
  if (kind !== 'categorical') {
    const filled = choice.missing === 'median' ? gathered.median : choice.missing === 'mean' ? gathered.mean : 0;
    const isStandardised = standardise && kind === 'numeric';
    // A column that is always the same becomes 0.
    const scale = isStandardised ? (gathered.deviation > 0 ? 1 / gathered.deviation : 0) : 1;
    const shift = isStandardised ? gathered.mean : 0;
    return {
      width: 1,
      write: (value, target, at) => void (target[at] = ((Number.isNaN(value) ? filled : value) - shift) * scale),
      describe: (at, count) => ({
        ...{ name, kind, use: 'input', at, width: 1, missing: count, categories: [], standardised: isStandardised },
        ...describeNumbers(gathered),
      }),
    };
  }
  const hasOwn = missing && choice.missing === 'category';
  const named = categories.map((category, number) => ({ category, number })).sort((a, b) => naturally(a.category, b.category));
  const places = new Int32Array(categories.length);
  named.forEach(({ number }, place) => (places[number] = place));
  const width = Math.max(1, categories.length + (hasOwn ? 1 : 0));
  // What is missing has a place of its own, that of the most frequent category, or none.
  const missingPlace = hasOwn ? categories.length : choice.missing === 'zero' ? -1 : (places[gathered.mode] ?? -1);
  return {
    width,
    write: (value, target, at) => {
      const place = Number.isNaN(value) ? missingPlace : places[value]!;
      if (place >= 0) target[at + place] = 1;
    },
    describe: (at, count) => ({
      ...{ name, kind, use: 'input', at, width, missing: count, standardised: false },
      ...{ minimum: null, maximum: null, mean: null, deviation: null },
      categories: [...named.map(({ category }) => category), ...(hasOwn ? [missingName] : [])],
    }),
  };
}

/** Classes of a target column in the order of their names (of numbers: in their order), and the class of each raw value. */
export function classCoding(
  { choice, categories }: RawColumn,
  values: ReadonlySet<number>,
): { readonly classes: string[]; readonly classOf: (value: number) => number } {
  const raw = [...values];
  const nameOf = (value: number): string =>
    choice.kind === 'categorical'
      ? (categories[value] ?? '')
      : choice.kind === 'boolean'
        ? value === 1
          ? 'true'
          : 'false'
        : String(value);
  raw.sort((a, b) => (choice.kind === 'categorical' ? naturally(nameOf(a), nameOf(b)) : a - b));
  const places = new Map(raw.map((value, place) => [value, place]));
  return { classes: raw.map(nameOf), classOf: (value) => places.get(value) ?? 0 };
}
