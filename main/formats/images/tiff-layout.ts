/** How the first image of a TIFF file is laid out, checked: sides, samples, strips or tiles and where they stand. Pure, on bytes. */
import { unpackedBound } from '../gzip';
import { corrupt, truncated, unsupported } from './reading';
import { readTiffDirectory, type TiffDirectory } from './tiff-directory';

const tags = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samples: 277,
  rowsPerStrip: 278,
  stripBytes: 279,
  planes: 284,
  predictor: 317,
  palette: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileBytes: 325,
  extraSamples: 338,
  sampleFormat: 339,
} as const;

const photometrics: ReadonlyMap<number, 'white-is-zero' | 'black-is-zero' | 'rgb' | 'palette'> = new Map([
  [0, 'white-is-zero'],
  [1, 'black-is-zero'],
  [2, 'rgb'],
  [3, 'palette'],
]);

const compressions: ReadonlyMap<number, 'none' | 'lzw' | 'deflate' | 'pack-bits'> = new Map([
  [1, 'none'],
  [5, 'lzw'],
  [8, 'deflate'],
  [32_946, 'deflate'],
  [32_773, 'pack-bits'],
]);

/** Bytes that one packed byte can become: a code of 9 bits or more stands for at most 4,096 (LZW), two bytes for 128 (PackBits). */
const largestGrowth = { none: 1, lzw: 4096, deflate: unpackedBound(1), 'pack-bits': 64 } as const;

/** A strip or a tile: where its packed bytes stand. */
interface Segment {
  readonly offset: number;
  readonly length: number;
}

export interface TiffLayout {
  readonly littleEndian: boolean;
  readonly width: number;
  readonly height: number;
  readonly bits: 1 | 2 | 4 | 8 | 16;
  /** Samples a pixel has in the file, and how many of them, the first, are its colour. */
  readonly samples: number;
  readonly colours: 1 | 3;
  readonly alpha: 'none' | 'separate' | 'multiplied';
  readonly whiteIsZero: boolean;
  /** All reds, all greens, all blues, of 16 bits; null where there is none. */
  readonly palette: readonly number[] | null;
  readonly compression: 'none' | 'lzw' | 'deflate' | 'pack-bits';
  /** Whether each sample is the difference to its left neighbour's. */
  readonly differences: boolean;
  /** Whether each sample has segments of its own. */
  readonly separatePlanes: boolean;
  readonly segmentWidth: number;
  readonly segmentHeight: number;
  /** From left, from above, plane by plane. */
  readonly segments: readonly Segment[];
  readonly orientation: number;
  /** Where the directory says how the pixels are to be understood. */
  readonly offset: number;
}

type CheckSides = (width: number, height: number, bytesPerPixel: number, offset: number) => void;

const single = (directory: TiffDirectory, tag: number, otherwise: number): number => directory.values(tag, 1)?.[0] ?? otherwise;

function readBits(directory: TiffDirectory, samples: number): TiffLayout['bits'] {
  const all = directory.values(tags.bits, 16) ?? [1];
  const offset = directory.offsetOf(tags.bits);
  const first = all[0];
  if (all.some((bits) => bits !== first)) unsupported('TIFF', offset, `${all.join(', ')} bits`);
  if (all.length < samples && all.length > 1) corrupt('TIFF', offset, 'BitsPerSample');
  switch (first) {
    case 1:
    case 2:
    case 4:
      if (samples > 1) unsupported('TIFF', offset, `${samples} × ${first} bits`);
      return first;
    case 8:
    case 16:
      return first;
    default:
      return unsupported('TIFF', offset, `${first ?? 0} bits`);
  }
}

function readAlpha(directory: TiffDirectory, extra: number): TiffLayout['alpha'] {
  if (extra === 0) return 'none';
  const kinds = directory.values(tags.extraSamples, 16);
  if (extra > 1) unsupported('TIFF', directory.offsetOf(tags.samples), `${extra} extra samples`);
  const kind = kinds?.[0] ?? 0;
  return kind === 1 ? 'multiplied' : kind === 2 ? 'separate' : 'none';
}

interface Division {
  readonly width: number;
  readonly height: number;
  readonly segments: readonly Segment[];
}

function readDivision(
  directory: TiffDirectory,
  bytes: Uint8Array,
  width: number,
  height: number,
  planes: number,
  check: CheckSides,
): Division {
  const tiled = directory.values(tags.tileWidth, 1) !== null;
  const offset = directory.offsetOf(tiled ? tags.tileWidth : tags.rowsPerStrip);
  const segmentWidth = tiled ? single(directory, tags.tileWidth, 0) : width;
  const segmentHeight = tiled ? single(directory, tags.tileHeight, 0) : Math.min(height, single(directory, tags.rowsPerStrip, height));
  check(segmentWidth, segmentHeight, 4, offset);
  if (tiled && (segmentWidth % 16 !== 0 || segmentHeight % 16 !== 0)) corrupt('TIFF', offset, `tiles of ${segmentWidth}×${segmentHeight}`);
  const [across, down] = [Math.ceil(width / segmentWidth), Math.ceil(height / segmentHeight)];
  // Tiles reach beyond the image; what is unpacked for nothing has its bound too.
  if (tiled) check(across * segmentWidth, down * segmentHeight, 4, offset);
  const count = across * down * planes;
  const [offsetsTag, lengthsTag] = tiled ? ([tags.tileOffsets, tags.tileBytes] as const) : ([tags.stripOffsets, tags.stripBytes] as const);
  const offsets = directory.values(offsetsTag, count) ?? corrupt('TIFF', offset, `tag ${offsetsTag}`);
  const lengths = directory.values(lengthsTag, count) ?? corrupt('TIFF', offset, `tag ${lengthsTag}`);
  if (offsets.length !== count || lengths.length !== count) corrupt('TIFF', directory.offsetOf(offsetsTag), `tag ${offsetsTag}`);
  const segments = offsets.map((start, index) => ({ offset: start, length: lengths[index]! }));
  if (segments.some((segment) => segment.offset + segment.length > bytes.length)) truncated('TIFF', bytes.length);
  // What stands once is read once: a few bytes cannot be claimed by thousands of segments.
  if (lengths.reduce((sum, length) => sum + length, 0) > bytes.length) corrupt('TIFF', directory.offsetOf(lengthsTag), 'overlap');
  return { width: segmentWidth, height: segmentHeight, segments };
}

/** Whether the packed bytes can be enough at all; `expected` counts bytes of samples. */
function requireEnough(bytes: Uint8Array, segments: readonly Segment[], compression: TiffLayout['compression'], expected: number): void {
  const packed = segments.reduce((sum, { length }) => sum + length, 0);
  if (expected > packed * largestGrowth[compression] + 64 * segments.length) truncated('TIFF', bytes.length);
}

/** `check` is asked for every pair of sides before memory for it could be. */
export function readLayout(bytes: Uint8Array, check: CheckSides): TiffLayout {
  const directory = readTiffDirectory(bytes, 'TIFF');
  const [width, height] = [single(directory, tags.width, 0), single(directory, tags.height, 0)];
  const samples = single(directory, tags.samples, 1);
  if (samples < 1 || samples > 16) corrupt('TIFF', directory.offsetOf(tags.samples), `${samples} samples`);
  const bits = readBits(directory, samples);
  check(width, height, Math.max(4, samples) * (bits === 16 ? 2 : 1), directory.offsetOf(tags.width));
  const meaning = single(directory, tags.photometric, -1);
  const photometric = photometrics.get(meaning);
  const offset = directory.offsetOf(tags.photometric);
  if (photometric === undefined) return unsupported('TIFF', offset, `PhotometricInterpretation ${meaning}`);
  const method = single(directory, tags.compression, 1);
  const compression = compressions.get(method);
  if (compression === undefined) return unsupported('TIFF', directory.offsetOf(tags.compression), `Compression ${method}`);
  if (single(directory, tags.fillOrder, 1) !== 1) unsupported('TIFF', directory.offsetOf(tags.fillOrder), 'FillOrder 2');
  const kinds = directory.values(tags.sampleFormat, 16) ?? [1];
  if (kinds.some((kind) => kind !== 1)) unsupported('TIFF', directory.offsetOf(tags.sampleFormat), `SampleFormat ${kinds.join(', ')}`);
  const predictor = single(directory, tags.predictor, 1);
  if (predictor < 1 || predictor > 2) unsupported('TIFF', directory.offsetOf(tags.predictor), `Predictor ${predictor}`);
  if (predictor === 2 && bits < 8) unsupported('TIFF', directory.offsetOf(tags.predictor), `Predictor 2, ${bits} bits`);
  const colours = photometric === 'rgb' ? 3 : 1;
  if (samples < colours) corrupt('TIFF', directory.offsetOf(tags.samples), `${samples} samples`);
  const palette = photometric === 'palette' ? directory.values(tags.palette, 3 * 256) : null;
  if (photometric === 'palette') {
    if (bits === 16 || samples > 1) unsupported('TIFF', offset, `palette, ${samples} × ${bits} bits`);
    if (palette?.length !== 3 * 2 ** bits) corrupt('TIFF', directory.offsetOf(tags.palette), 'ColorMap');
  }
  const planar = single(directory, tags.planes, 1);
  if (planar < 1 || planar > 2) corrupt('TIFF', directory.offsetOf(tags.planes), `PlanarConfiguration ${planar}`);
  const separatePlanes = planar === 2 && samples > 1;
  const division = readDivision(directory, bytes, width, height, separatePlanes ? samples : 1, check);
  requireEnough(bytes, division.segments, compression, Math.ceil((width * samples * bits) / 8) * height);
  return {
    littleEndian: directory.littleEndian,
    width,
    height,
    bits,
    samples,
    colours,
    alpha: readAlpha(directory, samples - colours),
    whiteIsZero: photometric === 'white-is-zero',
    palette,
    compression,
    differences: predictor === 2,
    separatePlanes,
    segmentWidth: division.width,
    segmentHeight: division.height,
    segments: division.segments,
    orientation: single(directory, tags.orientation, 1),
    offset,
  };
}
