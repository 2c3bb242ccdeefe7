/**
 * Parallel coordinates (Inselberg 1985): an axis a column, a line a run, and ranges brushed on the axes. Pure; places are
 * fractions of an axis, 0 at the bottom.
 */
import { valueIn, type Cell, type Column, type Run } from './run-table';

export interface ParallelAxis {
  readonly column: Column;
  readonly scale: 'linear' | 'logarithmic' | 'choices';
  /** Smallest and largest value; of choices, 0 and their number − 1. */
  readonly minimum: number;
  readonly maximum: number;
  /** In their order from the bottom; empty for numbers. */
  readonly choices: readonly string[];
}

/** A range of an axis, as fractions. */
export interface Brush {
  readonly from: number;
  readonly to: number;
}

const textOf = (value: Cell): string => (value === null ? '–' : String(value));

/** Numbers that span a factor of twenty or more, and are all positive, go by their logarithm. */
export function axisOf(runs: readonly Run[], column: Column): ParallelAxis {
  const values = runs.map((run) => valueIn(run, column));
  const numbers = values.filter((value) => typeof value === 'number');
  if (column.kind !== 'text' && column.kind !== 'status' && column.kind !== 'date' && numbers.length > 0) {
    const minimum = numbers.reduce((a, b) => Math.min(a, b));
    const maximum = numbers.reduce((a, b) => Math.max(a, b));
    return { column, scale: minimum > 0 && maximum / minimum >= 20 ? 'logarithmic' : 'linear', minimum, maximum, choices: [] };
  }
  const choices = [...new Set(values.map(textOf))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return { column, scale: 'choices', minimum: 0, maximum: Math.max(0, choices.length - 1), choices };
}

/** Where a run crosses an axis; null where it has no value there. */
export function placeOn({ column, scale, minimum, maximum, choices }: ParallelAxis, run: Run): number | null {
  const value = valueIn(run, column);
  if (scale === 'choices') return choices.length <= 1 ? 0.5 : choices.indexOf(textOf(value)) / maximum;
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  if (minimum === maximum) return 0.5;
  return scale === 'logarithmic' ? Math.log(value / minimum) / Math.log(maximum / minimum) : (value - minimum) / (maximum - minimum);
}

/** The number at a place of an axis of numbers. */
export const numberAt = ({ scale, minimum, maximum }: ParallelAxis, place: number): number =>
  scale === 'logarithmic' ? minimum * (maximum / minimum) ** place : minimum + (maximum - minimum) * place;

/** Whether a run crosses every brushed axis within its range. */
export const isInBrushes = (axes: readonly ParallelAxis[], brushes: ReadonlyMap<string, Brush>, run: Run): boolean =>
  axes.every((axis) => {
    const brush = brushes.get(axis.column.id);
    if (brush === undefined) return true;
    const place = placeOn(axis, run);
    return place !== null && place >= Math.min(brush.from, brush.to) && place <= Math.max(brush.from, brush.to);
  });
