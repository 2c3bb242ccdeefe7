/**
 * The rows of a long grid on the page: a canvas each, put where its row is and taken for another when it is out of sight.
 * Scrolling moves what is drawn without a line of script; rows ahead are drawn by a worker. Knows no store.
 */
import { createRowClient } from './client';
import type { RowLook, RowSource, Tile } from './protocol';
import { nextRow, windowAround, type RowWindow } from './row-window';

/** Rows that the worker has at once: enough to read together, few enough to change one's mind. */
const mostAsked = 6;

export interface RowPool {
  source(source: RowSource): void;
  /** How the grid is laid out. In another form or size, nothing that was drawn is of use any more. */
  arrange(look: RowLook, rows: number, viewport: number): void;
  scrollTo(scroll: number): void;
  /** Tiles may say something else: rows where they do are drawn anew, and seen as they were until then. */
  redraw(): void;
  end(): void;
}

const sameTiles = (some: readonly Tile[], others: readonly Tile[]): boolean =>
  some.length === others.length &&
  some.every((tile, index) => {
    const other = others[index];
    return (
      other?.place === tile.place &&
      other.caption === tile.caption &&
      other.isWrong === tile.isWrong &&
      other.isExcluded === tile.isExcluded &&
      other.isSelected === tile.isSelected
    );
  });

interface Slot {
  readonly canvas: HTMLCanvasElement;
  readonly context: ImageBitmapRenderingContext;
  /** Of the latest time that the worker was asked. */
  ticket: number;
  state: 'waiting' | 'asked' | 'drawn';
  /** Those that the worker was asked for. */
  tiles: readonly Tile[];
}

/** `host` is as high as all rows; the pool owns what is in it. `tilesOf` says what stands in a row, from left to right. */
export function createRowPool(host: HTMLElement, tilesOf: (row: number) => readonly Tile[]): RowPool {
  const shown = new Map<number, Slot>();
  const asked = new Map<number, number>();
  const spare: Slot[] = [];
  let look: RowLook | null = null;
  let rows = 0;
  let viewport = 0;
  let scroll = 0;
  let goesDown = true;
  let tickets = 0;
  let hasSource = false;
  let reach: RowWindow = { first: 0, last: 0, firstSeen: 0, lastSeen: 0 };

  const client = createRowClient(({ ticket, bitmap }) => {
    const row = asked.get(ticket);
    asked.delete(ticket);
    const slot = row === undefined ? undefined : shown.get(row);
    if (slot?.ticket === ticket) {
      slot.context.transferFromImageBitmap(bitmap);
      slot.canvas.style.width = widthOf(slot.tiles.length);
      slot.canvas.classList.remove('unread');
      if (slot.state === 'asked') slot.state = 'drawn';
    } else bitmap.close();
    ask();
  });

  const widthOf = (tiles: number): string => `${String(tiles * (look?.cellWidth ?? 0))}px`;

  function ask(): void {
    while (hasSource && asked.size < mostAsked) {
      const row = nextRow(reach, waitingRows(), goesDown);
      const slot = row === null ? undefined : shown.get(row);
      if (row === null || !slot) return;
      tickets += 1;
      slot.ticket = tickets;
      slot.state = 'asked';
      slot.tiles = tilesOf(row);
      asked.set(tickets, row);
      client.row(tickets, slot.tiles);
    }
  }
  function* waitingRows(): Generator<number> {
    for (const [row, slot] of shown) if (slot.state === 'waiting') yield row;
  }

  function makeSlot(): Slot | null {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('bitmaprenderer');
    if (context === null) return null;
    canvas.className = 'row';
    host.append(canvas);
    return { canvas, context, ticket: 0, state: 'waiting', tiles: [] };
  }

  function release(row: number, slot: Slot): void {
    shown.delete(row);
    spare.push(slot);
    slot.ticket = 0;
    slot.canvas.hidden = true;
    // Lets go of the picture.
    slot.context.transferFromImageBitmap(null);
  }

  function place(row: number, { cellHeight, columns }: RowLook): void {
    const slot = spare.pop() ?? makeSlot();
    if (slot === null) return;
    shown.set(row, slot);
    const { canvas } = slot;
    slot.state = 'waiting';
    canvas.classList.add('unread');
    canvas.style.transform = `translateY(${String(row * cellHeight)}px)`;
    canvas.style.width = widthOf(row === rows - 1 ? tilesOf(row).length : columns);
    canvas.style.height = `${String(cellHeight)}px`;
    canvas.hidden = false;
  }

  function hold(): void {
    if (look === null) return;
    const { cellHeight, cellWidth, columns, ratio } = look;
    reach = windowAround(scroll, { rows, cellHeight, viewport, rowBytes: 4 * columns * cellWidth * cellHeight * ratio * ratio });
    for (const [row, slot] of shown) if (row < reach.first || row >= reach.last) release(row, slot);
    for (let row = reach.first; row < reach.last; row++) if (!shown.has(row)) place(row, look);
    ask();
  }

  return {
    source(source) {
      client.source(source);
      hasSource = true;
      for (const slot of shown.values()) slot.state = 'waiting';
      ask();
    },
    arrange(given, count, height) {
      const isSame = JSON.stringify(given) === JSON.stringify(look);
      look = given;
      rows = count;
      viewport = height;
      if (!isSame) {
        client.look(given);
        for (const [row, slot] of shown) release(row, slot);
      }
      hold();
    },
    scrollTo(position) {
      if (position === scroll) return;
      goesDown = position > scroll;
      scroll = position;
      hold();
    },
    redraw() {
      for (const [row, slot] of shown) if (!sameTiles(slot.tiles, tilesOf(row))) slot.state = 'waiting';
      ask();
    },
    end() {
      client.end();
      host.replaceChildren();
    },
  };
}
