/** The directory of TIFF's first image (TIFF 6.0, section 2) and of EXIF: tags and their whole numbers. Pure, on bytes. */
import { corrupt, truncated } from './reading';

/** Bytes of a value, by the types whose values are whole numbers without sign: BYTE, SHORT, LONG. */
const widths: ReadonlyMap<number, 1 | 2 | 4> = new Map([
  [1, 1],
  [3, 2],
  [4, 4],
]);

export interface TiffDirectory {
  readonly littleEndian: boolean;
  /** The values of a tag; null where the tag is missing. At most `most` values; more end the reading. */
  readonly values: (tag: number, most: number) => readonly number[] | null;
  /** Where the tag's entry stands; that of the directory where it is missing. */
  readonly offsetOf: (tag: number) => number;
}

/** Whether the bytes begin as TIFF does; null where not. */
export function tiffByteOrder(bytes: Uint8Array): 'little' | 'big' | null {
  if (bytes[0] === 0x49 && bytes[1] === 0x49 && bytes[2] === 42 && bytes[3] === 0) return 'little';
  return bytes[0] === 0x4d && bytes[1] === 0x4d && bytes[2] === 0 && bytes[3] === 42 ? 'big' : null;
}

/** `format` is whom problems name; their offsets count from the first of the bytes. */
export function readTiffDirectory(bytes: Uint8Array, format: string): TiffDirectory {
  const order = tiffByteOrder(bytes);
  if (order === null) return corrupt(format, 0, 'II, MM, 42');
  if (bytes.length < 8) truncated(format, bytes.length);
  const littleEndian = order === 'little';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = view.getUint32(4, littleEndian);
  if (start < 8) corrupt(format, 4, 'IFD');
  if (start + 2 > bytes.length) truncated(format, bytes.length);
  const count = view.getUint16(start, littleEndian);
  if (start + 2 + 12 * count > bytes.length) truncated(format, bytes.length);
  const entries = new Map<number, number>();
  for (let entry = 0; entry < count; entry++) {
    const at = start + 2 + 12 * entry;
    entries.set(view.getUint16(at, littleEndian), at);
  }
  const values = (tag: number, most: number): readonly number[] | null => {
    const at = entries.get(tag);
    if (at === undefined) return null;
    const width = widths.get(view.getUint16(at + 2, littleEndian));
    if (width === undefined) return corrupt(format, at + 2, `tag ${tag}: type`);
    const length = view.getUint32(at + 4, littleEndian);
    if (length === 0 || length > most) corrupt(format, at + 4, `tag ${tag}: ${length} values`);
    const from = length * width <= 4 ? at + 8 : view.getUint32(at + 8, littleEndian);
    if (from + length * width > bytes.length) truncated(format, bytes.length);
    return Array.from({ length }, (_, index) => {
      const position = from + index * width;
      if (width === 1) return view.getUint8(position);
      return width === 2 ? view.getUint16(position, littleEndian) : view.getUint32(position, littleEndian);
    });
  };
  return { littleEndian, values, offsetOf: (tag) => entries.get(tag) ?? start };
}
