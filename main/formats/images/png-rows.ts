/** Rows of PNG: the seven passes of an interlaced file, and what filters did to each row undone. Pure, on bytes. */

export interface Pass {
  readonly left: number;
  readonly top: number;
  /** Steps between the pixels of the pass. */
  readonly right: number;
  readonly down: number;
}

export const adam7Passes: readonly Pass[] = [
  { left: 0, top: 0, right: 8, down: 8 },
  { left: 4, top: 0, right: 8, down: 8 },
  { left: 0, top: 4, right: 4, down: 8 },
  { left: 2, top: 0, right: 4, down: 4 },
  { left: 0, top: 2, right: 2, down: 4 },
  { left: 1, top: 0, right: 2, down: 2 },
  { left: 0, top: 1, right: 1, down: 2 },
];

interface PassSize {
  readonly width: number;
  readonly height: number;
  readonly rowBytes: number;
  /** With one byte for the filter of each row; 0 where the pass has no pixel. */
  readonly bytes: number;
}

export function passSize(pass: Pass, width: number, height: number, bitsPerPixel: number): PassSize {
  const columns = Math.ceil(Math.max(0, width - pass.left) / pass.right);
  const rows = Math.ceil(Math.max(0, height - pass.top) / pass.down);
  const rowBytes = Math.ceil((columns * bitsPerPixel) / 8);
  return { width: columns, height: rows, rowBytes, bytes: columns === 0 ? 0 : rows * (rowBytes + 1) };
}

/** The byte of left, above and above-left that is nearest to left + above − above-left; ties in this order (section 9.4). */
function paeth(left: number, above: number, corner: number): number {
  const [toLeft, toAbove] = [Math.abs(above - corner), Math.abs(left - corner)];
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/**
 * Undoes the filters of `rows` rows that begin at `start`: one byte for the filter, then `rowBytes`. `step` is the bytes of a
 * pixel, at least 1. Null where a filter is none of the five.
 */
export function unfilter(raw: Uint8Array, start: number, rowBytes: number, rows: number, step: number): Uint8Array | null {
  const out = new Uint8Array(rows * rowBytes);
  const first = Math.min(step, rowBytes);
  let from = start;
  for (let row = 0, at = 0; row < rows; row++, at += rowBytes) {
    const type = raw[from++]!;
    const end = at + rowBytes;
    // Above the first row stand zeros.
    const above = row === 0 ? -1 : at - rowBytes;
    const kind = row > 0 ? type : type === 2 ? 0 : type === 4 ? 1 : type === 3 ? 5 : type;
    switch (kind) {
      case 0:
        for (let to = at; to < end; to++) out[to] = raw[from++]!;
        break;
      case 1:
        for (let to = at; to < at + first; to++) out[to] = raw[from++]!;
        for (let to = at + first; to < end; to++) out[to] = raw[from++]! + out[to - step]!;
        break;
      case 2:
        for (let to = at, up = above; to < end; to++, up++) out[to] = raw[from++]! + out[up]!;
        break;
      case 3:
        for (let to = at, up = above; to < at + first; to++, up++) out[to] = raw[from++]! + (out[up]! >> 1);
        for (let to = at + first, up = above + first; to < end; to++, up++) out[to] = raw[from++]! + ((out[to - step]! + out[up]!) >> 1);
        break;
      case 4:
        for (let to = at, up = above; to < at + first; to++, up++) out[to] = raw[from++]! + out[up]!;
        for (let to = at + first, up = above + first; to < end; to++, up++)
          out[to] = raw[from++]! + paeth(out[to - step]!, out[up]!, out[up - step]!);
        break;
      case 5:
        if (type === 3) {
          for (let to = at; to < at + first; to++) out[to] = raw[from++]!;
          for (let to = at + first; to < end; to++) out[to] = raw[from++]! + (out[to - step]! >> 1);
          break;
        }
        return null;
      default:
        return null;
    }
  }
  return out;
}
