/** How the command line writes numbers. Its language is English. Pure. */

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3, useGrouping: false });
const precise = new Intl.NumberFormat('en', { style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** 12,345 */
export const count = (value: number): string => grouped.format(value);
/** 0.312; a loss that is no number is said so. */
export const figure = (value: number): string => (Number.isFinite(value) ? short.format(value) : String(value));
/** 417 k, 3.21 M, 82.1 G: to stand before a unit, with its space. */
export function magnitude(value: number): string {
  const prefixes = ['', 'k', 'M', 'G', 'T'];
  const step = Math.max(0, Math.min(prefixes.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  return `${figure(value / 1000 ** step)} ${prefixes[step] ?? ''}`;
}
/** 97.53% */
export const percent = (value: number): string => precise.format(value);

/** 0:07, 12:30, 1:02:03; `–` where it is not known. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
