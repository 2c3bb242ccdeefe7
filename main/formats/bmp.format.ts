/**
 * BMP (Windows device-independent bitmaps; OS/2 headers too): 1, 4, 8, 16, 24 and 32 bits a pixel, palettes, masks, runs
 * (RLE4, RLE8), rows from below or from above. Pure, on bytes.
 */
import type { Outcome } from '../../compute/graph/problem';
import { defineFormat } from './format';
import { unpackRuns } from './images/bmp-runs';
import { checkFileSize, type DecodedImage, type ImageFormat, type ImageLimits } from './images/decoded-image';
import { applyPalette, attempt, corrupt, requireDimensions, truncated, unpackSamples, unsupported } from './images/reading';

const isBmp = (head: Uint8Array): boolean => head[0] === 0x42 && head[1] === 0x4d;

const compressions = { none: 0, runs8: 1, runs4: 2, masks: 3, masksWithAlpha: 6 } as const;
const coreHeaderBytes = 12;
const infoHeaderBytes = 40;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly fromAbove: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Where the headers end: the palette follows. */
  readonly end: number;
  readonly pixels: number;
  /** Masks of red, green, blue and opacity; 0 where there is no such channel. */
  readonly masks: readonly [number, number, number, number];
  readonly paletteCount: number;
  readonly paletteEntry: 3 | 4;
}

const usualMasks: ReadonlyMap<number, readonly [number, number, number, number]> = new Map([
  [16, [0x7c00, 0x03e0, 0x001f, 0]],
  [32, [0xff0000, 0xff00, 0xff, 0]],
]);

function readMasks(view: DataView, headerBytes: number, compression: number): readonly [number, number, number, number] {
  if (view.byteLength < 70) truncated('BMP', view.byteLength);
  const withAlpha = headerBytes >= 56 || compression === compressions.masksWithAlpha;
  return [view.getUint32(54, true), view.getUint32(58, true), view.getUint32(62, true), withAlpha ? view.getUint32(66, true) : 0];
}

function readHeader(bytes: Uint8Array, limits: ImageLimits): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 26) truncated('BMP', bytes.length);
  const pixels = view.getUint32(10, true);
  const headerBytes = view.getUint32(14, true);
  if (headerBytes === coreHeaderBytes) {
    const [width, height, bits] = [view.getUint16(18, true), view.getUint16(20, true), view.getUint16(24, true)];
    requireDimensions(width, height, limits, 18);
    if (![1, 4, 8, 24].includes(bits)) corrupt('BMP', 24, `${bits} bits`);
    const paletteCount = bits === 24 ? 0 : 2 ** bits;
    return { width, height, fromAbove: false, bits, compression: 0, end: 26, pixels, masks: [0, 0, 0, 0], paletteCount, paletteEntry: 3 };
  }
  if (headerBytes < infoHeaderBytes || headerBytes > 256) corrupt('BMP', 14, `header of ${headerBytes} bytes`);
  if (bytes.length < 14 + headerBytes) truncated('BMP', bytes.length);
  const [width, signedHeight] = [view.getInt32(18, true), view.getInt32(22, true)];
  const height = Math.abs(signedHeight);
  requireDimensions(width, height, limits, 18);
  const [bits, compression] = [view.getUint16(28, true), view.getUint32(30, true)];
  if (![1, 4, 8, 16, 24, 32].includes(bits)) corrupt('BMP', 28, `${bits} bits`);
  const bitsOfCompression: ReadonlyMap<number, readonly number[]> = new Map([
    [compressions.none, [1, 4, 8, 16, 24, 32]],
    [compressions.runs8, [8]],
    [compressions.runs4, [4]],
    [compressions.masks, [16, 32]],
    [compressions.masksWithAlpha, [16, 32]],
  ]);
  const allowed = bitsOfCompression.get(compression);
  if (allowed === undefined) return unsupported('BMP', 30, `compression ${compression}`);
  if (!allowed.includes(bits)) corrupt('BMP', 30, `compression ${compression}, ${bits} bits`);
  const fromAbove = signedHeight < 0;
  const masked = compression === compressions.masks || compression === compressions.masksWithAlpha;
  const masks = masked ? readMasks(view, headerBytes, compression) : (usualMasks.get(bits) ?? ([0, 0, 0, 0] as const));
  const masksAfterHeader = masked && headerBytes === infoHeaderBytes ? (compression === compressions.masks ? 12 : 16) : 0;
  const claimed = view.getUint32(46, true);
  const paletteCount = bits > 8 ? 0 : claimed === 0 || claimed > 2 ** bits ? 2 ** bits : claimed;
  return {
    width,
    height,
    fromAbove,
    bits,
    compression,
    end: 14 + headerBytes + masksAfterHeader,
    pixels,
    masks,
    paletteCount,
    paletteEntry: 4,
  };
}

/** Three bytes a colour, red first. */
function readPalette(bytes: Uint8Array, { end, paletteCount, paletteEntry }: Header): Uint8Array {
  if (end + paletteCount * paletteEntry > bytes.length) truncated('BMP', bytes.length);
  const palette = new Uint8Array(3 * paletteCount);
  for (let entry = 0; entry < paletteCount; entry++) {
    const from = end + entry * paletteEntry;
    for (let channel = 0; channel < 3; channel++) palette[3 * entry + channel] = bytes[from + 2 - channel]!;
  }
  return palette;
}

/** Where a mask's lowest bit stands and what its highest value is; the bits of a mask stand together. */
function readMask(mask: number): { readonly shift: number; readonly largest: number } {
  if (mask === 0) return { shift: 0, largest: 0 };
  const shift = 31 - Math.clz32(mask & -mask);
  const largest = mask >>> shift;
  if ((largest & (largest + 1)) !== 0) corrupt('BMP', 54, `mask ${mask.toString(16)}`);
  return { shift, largest };
}

/** Rows of 16 or 32 bits a pixel, whose channels stand where the masks say. */
function maskedPixels(bytes: Uint8Array, header: Header, rowBytes: number): DecodedImage {
  const { width, height, bits, fromAbove, pixels } = header;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const channels = header.masks[3] === 0 ? 3 : 4;
  const parts = header.masks.slice(0, channels).map(readMask);
  const data = new Uint8Array(width * height * channels);
  for (let row = 0, to = 0; row < height; row++) {
    const start = pixels + (fromAbove ? row : height - 1 - row) * rowBytes;
    for (let column = 0; column < width; column++) {
      const pixel = bits === 16 ? view.getUint16(start + 2 * column, true) : view.getUint32(start + 4 * column, true);
      for (const { shift, largest } of parts) {
        data[to++] = largest === 255 ? pixel >>> shift : largest === 0 ? 0 : Math.round((((pixel >>> shift) & largest) * 255) / largest);
      }
    }
  }
  return { width, height, channels, bits: 8, data };
}

function plainPixels(bytes: Uint8Array, { width, height, fromAbove, pixels }: Header, rowBytes: number): DecodedImage {
  const data = new Uint8Array(width * height * 3);
  for (let row = 0, to = 0; row < height; row++) {
    let from = pixels + (fromAbove ? row : height - 1 - row) * rowBytes;
    for (let column = 0; column < width; column++, from += 3, to += 3) {
      data[to] = bytes[from + 2]!;
      data[to + 1] = bytes[from + 1]!;
      data[to + 2] = bytes[from]!;
    }
  }
  return { width, height, channels: 3, bits: 8, data };
}

/** One index a pixel, from above. */
function readIndices(bytes: Uint8Array, header: Header, rowBytes: number): Uint8Array {
  const { width, height, bits, compression, fromAbove, pixels } = header;
  if (compression !== compressions.none) return unpackRuns(bytes, pixels, width, height, compression === compressions.runs4);
  const indices = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    const start = pixels + (fromAbove ? row : height - 1 - row) * rowBytes;
    indices.set(unpackSamples(bytes.subarray(start, start + rowBytes), width, 1, bits).subarray(0, width), row * width);
  }
  return indices;
}

function decodeChecked(bytes: Uint8Array, limits: ImageLimits): DecodedImage {
  if (!isBmp(bytes)) corrupt('BMP', 0, 'BM');
  const header = readHeader(bytes, limits);
  const { width, height, bits, compression, pixels } = header;
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  if (pixels < header.end) corrupt('BMP', 10, 'bfOffBits');
  const runs = compression === compressions.runs8 || compression === compressions.runs4;
  if (pixels + (runs ? 0 : rowBytes * height) > bytes.length) truncated('BMP', bytes.length);
  if (bits === 24) return plainPixels(bytes, header, rowBytes);
  if (bits > 8) return maskedPixels(bytes, header, rowBytes);
  const palette = readPalette(bytes, header);
  const data = applyPalette(readIndices(bytes, header, rowBytes), palette, 3) ?? corrupt('BMP', pixels, 'colour index');
  return { width, height, channels: 3, bits: 8, data };
}

/** RGB, with opacity where a mask says so. */
export function decodeBmp(bytes: Uint8Array, limits: ImageLimits): Outcome<DecodedImage> {
  const size = checkFileSize(bytes, limits);
  return size.ok ? attempt(() => decodeChecked(bytes, limits)) : size;
}

export const format = defineFormat({
  name: 'bmp',
  label: 'BMP',
  extensions: ['.bmp', '.dib'],
  probe: isBmp,
  decode: decodeBmp,
}) satisfies ImageFormat;
