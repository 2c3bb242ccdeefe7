/** Runs of BMP (RLE8 and RLE4) unpacked to one index a pixel, from above. Pure, on bytes. */
import { corrupt, truncated } from './reading';

const endOfRow = 0;
const endOfImage = 1;
const move = 2;

/** Pixels that no run reaches are index 0. A run that leaves its row, or data that ends before the image, ends the reading. */
export function unpackRuns(bytes: Uint8Array, start: number, width: number, height: number, nibbles: boolean): Uint8Array {
  const indices = new Uint8Array(width * height);
  let [column, row] = [0, 0];
  const put = (index: number, at: number): void => {
    if (column >= width || row >= height) corrupt('BMP', at, 'run');
    indices[(height - 1 - row) * width + column++] = index;
  };
  const half = (byte: number, position: number): number => (position % 2 === 0 ? byte >> 4 : byte & 15);
  for (let at = start; ;) {
    if (at + 2 > bytes.length) truncated('BMP', bytes.length);
    const [count, value] = [bytes[at]!, bytes[at + 1]!];
    at += 2;
    if (count > 0) {
      for (let position = 0; position < count; position++) put(nibbles ? half(value, position) : value, at - 2);
      continue;
    }
    if (value === endOfImage) return indices;
    if (value === endOfRow) {
      column = 0;
      row += 1;
      // The mark of the end may be left out after the last row.
      if (row === height && at >= bytes.length) return indices;
      if (row > height) corrupt('BMP', at - 2, 'row');
      continue;
    }
    if (value === move) {
      if (at + 2 > bytes.length) truncated('BMP', bytes.length);
      column += bytes[at]!;
      row += bytes[at + 1]!;
      at += 2;
      if (column > width || row >= height) corrupt('BMP', at - 2, 'move');
      continue;
    }
    const literal = nibbles ? Math.ceil(value / 2) : value;
    if (at + literal > bytes.length) truncated('BMP', bytes.length);
    for (let position = 0; position < value; position++) {
      put(nibbles ? half(bytes[at + (position >> 1)]!, position) : bytes[at + position]!, at);
    }
    at += literal + (literal % 2);
  }
}
