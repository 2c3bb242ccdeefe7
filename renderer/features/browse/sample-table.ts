/**
 * All samples of a data set as a table to look through: class, split, name and prediction of each; filters, orders and
 * edits over it. Pure; it knows no store and no picture.
 */
/** What the bytes of a split shard mean. */
export const splitNames = ['train', 'validation', 'test', 'excluded'] as const;
export type SplitName = (typeof splitNames)[number];

export interface SampleTable {
  readonly count: number;
  /** The class of each sample; null where samples have none of their own. */
  readonly labels: Int32Array | null;
  /** Index into `splitNames` of each sample. */
  readonly splits: Uint8Array;
  /** Where each sample came from; null where that is not known. */
  readonly names: readonly string[] | null;
}

/** What the network says to each sample; −1 and NaN where it was not asked. */
export interface Predictions {
  readonly predicted: Int32Array;
  /** The probability of the predicted class. */
  readonly confidence: Float32Array;
}

export const noPredictions = (count: number): Predictions => ({
  predicted: new Int32Array(count).fill(-1),
  confidence: new Float32Array(count).fill(NaN),
});

export interface Filter {
  /** Null lets all classes through; so do the others. */
  readonly label: number | null;
  readonly split: SplitName | null;
  readonly outcome: 'all' | 'right' | 'wrong';
  readonly predicted: number | null;
  /** Of the predicted class, 0 … 1. */
  readonly confidence: readonly [lowest: number, highest: number];
  /** Part of the name, in any case. */
  readonly text: string;
  /** Chosen on a map, or by other means. */
  readonly places: ReadonlySet<number> | null;
}

export const everything: Filter = {
  label: null,
  split: null,
  outcome: 'all',
  predicted: null,
  confidence: [0, 1],
  text: '',
  places: null,
};

/** Whether it asks for predictions: samples without one do not pass then. */
export const asksForPredictions = ({ outcome, predicted, confidence: [lowest, highest] }: Filter): boolean =>
  outcome !== 'all' || predicted !== null || lowest > 0 || highest < 1;

export const isFiltering = (filter: Filter): boolean =>
  asksForPredictions(filter) || filter.label !== null || filter.split !== null || filter.text !== '' || filter.places !== null;

/** The places of the samples that pass, in order. */
export function filterPlaces(table: SampleTable, { predicted, confidence }: Predictions, filter: Filter): Uint32Array {
  const found = new Uint32Array(table.count);
  const split = filter.split === null ? -1 : splitNames.indexOf(filter.split);
  const text = filter.text.trim().toLowerCase();
  const asks = asksForPredictions(filter);
  const [lowest, highest] = filter.confidence;
  let passed = 0;
  for (let place = 0; place < table.count; place++) {
    const label = table.labels?.[place] ?? -1;
    if (filter.label !== null && label !== filter.label) continue;
    if (split >= 0 && table.splits[place] !== split) continue;
    if (filter.places !== null && !filter.places.has(place)) continue;
    if (text !== '' && !(table.names?.[place] ?? '').toLowerCase().includes(text)) continue;
    if (asks) {
      const answer = predicted[place] ?? -1;
      const sure = confidence[place] ?? NaN;
      if (answer < 0 || !(sure >= lowest && sure <= highest)) continue;
      if (filter.predicted !== null && answer !== filter.predicted) continue;
      if (filter.outcome !== 'all' && (answer === label) !== (filter.outcome === 'right')) continue;
    }
    found[passed++] = place;
  }
  return found.slice(0, passed);
}

export const orders = ['place', 'class', 'name', 'least-sure', 'most-sure'] as const;
export type Order = (typeof orders)[number];

/** The places in another order; equal ones stay as they stand. Samples without a prediction come last. */
export function orderPlaces(places: Uint32Array, order: Order, table: SampleTable, { confidence }: Predictions): Uint32Array {
  const sure = (place: number, otherwise: number): number => {
    const value = confidence[place] ?? NaN;
    return Number.isNaN(value) ? otherwise : value;
  };
  const sorted = Uint32Array.from(places);
  switch (order) {
    case 'place':
      return sorted;
    case 'class':
      return sorted.sort((a, b) => (table.labels?.[a] ?? 0) - (table.labels?.[b] ?? 0) || a - b);
    case 'name': {
      const collator = new Intl.Collator('en', { numeric: true });
      return sorted.sort((a, b) => collator.compare(table.names?.[a] ?? '', table.names?.[b] ?? '') || a - b);
    }
    case 'least-sure':
      return sorted.sort((a, b) => sure(a, Infinity) - sure(b, Infinity) || a - b);
    case 'most-sure':
      return sorted.sort((a, b) => sure(b, -Infinity) - sure(a, -Infinity) || a - b);
  }
}

/** How many samples of each class stand in each split: [split][class]. */
export function countByClass(table: SampleTable, classes: number): readonly (readonly number[])[] {
  const counts = splitNames.map(() => new Array<number>(classes).fill(0));
  for (let place = 0; place < table.count; place++) {
    const row = counts[table.splits[place] ?? 0];
    const label = table.labels?.[place] ?? -1;
    if (row?.[label] !== undefined) row[label]++;
  }
  return counts;
}

export function countBySplit(table: SampleTable): Readonly<Record<SplitName, number>> {
  const counts = { train: 0, validation: 0, test: 0, excluded: 0 };
  for (const split of table.splits) counts[splitNames[split] ?? 'excluded']++;
  return counts;
}

/** How uneven the classes are: samples of the largest for one of the smallest; Infinity where one has none, 1 without classes. */
export function imbalance(counts: readonly number[]): number {
  return counts.length === 0 ? 1 : Math.max(...counts) / Math.min(...counts);
}

/** Other labels, another split, or both, for some samples; null leaves what is there. */
export interface SampleEdit {
  readonly places: readonly number[];
  readonly label: number | null;
  readonly split: SplitName | null;
}

/** The table after the edits, and the edits that would bring it back. Samples that already are so are left out of those. */
export function applyEdits(
  table: SampleTable,
  edits: readonly SampleEdit[],
): { readonly table: SampleTable; readonly inverse: readonly SampleEdit[] } {
  const labels = table.labels === null ? null : Int32Array.from(table.labels);
  const splits = Uint8Array.from(table.splits);
  const groups = new Map<string, { places: number[]; label: number | null; split: SplitName | null }>();
  const remember = (place: number, label: number | null, split: SplitName | null): void => {
    const key = `${String(label)}/${String(split)}`;
    const group = groups.get(key) ?? { places: [], label, split };
    groups.set(key, group);
    group.places.push(place);
  };
  for (const { places, label, split } of edits)
    for (const place of places) {
      const labelBefore = labels?.[place] ?? null;
      const splitBefore = splitNames[splits[place] ?? 0] ?? null;
      const relabels = label !== null && labels !== null && labelBefore !== label;
      const moves = split !== null && splitBefore !== split;
      if (!relabels && !moves) continue;
      remember(place, relabels ? labelBefore : null, moves ? splitBefore : null);
      if (relabels) labels[place] = label;
      if (moves) splits[place] = splitNames.indexOf(split);
    }
  // Brought back from the last to the first, in case two edits touched one sample.
  return { table: { ...table, labels, splits }, inverse: [...groups.values()].reverse() };
}
