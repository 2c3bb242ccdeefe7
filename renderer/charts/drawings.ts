/** Charts that the page draws with its own elements (bars, matrices, maps of points, pictures of numbers) as SVG files. Pure. */
import { markPath, type Mark } from './category-colours';
import type { ChartTheme } from './chart-theme';

/** An SVG that stands for itself; width and height in CSS pixels. */
export interface Drawing {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

type Look = Pick<ChartTheme, 'text' | 'muted' | 'line' | 'surface' | 'training' | 'fontFamily'>;

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Text for an element or an attribute; what XML cannot hold at all is left out. */
const escaped = (text: string): string =>
  text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').replaceAll(/[&<>"']/g, (found) => escapes[found] ?? '');
const at = (value: number): string => String(Math.round(value * 100) / 100);

function text(x: number, y: number, content: string, fill: string, anchor: 'start' | 'middle' | 'end' = 'start'): string {
  return `<text x="${at(x)}" y="${at(y)}" fill="${escaped(fill)}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

const drawing = (width: number, height: number, { surface, fontFamily }: Look, parts: readonly string[]): Drawing => ({
  width,
  height,
  svg:
    `<svg xmlns="http://www.w3.org/2000/svg" width="${at(width)}" height="${at(height)}" viewBox="0 0 ${at(width)} ${at(height)}"` +
    ` font-size="11" font-family="${escaped(fontFamily)}">` +
    `<rect width="100%" height="100%" fill="${escaped(surface)}"/>${parts.join('')}</svg>`,
});

/** About as wide as a text of the drawing's size. */
const widthOf = (longest: readonly string[]): number => 12 + 6.6 * longest.reduce((most, { length }) => Math.max(most, length), 0);
const shortened = (name: string): string => (name.length > 24 ? `${name.slice(0, 23)}…` : name);

export interface DrawnBar {
  readonly name: string;
  readonly value: number;
  /** The value in words. */
  readonly text: string;
}

/** A bar a row; `maximum` is what a full bar means. */
export function barsDrawing(bars: readonly DrawnBar[], maximum: number, look: Look): Drawing {
  const [row, track] = [18, 240];
  const names = bars.map(({ name }) => shortened(name));
  const left = widthOf(names);
  const width = left + track + widthOf(bars.map((bar) => bar.text));
  return drawing(
    width,
    bars.length * row + 8,
    look,
    bars.flatMap(({ value, text: said }, index) => {
      const y = 4 + index * row;
      const share = maximum > 0 && Number.isFinite(value) ? Math.min(1, Math.max(0, value / maximum)) : 0;
      return [
        text(left - 6, y + 13, names[index] ?? '', look.text, 'end'),
        `<rect x="${at(left)}" y="${at(y + 4)}" width="${at(track)}" height="10" rx="2" fill="${escaped(look.line)}"/>`,
        `<rect x="${at(left)}" y="${at(y + 4)}" width="${at(track * share)}" height="10" rx="2" fill="${escaped(look.training)}"/>`,
        text(left + track + 6, y + 13, said, look.text),
      ];
    }),
  );
}

export interface DrawnCell {
  /** Null for a cell without colour. */
  readonly fill: string | null;
  readonly ink: string;
  readonly text: string;
}

/** Named rows and columns of coloured cells; `axes` says which is which. Texts of cells stand where there are at most 40 columns. */
export function matrixDrawing(names: readonly string[], cells: readonly (readonly DrawnCell[])[], axes: string, look: Look): Drawing {
  const isFew = names.length <= 40;
  const [wide, tall] = isFew ? [36, 24] : [6, 6];
  const shown = names.map(shortened);
  const left = isFew ? widthOf(shown) : 8;
  const top = isFew ? widthOf(shown) : 8;
  return drawing(left + names.length * wide + 8, top + names.length * tall + 26, look, [
    ...(isFew
      ? shown.flatMap((name, index) => {
          const x = left + (index + 0.5) * wide + 4;
          return [
            text(left - 6, top + (index + 0.5) * tall + 4, name, look.muted, 'end'),
            `<g transform="rotate(-90 ${at(x)} ${at(top - 4)})">${text(x, top - 4, name, look.muted)}</g>`,
          ];
        })
      : []),
    ...cells.flatMap((row, y) =>
      row.flatMap(({ fill, ink, text: said }, x) => [
        ...(fill === null
          ? []
          : [
              `<rect x="${at(left + x * wide)}" y="${at(top + y * tall)}" width="${at(isFew ? wide - 1 : wide)}" height="${at(isFew ? tall - 1 : tall)}" fill="${escaped(fill)}"/>`,
            ]),
        ...(isFew && said !== '' ? [text(left + (x + 0.5) * wide, top + (y + 0.5) * tall + 4, said, ink, 'middle')] : []),
      ]),
    ),
    text(left, top + names.length * tall + 18, axes, look.muted),
  ]);
}

export interface DrawnPoint {
  readonly x: number;
  readonly y: number;
  readonly colour: string;
  readonly mark: Mark;
}

/** Points on a plane, fitted into a square with one scale for both axes, and what their marks mean. */
export function pointsDrawing(
  points: readonly DrawnPoint[],
  legend: readonly { readonly name: string; readonly colour: string; readonly mark: Mark }[],
  look: Look,
): Drawing {
  const [side, margin] = [560, 12];
  const spanOf = (values: readonly number[]): readonly [number, number] => [
    values.reduce((a, b) => Math.min(a, b), Infinity),
    values.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  const [left, right] = spanOf(points.map(({ x }) => x));
  const [low, high] = spanOf(points.map(({ y }) => y));
  const scale = (side - 2 * margin) / Math.max(right - left, high - low, Number.MIN_VALUE);
  const size = points.length > 800 ? 0.7 : 1;
  const mark = (x: number, y: number, kind: Mark, colour: string, scaled: number): string =>
    `<path transform="translate(${at(x - 6 * scaled)} ${at(y - 6 * scaled)}) scale(${at(scaled)})" d="${markPath[kind]}" fill="${escaped(colour)}"/>`;
  const centre = side / 2;
  return drawing(side + widthOf(legend.map(({ name }) => shortened(name))) + 20, Math.max(side, legend.length * 18 + 16), look, [
    ...points.map(({ x, y, colour, mark: kind }) =>
      mark(centre + (x - (left + right) / 2) * scale, centre + (y - (low + high) / 2) * scale, kind, colour, size),
    ),
    ...legend.flatMap(({ name, colour, mark: kind }, index) => [
      mark(side + 8, 17 + index * 18, kind, colour, 1),
      text(side + 20, 21 + index * 18, shortened(name), look.text),
    ]),
  ]);
}

/** A picture of pixels, kept sharp when it is made larger; `image` is a data URL. */
export const imageDrawing = (image: string, width: number, height: number, look: Look): Drawing =>
  drawing(width, height, look, [
    `<image width="${at(width)}" height="${at(height)}" href="${escaped(image)}" style="image-rendering: pixelated"/>`,
  ]);
