/** GIF (87a and 89a): the first image of the file, on its screen; what it leaves free is clear. Pure, on bytes. */
import type { Outcome } from '../../compute/graph/problem';
import { defineFormat } from './format';
import { checkFileSize, type DecodedImage, type ImageFormat, type ImageLimits } from './images/decoded-image';
import { unpackGifCodes } from './images/gif-lzw';
import { attempt, corrupt, requireDimensions, truncated } from './images/reading';

const isGif = (head: Uint8Array): boolean => /^GIF8[79]a/.test(String.fromCharCode(...head.subarray(0, 6)));

/** Codes have at most 12 bits and stand for at most 4,096 pixels, so no byte for more than this. */
const mostPixelsPerByte = 4096;

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  /** Three bytes a colour. */
  readonly palette: Uint8Array;
  /** The index that is clear; −1 for none. */
  readonly clear: number;
  /** Where the least code size stands. */
  readonly data: number;
}

const paletteBytes = (packed: number): number => ((packed & 0x80) === 0 ? 0 : 3 * 2 ** ((packed & 7) + 1));

/** Where the sub-blocks that begin at `start` end. */
function skipBlocks(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const length = bytes[at] ?? truncated('GIF', bytes.length);
    at += 1 + length;
    if (length === 0) return at;
  }
}

/** The first image and what was said about it before. */
function firstFrame(bytes: Uint8Array, view: DataView): Frame {
  const globalBytes = paletteBytes(bytes[10]!);
  let clear = -1;
  for (let at = 13 + globalBytes; ;) {
    const introducer = bytes[at] ?? truncated('GIF', bytes.length);
    if (introducer === 0x3b) corrupt('GIF', at, 'no image');
    if (introducer === 0x21) {
      const isControl = bytes[at + 1] === 0xf9 && bytes[at + 2] === 4;
      if (isControl && at + 8 > bytes.length) truncated('GIF', bytes.length);
      if (isControl) clear = (bytes[at + 3]! & 1) === 1 ? bytes[at + 6]! : -1;
      at = skipBlocks(bytes, at + 2);
      continue;
    }
    if (introducer !== 0x2c) corrupt('GIF', at, `block ${introducer.toString(16)}`);
    if (at + 11 > bytes.length) truncated('GIF', bytes.length);
    const packed = bytes[at + 9]!;
    const localBytes = paletteBytes(packed);
    const data = at + 10 + localBytes;
    if (data >= bytes.length) truncated('GIF', bytes.length);
    if (localBytes + globalBytes === 0) corrupt('GIF', at + 9, 'colour table');
    return {
      left: view.getUint16(at + 1, true),
      top: view.getUint16(at + 3, true),
      width: view.getUint16(at + 5, true),
      height: view.getUint16(at + 7, true),
      interlaced: (packed & 0x40) !== 0,
      palette: localBytes > 0 ? bytes.subarray(at + 10, data) : bytes.subarray(13, 13 + globalBytes),
      clear,
      data,
    };
  }
}

/** The row in which the n-th row of an interlaced image stands: every 8th, those between, every 4th, every 2nd (appendix E). */
function interlacedRows(height: number): readonly number[] {
  const rows: number[] = [];
  for (const [first, step] of [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const) {
    for (let row = first; row < height; row += step) rows.push(row);
  }
  return rows;
}

function decodeChecked(bytes: Uint8Array, limits: ImageLimits): DecodedImage {
  if (!isGif(bytes)) corrupt('GIF', 0, 'GIF87a, GIF89a');
  if (bytes.length < 13) truncated('GIF', bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frame = firstFrame(bytes, view);
  const { left, top, palette, clear, data: codes } = frame;
  requireDimensions(frame.width, frame.height, limits, codes);
  // Some writers give a screen smaller than the image.
  const width = Math.max(view.getUint16(6, true), left + frame.width);
  const height = Math.max(view.getUint16(8, true), top + frame.height);
  requireDimensions(width, height, limits, 6);
  const count = frame.width * frame.height;
  if (count > (bytes.length - codes) * mostPixelsPerByte) truncated('GIF', bytes.length);
  const codeSize = bytes[codes]!;
  if (codeSize < 1 || codeSize > 8) corrupt('GIF', codes, `code size ${codeSize}`);
  const indices = unpackGifCodes(bytes, codes + 1, codeSize, count);
  const channels = clear !== -1 || count < width * height ? 4 : 3;
  const rows = frame.interlaced ? interlacedRows(frame.height) : null;
  const data = new Uint8Array(width * height * channels);
  for (let row = 0, from = 0; row < frame.height; row++) {
    let to = ((top + (rows?.[row] ?? row)) * width + left) * channels;
    for (let column = 0; column < frame.width; column++, to += channels) {
      const index = indices[from++]!;
      if (3 * index >= palette.length) corrupt('GIF', codes, `colour index ${index}`);
      data[to] = palette[3 * index]!;
      data[to + 1] = palette[3 * index + 1]!;
      data[to + 2] = palette[3 * index + 2]!;
      if (channels === 4) data[to + 3] = index === clear ? 0 : 255;
    }
  }
  return { width, height, channels, bits: 8, data };
}

/** The first image, in colour; with opacity if it has a clear colour or does not fill its screen. */
export function decodeGif(bytes: Uint8Array, limits: ImageLimits): Outcome<DecodedImage> {
  const size = checkFileSize(bytes, limits);
  return size.ok ? attempt(() => decodeChecked(bytes, limits)) : size;
}

export const format = defineFormat({
  name: 'gif',
  label: 'GIF',
  extensions: ['.gif'],
  probe: isGif,
  decode: decodeGif,
}) satisfies ImageFormat;
