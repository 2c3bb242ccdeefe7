/** A class typed by its number: one digit where one is enough, else all that come quickly after one another. Pure. */
export interface Digits {
  readonly text: string;
  /** When the last one came, in milliseconds. */
  readonly at: number;
}

const together = 900;

/** The class, or null while the number is none (yet), and what to remember for the next digit. */
export function classByDigits(
  { text, at }: Digits,
  digit: string,
  now: number,
  classes: number,
): { readonly label: number | null; readonly digits: Digits } {
  const longer = now - at <= together && classes > 10 ? text + digit : digit;
  const kept = Number(longer) < classes ? longer : digit;
  const label = Number(kept);
  return { label: label < classes ? label : null, digits: { text: kept, at: now } };
}
