/**
 * PNG (W3C Recommendation, third edition): all colour types and depths, interlaced or not. Checksums of the chunks that
 * matter are held. Colour profiles and gamma are left aside. Pure, on bytes.
 */
import { crc32 } from 'node:zlib';
import { encode } from 'fast-png';
import type { Outcome } from '../../compute/graph/problem';
import { defineFormat } from './format';
import { unpackedBound } from './gzip';
import { checkFileSize, type DecodedImage, type ImageFormat, type ImageLimits } from './images/decoded-image';
import { inflateExactly } from './images/inflate';
import { adam7Passes, passSize, unfilter } from './images/png-rows';
import { applyPalette, attempt, corrupt, requireDimensions, truncated, unpackSamples, unsupported } from './images/reading';

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const isPng = (head: Uint8Array): boolean => signature.every((byte, index) => head[index] === byte);

const grey = 0;
const indexed = 3;
/** By colour type: samples a pixel, and the depths that the specification allows. */
const colourTypes: ReadonlyMap<number, { readonly samples: 1 | 2 | 3 | 4; readonly depths: readonly number[] }> = new Map([
  [grey, { samples: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { samples: 3, depths: [8, 16] }],
  [indexed, { samples: 1, depths: [1, 2, 4, 8] }],
  [4, { samples: 2, depths: [8, 16] }],
  [6, { samples: 4, depths: [8, 16] }],
]);

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colourType: number;
  readonly samples: 1 | 2 | 3 | 4;
  readonly interlaced: boolean;
}

interface Contents {
  readonly header: Header;
  /** Three bytes a colour; empty where there is none. */
  readonly palette: Uint8Array;
  /** The chunk tRNS as it stands; null where there is none. */
  readonly transparency: Uint8Array | null;
  readonly data: Uint8Array;
  readonly dataOffset: number;
}

const headerBytes = 33;

function readHeader(bytes: Uint8Array, view: DataView, limits: ImageLimits): Header {
  if (bytes.length < headerBytes) truncated('PNG', bytes.length);
  if (view.getUint32(8) !== 13 || view.getUint32(12) !== 0x49484452) corrupt('PNG', 8, 'IHDR');
  if (crc32(bytes.subarray(12, 29)) !== view.getUint32(29)) corrupt('PNG', 29, 'CRC IHDR');
  const [width, height, depth, colourType] = [view.getUint32(16), view.getUint32(20), bytes[24]!, bytes[25]!];
  const type = colourTypes.get(colourType);
  if (type === undefined) return corrupt('PNG', 25, `colour type ${colourType}`);
  if (!type.depths.includes(depth)) corrupt('PNG', 24, `bit depth ${depth}`);
  if (bytes[26] !== 0) corrupt('PNG', 26, `compression method ${bytes[26]!}`);
  if (bytes[27] !== 0) corrupt('PNG', 27, `filter method ${bytes[27]!}`);
  if (bytes[28]! > 1) corrupt('PNG', 28, `interlace method ${bytes[28]!}`);
  requireDimensions(width, height, limits, 16, depth === 16 ? 8 : 4);
  return { width, height, depth, colourType, samples: type.samples, interlaced: bytes[28] === 1 };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let filled = 0;
  for (const part of parts) {
    all.set(part, filled);
    filled += part.length;
  }
  return all;
}

const chunkTypes = { PLTE: 0x504c5445, tRNS: 0x74524e53, IDAT: 0x49444154, IEND: 0x49454e44 } as const;
const chunkName = (bytes: Uint8Array, offset: number): string => String.fromCharCode(...bytes.subarray(offset, offset + 4));

function readChunks(bytes: Uint8Array, limits: ImageLimits): Contents {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(bytes, view, limits);
  let palette = new Uint8Array(0);
  let transparency: Uint8Array | null = null;
  const data: Uint8Array[] = [];
  let dataOffset = 0;
  for (let offset = headerBytes; ;) {
    if (offset + 12 > bytes.length) truncated('PNG', bytes.length);
    const [length, type, body] = [view.getUint32(offset), view.getUint32(offset + 4), offset + 8];
    const end = body + length;
    if (end + 4 > bytes.length) truncated('PNG', bytes.length);
    const critical = (bytes[offset + 4]! & 0x20) === 0;
    if (critical || type === chunkTypes.tRNS) {
      if (crc32(bytes.subarray(offset + 4, end)) !== view.getUint32(end)) corrupt('PNG', end, `CRC ${chunkName(bytes, offset + 4)}`);
    }
    switch (type) {
      case chunkTypes.PLTE:
        if (length === 0 || length % 3 !== 0 || length > 768) corrupt('PNG', offset, 'PLTE');
        palette = bytes.slice(body, end);
        break;
      case chunkTypes.tRNS:
        transparency = bytes.subarray(body, end);
        break;
      case chunkTypes.IDAT:
        if (data.length === 0) dataOffset = body;
        data.push(bytes.subarray(body, end));
        break;
      case chunkTypes.IEND:
        if (data.length === 0) corrupt('PNG', offset, 'IDAT');
        if (header.colourType === indexed && palette.length === 0) corrupt('PNG', offset, 'PLTE');
        return { header, palette, transparency, data: joined(data), dataOffset };
      default:
        if (critical) unsupported('PNG', offset, chunkName(bytes, offset + 4));
    }
    offset = end + 4;
  }
}

interface Pixels {
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array | Uint16Array;
}

/** RGBA from samples and the one colour (per sample) that is clear. */
function withClearColour<Samples extends Uint8Array | Uint16Array>(
  samples: Samples,
  to: Samples,
  clear: readonly number[],
  opaque: number,
): Samples {
  const width = clear.length;
  for (let from = 0, at = 0; from < samples.length; from += width, at += 4) {
    let same = true;
    for (let channel = 0; channel < 3; channel++) {
      const value = samples[from + (width === 3 ? channel : 0)]!;
      to[at + channel] = value;
      same &&= value === clear[width === 3 ? channel : 0];
    }
    to[at + 3] = same ? 0 : opaque;
  }
  return to;
}

function spreadGreyAlpha<Samples extends Uint8Array | Uint16Array>(samples: Samples, to: Samples): Samples {
  for (let from = 0, at = 0; from < samples.length; from += 2, at += 4) {
    to.fill(samples[from]!, at, at + 3);
    to[at + 3] = samples[from + 1]!;
  }
  return to;
}

function indexedPixels({ palette, transparency, dataOffset }: Contents, indices: Uint8Array): Pixels {
  const channels = transparency === null ? 3 : 4;
  const count = palette.length / 3;
  if (transparency !== null && transparency.length > count) corrupt('PNG', dataOffset, 'tRNS');
  const entries = new Uint8Array(count * channels);
  for (let entry = 0; entry < count; entry++) {
    entries.set(palette.subarray(3 * entry, 3 * entry + 3), entry * channels);
    if (transparency !== null) entries[entry * 4 + 3] = transparency[entry] ?? 255;
  }
  const data = applyPalette(indices, entries, channels) ?? corrupt('PNG', dataOffset, 'PLTE');
  return { channels, data };
}

/** What `width` × `height` unfiltered pixels are as an image. */
function pixelsOf(contents: Contents, packed: Uint8Array, width: number, height: number): Pixels {
  const { header, transparency, dataOffset } = contents;
  const { depth, samples: count, colourType } = header;
  if (colourType === indexed) return indexedPixels(contents, unpackSamples(packed, width, height, depth));
  const opaque = 2 ** depth - 1;
  const clear =
    transparency === null || count % 2 === 0
      ? null
      : Array.from({ length: count }, (_, sample) => {
          if (transparency.length !== 2 * count) corrupt('PNG', dataOffset, 'tRNS');
          return transparency[2 * sample]! * 256 + transparency[2 * sample + 1]!;
        });
  if (depth === 16) {
    const values = new Uint16Array(packed.length / 2);
    for (let index = 0; index < values.length; index++) values[index] = packed[2 * index]! * 256 + packed[2 * index + 1]!;
    if (clear !== null) return { channels: 4, data: withClearColour(values, new Uint16Array(4 * width * height), clear, opaque) };
    return count === 2
      ? { channels: 4, data: spreadGreyAlpha(values, new Uint16Array(2 * values.length)) }
      : { channels: count, data: values };
  }
  const values = unpackSamples(packed, width * (depth < 8 ? 1 : count), height, depth);
  if (depth < 8) {
    const scale = 255 / opaque;
    for (let index = 0; index < values.length; index++) values[index] = values[index]! * scale;
  }
  if (clear !== null) {
    const scaled = depth < 8 ? clear.map((value) => (value * 255) / opaque) : clear;
    return { channels: 4, data: withClearColour(values, new Uint8Array(4 * width * height), scaled, 255) };
  }
  return count === 2
    ? { channels: 4, data: spreadGreyAlpha(values, new Uint8Array(2 * values.length)) }
    : { channels: count, data: values };
}

/** Pixels of the seven passes of an interlaced file, each put where it belongs. */
function interlacedPixels(contents: Contents, raw: Uint8Array, bitsPerPixel: number): Pixels {
  const { width, height, depth } = contents.header;
  let whole: Pixels | null = null;
  let start = 0;
  for (const pass of adam7Passes) {
    const size = passSize(pass, width, height, bitsPerPixel);
    if (size.bytes === 0) continue;
    const rows =
      unfilter(raw, start, size.rowBytes, size.height, Math.max(1, bitsPerPixel >> 3)) ??
      corrupt('PNG', contents.dataOffset, 'filter type');
    start += size.bytes;
    const { channels, data } = pixelsOf(contents, rows, size.width, size.height);
    const elements = width * height * channels;
    whole ??= { channels, data: depth === 16 ? new Uint16Array(elements) : new Uint8Array(elements) };
    for (let row = 0, from = 0; row < size.height; row++) {
      for (let column = 0; column < size.width; column++) {
        const to = ((pass.top + row * pass.down) * width + pass.left + column * pass.right) * channels;
        for (let channel = 0; channel < channels; channel++) whole.data[to + channel] = data[from++]!;
      }
    }
  }
  return whole ?? corrupt('PNG', contents.dataOffset, 'IDAT');
}

function decodeChecked(bytes: Uint8Array, limits: ImageLimits): DecodedImage {
  if (!isPng(bytes)) corrupt('PNG', 0, 'signature');
  const contents = readChunks(bytes, limits);
  const { width, height, depth, samples, interlaced } = contents.header;
  const bitsPerPixel = depth * samples;
  const passes = interlaced ? adam7Passes : [{ left: 0, top: 0, right: 1, down: 1 }];
  const sizes = passes.map((pass) => passSize(pass, width, height, bitsPerPixel));
  const expected = sizes.reduce((sum, size) => sum + size.bytes, 0);
  if (expected > unpackedBound(contents.data.length)) truncated('PNG', bytes.length);
  const raw = inflateExactly('PNG', contents.data, expected, contents.dataOffset);
  let pixels: Pixels;
  if (interlaced) pixels = interlacedPixels(contents, raw, bitsPerPixel);
  else {
    const rowBytes = sizes[0]!.rowBytes;
    const rows = unfilter(raw, 0, rowBytes, height, Math.max(1, bitsPerPixel >> 3)) ?? corrupt('PNG', contents.dataOffset, 'filter type');
    pixels = pixelsOf(contents, rows, width, height);
  }
  const { channels, data } = pixels;
  return data instanceof Uint16Array ? { width, height, channels, bits: 16, data } : { width, height, channels, bits: 8, data };
}

/** Grey with opacity becomes RGB with it, a palette its colours, samples of less than 8 bits fill 0 … 255. */
export function decodePng(bytes: Uint8Array, limits: ImageLimits): Outcome<DecodedImage> {
  const size = checkFileSize(bytes, limits);
  return size.ok ? attempt(() => decodeChecked(bytes, limits)) : size;
}

/** The file as PNG, without loss, with the channels and the depth that the image has. */
export const encodePng = ({ width, height, channels, bits, data }: DecodedImage): Uint8Array =>
  encode({ width, height, channels, depth: bits, data });

export const format = defineFormat({
  name: 'png',
  label: 'PNG',
  extensions: ['.png', '.apng'],
  probe: isPng,
  decode: decodePng,
}) satisfies ImageFormat;
