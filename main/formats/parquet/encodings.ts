/**
 * Values of Parquet pages (github.com/apache/parquet-format/blob/master/Encodings.md), from bytes that are unpacked already.
 * Every count is known before memory is asked for, and no loop runs further than its count. Throws RangeErrors in words.
 */

export const wrong = (reason: string): never => {
  throw new RangeError(reason);
};

/** A place in bytes that moves on. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

function varint(cursor: Cursor): number {
  let [value, scale] = [0, 1];
  for (let count = 0; count < 5; count++) {
    const byte = cursor.bytes[cursor.at++] ?? wrong('a number beyond the end');
    value += (byte & 127) * scale;
    if (byte < 128) return value;
    scale *= 128;
  }
  return wrong('a number of more than five bytes');
}

function bigVarint(cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = cursor.bytes[cursor.at++] ?? wrong('a number beyond the end');
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return value;
  }
  return wrong('a number of more than ten bytes');
}

/** Runs and groups of `width` bits, mixed, until `output` is full. */
export function readHybrid(cursor: Cursor, end: number, width: number, output: Int32Array | Uint8Array): void {
  if (width > 32) wrong(`numbers of ${width} bits`);
  const { bytes } = cursor;
  let filled = 0;
  while (filled < output.length) {
    const header = varint(cursor);
    if (header % 2 === 0) {
      const count = Math.min(header / 2, output.length - filled);
      const size = Math.ceil(width / 8);
      if (cursor.at + size > end) wrong('a run beyond the end');
      let value = 0;
      for (let index = size - 1; index >= 0; index--) value = (value << 8) | bytes[cursor.at + index]!;
      cursor.at += size;
      output.fill(value, filled, filled + count);
      filled += count;
      continue;
    }
    const groups = (header - 1) / 2;
    const count = Math.min(groups * 8, output.length - filled);
    if (cursor.at + Math.ceil((count * width) / 8) > end) wrong('a group beyond the end');
    readBits(bytes, cursor.at, width, output, filled, count);
    filled += count;
    cursor.at = Math.min(end, cursor.at + groups * width);
  }
}

/** Whole numbers of `width` ≤ 32 bits, the lowest bit first. */
function readBits(bytes: Uint8Array, from: number, width: number, output: Int32Array | Uint8Array, first: number, count: number): void {
  let bit = from * 8;
  for (let index = first; index < first + count; index++) {
    let value = 0;
    for (let taken = 0; taken < width;) {
      const offset = bit & 7;
      const take = Math.min(8 - offset, width - taken);
      value |= ((bytes[bit >>> 3]! >> offset) & ((1 << take) - 1)) << taken;
      taken += take;
      bit += take;
    }
    output[index] = value;
  }
}

const largestBlock = 2 ** 16;

/** Differences in blocks, each of its own width; sums wrap at `bits`. */
export function readDeltas(cursor: Cursor, count: number, bits: 32 | 64): BigInt64Array {
  const [blockSize, miniBlocks, total] = [varint(cursor), varint(cursor), varint(cursor)];
  if (blockSize < 1 || blockSize > largestBlock || miniBlocks < 1 || miniBlocks > 256 || blockSize % miniBlocks !== 0)
    wrong('blocks of differences');
  if (total !== count) wrong(`${total} differences for ${count} values`);
  const zigzag = (): bigint => {
    const value = bigVarint(cursor);
    return (value >> 1n) ^ -(value & 1n);
  };
  const values = new BigInt64Array(count);
  let value = BigInt.asIntN(bits, zigzag());
  if (count > 0) values[0] = value;
  const perMiniBlock = blockSize / miniBlocks;
  for (let filled = 1; filled < count;) {
    const least = zigzag();
    const widths = cursor.bytes.subarray(cursor.at, cursor.at + miniBlocks);
    if (widths.length < miniBlocks) wrong('differences beyond the end');
    cursor.at += miniBlocks;
    for (const width of widths) {
      if (filled >= count) break;
      if (width > 64) wrong(`differences of ${width} bits`);
      const wanted = Math.min(perMiniBlock, count - filled);
      if (cursor.at + Math.ceil((wanted * width) / 8) > cursor.bytes.length) wrong('differences beyond the end');
      let bit = cursor.at * 8;
      for (let index = 0; index < wanted; index++) {
        let difference = 0n;
        for (let taken = 0; taken < width;) {
          const offset = bit & 7;
          const take = Math.min(8 - offset, width - taken);
          difference |= BigInt((cursor.bytes[bit >>> 3]! >> offset) & ((1 << take) - 1)) << BigInt(taken);
          taken += take;
          bit += take;
        }
        value = BigInt.asIntN(bits, value + least + difference);
        values[filled++] = value;
      }
      cursor.at = Math.min(cursor.bytes.length, cursor.at + (perMiniBlock * width) / 8);
    }
  }
  return values;
}

const lengthsOf = (deltas: BigInt64Array): number[] =>
  Array.from(deltas, (length) => (length < 0n ? wrong('a negative length') : Number(length)));

function takeBytes(cursor: Cursor, length: number): Uint8Array {
  if (cursor.at + length > cursor.bytes.length) wrong('a value beyond the end');
  cursor.at += length;
  return cursor.bytes.subarray(cursor.at - length, cursor.at);
}

export const readDeltaLengths = (cursor: Cursor, count: number): Uint8Array[] =>
  lengthsOf(readDeltas(cursor, count, 32)).map((length) => takeBytes(cursor, length));

/** Of all values of a page together. */
const mostBytes = 2 ** 28;

/** Values of which each shares its beginning with the one before. */
export function readDeltaBytes(cursor: Cursor, count: number): Uint8Array[] {
  const prefixes = lengthsOf(readDeltas(cursor, count, 32));
  const suffixes = readDeltaLengths(cursor, count);
  let [last, total] = [new Uint8Array(0), 0];
  return prefixes.map((prefix, index) => {
    const suffix = suffixes[index]!;
    if (prefix > last.length) wrong('a beginning longer than the value before');
    total += prefix + suffix.length;
    if (total > mostBytes) wrong('more than 256 MiB of values');
    const value = new Uint8Array(prefix + suffix.length);
    value.set(last.subarray(0, prefix));
    value.set(suffix, prefix);
    last = value;
    return value;
  });
}

export function readByteArrays(cursor: Cursor, count: number): Uint8Array[] {
  if (count * 4 > cursor.bytes.length - cursor.at) wrong('values beyond the end');
  const view = new DataView(cursor.bytes.buffer, cursor.bytes.byteOffset, cursor.bytes.length);
  const values = new Array<Uint8Array>(count);
  for (let index = 0; index < count; index++) {
    if (cursor.at + 4 > cursor.bytes.length) wrong('a value beyond the end');
    cursor.at += 4;
    values[index] = takeBytes(cursor, view.getUint32(cursor.at - 4, true));
  }
  return values;
}

export const readFixedArrays = (cursor: Cursor, count: number, length: number): Uint8Array[] => {
  if (count * length > cursor.bytes.length - cursor.at) wrong('values beyond the end');
  return Array.from({ length: count }, () => takeBytes(cursor, length));
};

/** The bytes of each value stand apart: all first ones, all second ones … */
export function joinStreams(cursor: Cursor, count: number, width: number): Uint8Array {
  const bytes = takeBytes(cursor, count * width);
  const joined = new Uint8Array(count * width);
  for (let place = 0; place < width; place++)
    for (let index = 0; index < count; index++) joined[index * width + place] = bytes[place * count + index]!;
  return joined;
}
