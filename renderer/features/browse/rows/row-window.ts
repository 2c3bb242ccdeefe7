/** Which rows of a long grid are held ready around those that can be seen, and which of them is drawn next. Pure. */
export interface RowWindow {
  /** The first row that is held, and the one after the last. */
  readonly first: number;
  readonly last: number;
  /** The same of those that can be seen. */
  readonly firstSeen: number;
  readonly lastSeen: number;
}

export interface WindowSize {
  readonly rows: number;
  readonly cellHeight: number;
  readonly viewport: number;
  /** Of a drawn row. */
  readonly rowBytes: number;
}

/** Of all drawn rows together, unless those that are seen are more. */
const mostBytes = 64 * 2 ** 20;

/** As many rows above and below as are seen, or fewer where they would take too many bytes. */
export function windowAround(scroll: number, { rows, cellHeight, viewport, rowBytes }: WindowSize): RowWindow {
  const firstSeen = Math.min(rows, Math.max(0, Math.floor(scroll / cellHeight)));
  const lastSeen = Math.min(rows, Math.max(firstSeen, Math.ceil((scroll + viewport) / cellHeight)));
  const seen = lastSeen - firstSeen;
  const affordable = Math.floor(mostBytes / Math.max(1, rowBytes));
  const beside = Math.max(0, Math.min(seen, Math.floor((affordable - seen) / 2)));
  return { first: Math.max(0, firstSeen - beside), last: Math.min(rows, lastSeen + beside), firstSeen, lastSeen };
}

/** The row that is drawn first: one that is seen, from the top; else the one that comes into sight next. Null where none waits. */
export function nextRow({ firstSeen, lastSeen }: RowWindow, waiting: Iterable<number>, goesDown: boolean): number | null {
  let best: number | null = null;
  let bestRank = Infinity;
  for (const row of waiting) {
    const isSeen = row >= firstSeen && row < lastSeen;
    const below = row - lastSeen + 1;
    const above = firstSeen - row;
    // Twice as far where nobody is going.
    const rank = isSeen ? row - lastSeen : below > 0 ? below * (goesDown ? 1 : 2) : above * (goesDown ? 2 : 1);
    if (rank < bestRank) [best, bestRank] = [row, rank];
  }
  return best;
}
