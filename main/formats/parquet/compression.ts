/**
 * Pages of Parquet files unpacked, each codec with a bound on what comes out: it has to be exactly what the page announces.
 * Snappy (github.com/google/snappy/blob/main/format_description.txt) and LZ4's blocks are read here, the others by libraries.
 */
import { decompressZstd } from 'hyparquet-compressors';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

export const codecNames = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'LZO', 'BROTLI', 'LZ4', 'ZSTD', 'LZ4_RAW'] as const;

const wrong = (reason: string): never => {
  throw new RangeError(reason);
};

/** Copies within `output` from `distance` before `at`; what is copied may itself be part of the copy. */
function copyBack(output: Uint8Array, at: number, distance: number, length: number): number {
  if (distance < 1 || distance > at || at + length > output.length) wrong('a copy from nowhere');
  if (distance >= length) output.copyWithin(at, at - distance, at - distance + length);
  else for (let index = 0; index < length; index++) output[at + index] = output[at + index - distance]!;
  return at + length;
}

function copyLiteral(input: Uint8Array, from: number, output: Uint8Array, at: number, length: number): number {
  if (from + length > input.length || at + length > output.length) wrong('a piece beyond the end');
  output.set(input.subarray(from, from + length), at);
  return at + length;
}

function unpackSnappy(input: Uint8Array, output: Uint8Array): void {
  let [at, to, announced] = [0, 0, 0];
  for (let shift = 0; ; shift += 7) {
    const byte = input[at++] ?? wrong('no length');
    announced += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
    if (shift > 28) wrong('no length');
  }
  if (announced !== output.length) wrong('another length than announced');
  while (at < input.length) {
    const tag = input[at++]!;
    if ((tag & 3) === 0) {
      let length = tag >> 2;
      if (length >= 60) {
        const extra = length - 59;
        if (at + extra > input.length) wrong('a piece beyond the end');
        length = 0;
        for (let index = extra - 1; index >= 0; index--) length = length * 256 + input[at + index]!;
        at += extra;
      }
      to = copyLiteral(input, at, output, to, length + 1);
      at += length + 1;
      continue;
    }
    const extra = [0, 1, 2, 4][tag & 3]!;
    if (at + extra > input.length) wrong('a piece beyond the end');
    let distance = 0;
    for (let index = extra - 1; index >= 0; index--) distance = distance * 256 + input[at + index]!;
    at += extra;
    if (extra === 1) to = copyBack(output, to, ((tag >> 5) << 8) | distance, 4 + ((tag >> 2) & 7));
    else to = copyBack(output, to, distance, 1 + (tag >> 2));
  }
  if (to !== output.length) wrong('less than announced');
}

/** One block into `output` from `to` on; gives where it ends. */
function unpackBlock(input: Uint8Array, output: Uint8Array, from: number): number {
  let [at, to] = [0, from];
  const longer = (length: number): number => {
    let total = length;
    for (let byte = 255; length === 15 && byte === 255;) {
      byte = input[at++] ?? wrong('a length beyond the end');
      total += byte;
    }
    return total;
  };
  while (at < input.length) {
    const token = input[at++]!;
    const literal = longer(token >> 4);
    to = copyLiteral(input, at, output, to, literal);
    at += literal;
    if (at >= input.length) break;
    const distance = input[at]! | ((input[at + 1] ?? wrong('a piece beyond the end')) << 8);
    at += 2;
    to = copyBack(output, to, distance, longer(token & 15) + 4);
  }
  return to;
}

/** The older LZ4: Hadoop's frames of two big-endian lengths before each block, or, as some wrote it, one block. */
function unpackFramed(input: Uint8Array, output: Uint8Array): void {
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  let [at, to] = [0, 0];
  while (at + 8 <= input.length) {
    const [unpacked, packed] = [view.getUint32(at), view.getUint32(at + 4)];
    if (packed > input.length - at - 8 || unpacked > output.length - to) break;
    const end = unpackBlock(input.subarray(at + 8, at + 8 + packed), output, to);
    if (end - to !== unpacked) break;
    to = end;
    at += 8 + packed;
  }
  if (at !== input.length) to = unpackBlock(input, output, 0);
  if (to !== output.length) wrong('another length than announced');
}

/** What a frame of Zstandard announces of itself (RFC 8878, 3.1.1.1), null where it does not. */
function zstdLength(input: Uint8Array): number | null {
  const flags = input[4] ?? 0;
  const single = (flags & 32) !== 0;
  const size = [single ? 1 : 0, 2, 4, 8][flags >> 6]!;
  const place = 5 + (single ? 0 : 1) + [0, 1, 2, 4][flags & 3]!;
  if (size === 0 || place + size > input.length) return null;
  let length = 0;
  for (let index = size - 1; index >= 0; index--) length = length * 256 + input[place + index]!;
  return size === 2 ? length + 256 : length;
}

/** How many times longer than its packed form a page can be at most. Brotli's reader asks for memory as it goes. */
const largestRatio: Readonly<Record<number, number>> = { 1: 24, 2: 1032, 4: 2 ** 20, 5: 256, 6: 2 ** 15, 7: 256 };

/** Unpacks to exactly `length` bytes. Throws an Error with the reason in words; null for a codec that is not read. */
export function unpack(codec: number, input: Uint8Array, length: number): Uint8Array | null {
  if (codec === 0) return input.length === length ? input : wrong('another length than announced');
  const ratio = largestRatio[codec];
  if (ratio === undefined) return null;
  if (length > input.length * ratio + 64) wrong('longer than it can be');
  if (codec === 2 || codec === 4) {
    const output = (codec === 2 ? gunzipSync : brotliDecompressSync)(input, { maxOutputLength: Math.max(1, length) });
    return output.length === length ? output : wrong('another length than announced');
  }
  const output = new Uint8Array(length);
  if (codec === 1) unpackSnappy(input, output);
  else if (codec === 5) unpackFramed(input, output);
  else if (codec === 7) {
    if (unpackBlock(input, output, 0) !== length) wrong('another length than announced');
  } else {
    const announced = zstdLength(input);
    if (announced !== null && announced !== length) wrong('another length than announced');
    decompressZstd(input, output);
  }
  return output;
}
