/** The cells of a table as they were in its source, from samples whose columns were made numbers. Pure. */
import type { Dataset } from '../data';

type Column = Dataset['columns'][number];

/** The cell of a column; the numbers of one category are its name. */
export function cellOf(column: Column, values: ArrayLike<number>, say: (value: number) => string): string {
  const { at, width, categories } = column;
  if (categories.length > 0 && width === categories.length) {
    let best = 0;
    for (let index = 1; index < width; index++) if ((values[at + index] ?? 0) > (values[at + best] ?? 0)) best = index;
    return (values[at + best] ?? 0) > 0 ? (categories[best] ?? '') : '–';
  }
  if (categories.length > 0 && width === 1) return categories[values[at] ?? -1] ?? '–';
  const value = values[at] ?? NaN;
  const own = column.standardised && column.deviation !== null && column.mean !== null ? value * column.deviation + column.mean : value;
  return Number.isNaN(own) ? '–' : say(own);
}
