/**
 * Where the tiles of a picture of numbers stand and which bytes they are: images, filters, feature maps. Pure; the
 * canvas is PixelGrid.vue.
 */
import { colourIndex, type ColourTable, type Span } from './colour-maps';

export interface Tiles {
  /** How many tiles, and the rows and columns of numbers in each. */
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

export interface TileLayout extends Tiles {
  readonly columns: number;
  readonly rows: number;
  /** Screen pixels a number. */
  readonly scale: number;
  /** Screen pixels between tiles. */
  readonly gap: number;
  readonly totalWidth: number;
  readonly totalHeight: number;
}

/** How much smaller than wished numbers may be drawn so that all tiles stand in one row. */
const worthOneRow = 0.6;

/**
 * Whole pixels a number, at most `maximumTile` pixels a tile side (unless one number a pixel is larger): in one row if
 * that costs little, else in rows of even length.
 */
export function layOut(tiles: Tiles, availableWidth: number, maximumTile: number, gap = 2): TileLayout {
  const { count, height, width } = tiles;
  const largest = Math.max(1, Math.floor(maximumTile / Math.max(height, width, 1)));
  const fitting = Math.max(1, Math.floor(availableWidth / Math.max(width, 1)));
  const wished = Math.min(largest, fitting);
  const inOneRow = Math.floor((availableWidth + gap - count * gap) / (count * width));
  const scale = inOneRow >= Math.max(1, worthOneRow * wished) ? Math.min(wished, inOneRow) : wished;
  const most = Math.max(1, Math.min(count, Math.floor((availableWidth + gap) / (width * scale + gap))));
  const rows = Math.max(1, Math.ceil(count / most));
  const columns = rows > 8 ? most : Math.ceil(count / rows);
  return {
    ...tiles,
    columns,
    rows,
    scale,
    gap,
    totalWidth: columns * (width * scale + gap) - gap,
    totalHeight: rows * (height * scale + gap) - gap,
  };
}

export interface Place {
  readonly tile: number;
  readonly row: number;
  readonly column: number;
}

/** Which number is at a point of the picture, or null between tiles and outside. */
export function placeAt(layout: TileLayout, x: number, y: number): Place | null {
  const stepX = layout.width * layout.scale + layout.gap;
  const stepY = layout.height * layout.scale + layout.gap;
  const tileColumn = Math.floor(x / stepX);
  const tileRow = Math.floor(y / stepY);
  const column = Math.floor((x - tileColumn * stepX) / layout.scale);
  const row = Math.floor((y - tileRow * stepY) / layout.scale);
  const tile = tileRow * layout.columns + tileColumn;
  const inside = x >= 0 && y >= 0 && tileColumn < layout.columns && tile < layout.count && column < layout.width && row < layout.height;
  return inside ? { tile, row, column } : null;
}

/** Top left corner of a tile, in screen pixels. */
export function cornerOf(layout: TileLayout, tile: number): { readonly x: number; readonly y: number } {
  return {
    x: (tile % layout.columns) * (layout.width * layout.scale + layout.gap),
    y: Math.floor(tile / layout.columns) * (layout.height * layout.scale + layout.gap),
  };
}

/** The next place in a direction, across tiles, never outside. */
export function moved(layout: TileLayout, from: Place, rows: number, columns: number): Place {
  const gridRows = Math.ceil(layout.count / layout.columns);
  const globalRow = Math.floor(from.tile / layout.columns) * layout.height + from.row + rows;
  const globalColumn = (from.tile % layout.columns) * layout.width + from.column + columns;
  const row = Math.min(Math.max(globalRow, 0), gridRows * layout.height - 1);
  const column = Math.min(Math.max(globalColumn, 0), layout.columns * layout.width - 1);
  const tile = Math.floor(row / layout.height) * layout.columns + Math.floor(column / layout.width);
  return tile < layout.count ? { tile, row: row % layout.height, column: column % layout.width } : from;
}

export const valueIndex = ({ height, width }: Tiles, { tile, row, column }: Place): number => (tile * height + row) * width + column;

/** RGBA of one tile, one pixel a number. What is not finite is transparent. */
export function tilePixels(
  values: ArrayLike<number>,
  tiles: Tiles,
  tile: number,
  span: Span,
  table: ColourTable,
): Uint8ClampedArray<ArrayBuffer> {
  const size = tiles.height * tiles.width;
  const pixels = new Uint8ClampedArray(size * 4);
  for (let index = 0; index < size; index++) {
    const value = values[tile * size + index] ?? NaN;
    if (!Number.isFinite(value)) continue;
    const at = colourIndex(value, span) * 3;
    pixels[index * 4] = table[at] ?? 0;
    pixels[index * 4 + 1] = table[at + 1] ?? 0;
    pixels[index * 4 + 2] = table[at + 2] ?? 0;
    pixels[index * 4 + 3] = 255;
  }
  return pixels;
}

/** RGBA of an image of three planes [3, height, width] with values 0…1. */
export function colourPixels(values: ArrayLike<number>, height: number, width: number): Uint8ClampedArray<ArrayBuffer> {
  const size = height * width;
  const pixels = new Uint8ClampedArray(size * 4);
  for (let index = 0; index < size; index++) {
    for (let channel = 0; channel < 3; channel++) pixels[index * 4 + channel] = (values[channel * size + index] ?? 0) * 255;
    pixels[index * 4 + 3] = 255;
  }
  return pixels;
}

/**
 * How a tensor of one sample or one weight is shown as tiles: [c, h, w] as c images, [o, i, h, w] as o·i images, a
 * matrix as one picture, a vector as one row that wraps into a square. `unit` is what a tile is.
 */
export function tilesOf(shape: readonly number[]): Tiles {
  const size = shape.reduce((product, axis) => product * axis, 1);
  const height = shape.at(-2);
  const width = shape.at(-1);
  if (shape.length >= 3 && height !== undefined && width !== undefined) {
    // Single numbers as one picture rather than as a scatter of dots.
    if (height * width === 1)
      return { count: 1, height: shape.length > 3 ? (shape[0] ?? 1) : 1, width: size / (shape.length > 3 ? (shape[0] ?? 1) : 1) };
    return { count: size / (height * width), height, width };
  }
  if (shape.length === 2 && height !== undefined && width !== undefined) return { count: 1, height, width };
  return { count: 1, height: 1, width: size };
}
