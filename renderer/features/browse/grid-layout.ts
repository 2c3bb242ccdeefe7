/** Where the tiles of a long grid stand, and where keys lead. Pure, in CSS pixels. */
export interface GridLayout {
  readonly count: number;
  readonly columns: number;
  readonly rows: number;
  /** Of a tile with the gap after it. */
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly height: number;
}

/** As many columns as fit, at least one; the width that is left widens the cells evenly. */
export function layOutGrid(count: number, width: number, tileWidth: number, tileHeight: number): GridLayout {
  const columns = Math.max(1, Math.floor(width / Math.max(1, tileWidth)));
  const rows = Math.ceil(count / columns);
  return { count, columns, rows, cellWidth: width / columns, cellHeight: tileHeight, height: rows * tileHeight };
}

export const cornerOfTile = ({ columns, cellWidth, cellHeight }: GridLayout, tile: number): { readonly x: number; readonly y: number } => ({
  x: (tile % columns) * cellWidth,
  y: Math.floor(tile / columns) * cellHeight,
});

/** The tile at a point of the whole grid, or −1. */
export function tileAt({ count, columns, cellWidth, cellHeight }: GridLayout, x: number, y: number): number {
  if (x < 0 || y < 0 || x >= columns * cellWidth) return -1;
  const tile = Math.floor(y / cellHeight) * columns + Math.floor(x / cellWidth);
  return tile < count ? tile : -1;
}

/** Where a key leads from a tile; null for a key that is none of the grid's. `page` is how many rows can be seen. */
export function tileByKey({ count, columns }: GridLayout, from: number, key: string, page: number): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -columns * Math.max(1, page),
    PageDown: columns * Math.max(1, page),
    Home: -count,
    End: count,
  };
  const step = steps[key];
  if (step === undefined || count === 0) return null;
  const target = from + step;
  if (Math.abs(step) === columns && (target < 0 || target >= count)) return from;
  return Math.min(count - 1, Math.max(0, target));
}

/** How far to scroll so that a tile can be seen whole: the nearest place. */
export function scrollToTile(layout: GridLayout, tile: number, scroll: number, viewport: number): number {
  const { y } = cornerOfTile(layout, tile);
  if (y < scroll) return y;
  return y + layout.cellHeight > scroll + viewport ? y + layout.cellHeight - viewport : scroll;
}
