/**
 * Colour maps for pictures of numbers: 256 steps each, computed once by interpolation in OKLab, where equal steps look
 * equal. It knows no canvas and no theme.
 */

/** 256 colours, three bytes each: red, green, blue. */
export type ColourTable = Uint8ClampedArray;
type Triple = readonly [number, number, number];

const toLinear = (channel: number): number => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4);
const fromLinear = (channel: number): number => (channel <= 0.0031308 ? channel * 12.92 : 1.055 * channel ** (1 / 2.4) - 0.055);

/** sRGB bytes to OKLab (Ottosson 2020, https://bottosson.github.io/posts/oklab/). */
export function toOklab(red: number, green: number, blue: number): Triple {
  const [r, g, b] = [toLinear(red / 255), toLinear(green / 255), toLinear(blue / 255)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([lightness, a, b]: Triple): Triple {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    fromLinear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s) * 255,
    fromLinear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s) * 255,
    fromLinear(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s) * 255,
  ];
}

const hexadecimal = (colour: string): Triple => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as unknown as Triple; // three digits pairs give three numbers

/** Evenly spaced anchors become 256 colours. */
function tableThrough(anchors: readonly string[]): ColourTable {
  const points = anchors.map((anchor) => toOklab(...hexadecimal(anchor)));
  const table = new Uint8ClampedArray(256 * 3);
  for (let index = 0; index < 256; index++) {
    const position = (index / 255) * (points.length - 1);
    const left = Math.min(Math.floor(position), points.length - 2);
    const fraction = position - left;
    const [from, to] = [points[left], points[left + 1]];
    if (!from || !to) continue;
    table.set(
      fromOklab([0, 1, 2].map((axis) => (from[axis] ?? 0) * (1 - fraction) + (to[axis] ?? 0) * fraction) as unknown as Triple),
      index * 3,
    );
  }
  return table;
}

/** Magnitudes: dark violet to yellow (anchors of viridis, van der Walt and Smith 2015). */
export const sequential: ColourTable = tableThrough([
  '#440154',
  '#482475',
  '#414487',
  '#355f8d',
  '#2a788e',
  '#21918c',
  '#22a884',
  '#44bf70',
  '#7ad151',
  '#bddf26',
  '#fde725',
]);

/** Signed numbers on a light surface: blue below zero, near-white at zero, orange above; told apart by every common colour vision. */
export const divergingLight: ColourTable = tableThrough(['#0b3c8c', '#3f7fc4', '#a3c8e6', '#f7f7f5', '#f2c08a', '#d8792a', '#8c3a06']);

/** The same on a dark surface: zero is nearly black, so that small values recede. */
export const divergingDark: ColourTable = tableThrough(['#a9d3ff', '#4d97e0', '#24507f', '#15171b', '#7d431a', '#e0822f', '#ffcf9a']);

/** Ink on paper, for samples that are images of one channel: 0 black, 1 white. */
export const grey: ColourTable = Uint8ClampedArray.from({ length: 256 * 3 }, (_, index) => Math.floor(index / 3));

export interface Span {
  readonly minimum: number;
  readonly maximum: number;
}

/** Smallest and largest finite value; 0 … 0 if there is none. */
export function spanOf(values: ArrayLike<number>): Span {
  let minimum = Infinity;
  let maximum = -Infinity;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? NaN;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  return minimum <= maximum ? { minimum, maximum } : { minimum: 0, maximum: 0 };
}

/** The span widened so that zero is its middle, as a diverging map needs it. */
export function spanAroundZero(values: ArrayLike<number>): Span {
  const { minimum, maximum } = spanOf(values);
  const reach = Math.max(Math.abs(minimum), Math.abs(maximum));
  return { minimum: -reach, maximum: reach };
}

/** Which of the 256 colours stands for a value; outside the span the ends. A span of no width maps to the middle. */
export function colourIndex(value: number, { minimum, maximum }: Span): number {
  if (!(maximum > minimum)) return 128;
  const index = Math.round(((value - minimum) / (maximum - minimum)) * 255);
  return index < 0 ? 0 : index > 255 ? 255 : index;
}

/** `rgb(…)` of a value, for charts and legends. */
export function colourOf(value: number, span: Span, table: ColourTable): string {
  const at = colourIndex(value, span) * 3;
  return `rgb(${String(table[at])} ${String(table[at + 1])} ${String(table[at + 2])})`;
}

/** A CSS gradient from the low to the high end, for legends. */
export function gradientOf(table: ColourTable, direction = 'to right'): string {
  const stops = Array.from({ length: 17 }, (_, index) => colourOf(index / 16, { minimum: 0, maximum: 1 }, table));
  return `linear-gradient(${direction}, ${stops.join(', ')})`;
}
