/**
 * How the values of a table's columns become numbers of samples: what is missing is filled, categories become one-hot, and
 * numbers are standardised, all by what the training rows say. Pure.
 */
import type { ColumnValues } from '../../formats/table';
import { missingBoolean, missingCategory } from '../../formats/table';
import { philox, streamKey } from '../../../compute/graph/philox';
import { splitCodes } from '../../../compute/graph/sample-splits';
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

/** Rows one after another, `stride` numbers each; the column's own stand at `at` of each. */
interface RowsOf {
  readonly rows: Float64Array;
  readonly at: number;
  readonly stride: number;
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

  function takeCategories({ rows, at, stride }: RowsOf, splits: Uint8Array): void {
    for (let place = at, row = 0; place < rows.length; place += stride, row++) {
      const value = rows[place]!;
      if (splits[row] !== splitCodes.train || Number.isNaN(value)) continue;
      counts[value] = (counts[value] ?? 0) + 1;
      count++;
    }
  }

  /** Blocks are joined after Chan, Golub, LeVeque (1979), so that nothing cancels. */
  function takeNumbers({ rows, at, stride }: RowsOf, splits: Uint8Array): void {
    let [added, sum] = [0, 0];
    // Of the sum, so that no numbers are too large for it.
    const part = stride / rows.length;
    for (let place = at, row = 0; place < rows.length; place += stride, row++) {
      const value = rows[place]!;
      if (splits[row] !== splitCodes.train || Number.isNaN(value)) continue;
      added++;
      sum += value * part;
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
    }
    if (added === 0) return;
    const own = sum / (added * part);
    let distances = 0;
    for (let place = at, row = 0; place < rows.length; place += stride, row++) {
      const value = rows[place]!;
      if (splits[row] !== splitCodes.train || Number.isNaN(value)) continue;
      distances += (value - own) * (value - own);
    }
    const difference = own - mean;
    const total = count + added;
    mean += difference * (added / total);
    squares += distances + (difference * difference * count * added) / total;
    count = total;
  }

  /** Algorithm R (Vitter, 1985); `met` values came before. */
  function takeSome({ rows, at, stride }: RowsOf, splits: Uint8Array, met: number): void {
    for (let place = at, row = 0; place < rows.length; place += stride, row++) {
      const value = rows[place]!;
      if (splits[row] !== splitCodes.train || Number.isNaN(value)) continue;
      met++;
      if (reservoir.length < mostForMedian) reservoir.push(value);
      else {
        philox(met >>> 0, Math.floor(met / 2 ** 32), 0, 0, seed, stream, words);
        const drawn = Math.floor(((words[0] ?? 0) / 2 ** 32) * met);
        if (drawn < mostForMedian) reservoir[drawn] = value;
      }
    }
  }

  return {
    /** `splits`: of these rows. */
    take: (rows: RowsOf, splits: Uint8Array): void => {
      if (wantsMedian) takeSome(rows, splits, count);
      if (isCategory) takeCategories(rows, splits);
      else takeNumbers(rows, splits);
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

/** How one input column is written into samples. */
export interface InputCoding {
  readonly width: number;
  /** Of each row into one sample of `size` numbers, from place `to` of it on. */
  write(rows: RowsOf, target: Float32Array, to: number, size: number): void;
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
      write: ({ rows, at, stride }, target, to, size) => {
        for (let place = at, sample = to; place < rows.length; place += stride, sample += size) {
          const value = rows[place]!;
          target[sample] = ((Number.isNaN(value) ? filled : value) - shift) * scale;
        }
      },
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
    write: ({ rows, at, stride }, target, to, size) => {
      for (let place = at, sample = to; place < rows.length; place += stride, sample += size) {
        const value = rows[place]!;
        const one = Number.isNaN(value) ? missingPlace : places[value]!;
        if (one >= 0) target[sample + one] = 1;
      }
    },
    describe: (at, count) => ({
      ...{ name, kind, use: 'input', at, width, missing: count, standardised: false },
      ...{ minimum: null, maximum: null, mean: null, deviation: null },
      categories: [...named.map(({ category }) => category), ...(hasOwn ? [missingName] : [])],
    }),
  };
}

/** Classes of a target column in the order of their names (of numbers: in their order), and the class of each of the raw values that were met. */
export function classCoding(
  { choice, categories }: RawColumn,
  values: readonly number[],
): { readonly classes: string[]; readonly classOf: Uint16Array } {
  const nameOf = (value: number): string =>
    choice.kind === 'categorical'
      ? (categories[value] ?? '')
      : choice.kind === 'boolean'
        ? value === 1
          ? 'true'
          : 'false'
        : String(value);
  const raw = values.map((value, number) => ({ value, number }));
  raw.sort((a, b) => (choice.kind === 'categorical' ? naturally(nameOf(a.value), nameOf(b.value)) : a.value - b.value));
  const classOf = new Uint16Array(raw.length);
  raw.forEach(({ number }, place) => (classOf[number] = place));
  return { classes: raw.map(({ value }) => nameOf(value)), classOf };
}
