/** Numbers of the report as people read them. */

/** Up to four significant digits; `–` where there is no number. */
export function say(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(3);
  return Number(value.toPrecision(4)).toString();
}

export const sayPercent = (fraction: number): string => (Number.isFinite(fraction) ? `${(100 * fraction).toFixed(2)} %` : '–');

export function sayDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return hours > 0
    ? `${String(hours)} h ${pad(minutes)} min ${pad(rest)} s`
    : minutes > 0
      ? `${String(minutes)} min ${pad(rest)} s`
      : `${say(seconds)} s`;
}
