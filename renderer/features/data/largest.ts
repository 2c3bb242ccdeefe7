/** The largest of many named numbers. Pure. */
export interface NamedValue {
  readonly name: string;
  readonly value: number;
}

/** The `most` largest, largest first, if there are more than so many; else all of them as they are. */
export const largestOf = <Row extends NamedValue>(rows: readonly Row[], most: number): readonly Row[] =>
  rows.length <= most ? rows : [...rows].sort((a, b) => b.value - a.value).slice(0, most);
