/** The exact numbers of a chart as CSV (RFC 4180), for programs that read tables. Pure. */

export interface ChartValues {
  readonly columns: readonly string[];
  /** Null where a row has no value in a column. */
  readonly rows: readonly (readonly (number | string | null)[])[];
}

const cell = (value: number | string | null): string => {
  if (value === null) return '';
  // The shortest text that reads back as the same number.
  if (typeof value === 'number') return String(value);
  return /[",\r\n]/.test(value) || value.trim() !== value ? `"${value.replaceAll('"', '""')}"` : value;
};

/** With a line of names first, every line ended by CR LF. */
export const csvOf = ({ columns, rows }: ChartValues): string => [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');

/** Several series of points as one table: a row for each x that any of them has, in ascending order. */
export function valuesOf(
  xName: string,
  series: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[],
): ChartValues {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const maps = series.map(({ points }) => new Map(points));
  return { columns: [xName, ...series.map(({ name }) => name)], rows: xs.map((x) => [x, ...maps.map((map) => map.get(x) ?? null)]) };
}
