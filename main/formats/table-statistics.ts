/** Statistics of the columns of a table, gathered batch by batch in bounded memory. Pure. */
import { missingBoolean, missingCategory, type ColumnBatch, type ColumnKind, type ColumnValues, type TableColumn } from './table';

export interface ColumnStatistics {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Values that are there. */
  readonly count: number;
  readonly missing: number;
  /** Of numeric columns with values. The deviation is that of the population (division by n). */
  readonly numbers: { readonly minimum: number; readonly maximum: number; readonly mean: number; readonly deviation: number } | null;
  /** Different values; null where they are more than are counted, or images. */
  readonly distinct: number | null;
  /** The ten most frequent values with their counts, the most frequent first; empty where `distinct` is null. */
  readonly frequent: readonly (readonly [value: string, count: number])[];
}

/** Different numbers or texts of a column that are counted one by one. */
const mostCounted = 1000;
const mostShown = 10;

interface Gatherer {
  readonly add: (values: ColumnValues) => void;
  readonly result: () => Omit<ColumnStatistics, 'name' | 'kind'>;
}

/** Counts values until they are too many to be worth it. */
function createCounter(): {
  readonly add: (value: string | number) => void;
  readonly result: () => Pick<ColumnStatistics, 'distinct' | 'frequent'>;
} {
  let counts: Map<string | number, number> | null = new Map();
  return {
    add: (value) => {
      if (counts === null) return;
      counts.set(value, (counts.get(value) ?? 0) + 1);
      if (counts.size > mostCounted) counts = null;
    },
    result: () =>
      counts === null ? { distinct: null, frequent: [] } : { distinct: counts.size, frequent: mostFrequent([...counts.entries()]) },
  };
}

const mostFrequent = (counts: readonly (readonly [value: string | number, count: number])[]): ColumnStatistics['frequent'] =>
  counts
    .map(([value, count]) => [String(value), count] as const)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .slice(0, mostShown);

/** Mean and squared deviations of parts are joined as by Chan, Golub and LeVeque, "Updating formulae…" (1979). */
function gatherNumbers(): Gatherer {
  const counter = createCounter();
  let [count, missing, mean, squares, minimum, maximum] = [0, 0, 0, 0, Infinity, -Infinity];
  return {
    add: (column) => {
      if (column.kind !== 'numeric') return;
      const { values } = column;
      let [partCount, sum] = [0, 0];
      for (let index = 0; index < values.length; index++) {
        const value = values[index]!;
        if (Number.isNaN(value)) continue;
        partCount++;
        sum += value;
        if (value < minimum) minimum = value;
        if (value > maximum) maximum = value;
        counter.add(value);
      }
      missing += values.length - partCount;
      if (partCount === 0) return;
      const partMean = sum / partCount;
      let partSquares = 0;
      for (let index = 0; index < values.length; index++) {
        const value = values[index]!;
        if (!Number.isNaN(value)) partSquares += (value - partMean) * (value - partMean);
      }
      const difference = partMean - mean;
      const total = count + partCount;
      mean += (difference * partCount) / total;
      squares += partSquares + (difference * difference * count * partCount) / total;
      count = total;
    },
    result: () => ({
      ...{ count, missing, ...counter.result() },
      numbers: count === 0 ? null : { minimum, maximum, mean, deviation: Math.sqrt(squares / count) },
    }),
  };
}

function gatherCategories(): Gatherer {
  let missing = 0;
  let counts: number[] = [];
  let names: readonly string[] = [];
  return {
    add: (column) => {
      if (column.kind !== 'categorical') return;
      names = column.categories;
      while (counts.length < names.length) counts.push(0);
      for (const code of column.values)
        if (code === missingCategory) missing++;
        else counts[code]!++;
    },
    result: () => {
      counts = counts.slice(0, names.length);
      const entries = counts.flatMap((count, code) => (count === 0 ? [] : [[names[code] ?? '', count] as const]));
      return {
        ...{ count: counts.reduce((sum, count) => sum + count, 0), missing, numbers: null },
        ...{ distinct: entries.length, frequent: mostFrequent(entries) },
      };
    },
  };
}

function gatherBooleans(): Gatherer {
  const counts = [0, 0, 0];
  return {
    add: (column) => {
      if (column.kind === 'boolean') for (const value of column.values) counts[value]!++;
    },
    result: () => {
      const [no = 0, yes = 0] = counts;
      const entries = ([['false', no] as const, ['true', yes] as const] as const).filter(([, count]) => count > 0);
      return {
        ...{ count: no + yes, missing: counts[missingBoolean] ?? 0, numbers: null },
        ...{ distinct: entries.length, frequent: mostFrequent(entries) },
      };
    },
  };
}

/** Longer texts are told by how they begin. */
const longestShown = 80;

function gatherTexts(): Gatherer {
  const counter = createCounter();
  let [count, missing] = [0, 0];
  return {
    add: (column) => {
      if (column.kind !== 'text') return;
      for (const value of column.values)
        if (value === null) missing++;
        else {
          count++;
          counter.add(value.slice(0, longestShown));
        }
    },
    result: () => ({ count, missing, numbers: null, ...counter.result() }),
  };
}

function gatherImages(): Gatherer {
  let [count, missing] = [0, 0];
  return {
    add: (column) => {
      if (column.kind !== 'image') return;
      for (const value of column.values)
        if (value === null) missing++;
        else count++;
    },
    result: () => ({ count, missing, numbers: null, distinct: null, frequent: [] }),
  };
}

const gatherers: Readonly<Record<ColumnKind, () => Gatherer>> = {
  numeric: gatherNumbers,
  categorical: gatherCategories,
  boolean: gatherBooleans,
  text: gatherTexts,
  image: gatherImages,
};

/** Statistics of `columns` over all batches given to `add`. */
export function createTableStatistics(columns: readonly TableColumn[]): {
  readonly add: (batch: ColumnBatch) => void;
  readonly result: () => ColumnStatistics[];
} {
  const all = columns.map(({ kind }) => gatherers[kind]());
  return {
    add: (batch) => {
      batch.columns.forEach((values, index) => {
        all[index]?.add(values);
      });
    },
    result: () => columns.map(({ name, kind }, index) => ({ name, kind, ...all[index]!.result() })),
  };
}
