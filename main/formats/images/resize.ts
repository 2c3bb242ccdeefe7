/**
 * Images in other sizes. Each axis alone, with weights that are computed once: nearest takes the pixel whose centre is
 * nearest; bilinear widens its triangle when it makes smaller, so that nothing is skipped (as Pillow's filters do); area
 * weighs by what a pixel covers. Pure, on samples of 8 or 16 bits.
 */
import type { DecodedImage } from './decoded-image';

export type Resampling = 'nearest' | 'bilinear' | 'area';

interface Weights {
  /** For each new place: where its pixels begin and how many they are. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `width` of them for each new place, whose sum is 1. */
  readonly values: Float32Array;
  readonly width: number;
}

/** How much of [`low`, `high`) pixel `index` covers. */
const covered = (index: number, low: number, high: number): number => Math.max(0, Math.min(high, index + 1) - Math.max(low, index));

/** `from` pixels become `to`; of those only `start` … `start + length` (in old pixels) are looked at. */
function weightsOf(from: number, to: number, start: number, length: number, method: Resampling): Weights {
  const scale = length / to;
  // A triangle reaches as far as the next pixel, or the next new one, whichever is farther.
  const reach = method === 'bilinear' ? Math.max(1, scale) : scale / 2;
  const width = method === 'nearest' ? 1 : Math.ceil(2 * reach) + 2;
  const [first, count, values] = [new Int32Array(to), new Int32Array(to), new Float32Array(to * width)];
  for (let place = 0; place < to; place++) {
    const centre = start + ((place + 0.5) * length) / to;
    if (method === 'nearest') {
      first[place] = Math.min(from - 1, Math.max(0, Math.floor(centre)));
      count[place] = 1;
      values[place] = 1;
      continue;
    }
    const lowest = Math.max(0, Math.floor(centre - reach));
    const highest = Math.min(from - 1, Math.ceil(centre + reach) - 1);
    let sum = 0;
    let used = 0;
    for (let index = lowest; index <= highest; index++) {
      const weight =
        method === 'bilinear' ? Math.max(0, 1 - Math.abs(index + 0.5 - centre) / reach) : covered(index, centre - reach, centre + reach);
      values[place * width + used++] = weight;
      sum += weight;
    }
    first[place] = lowest;
    count[place] = used;
    for (let index = 0; index < used; index++) values[place * width + index]! /= sum;
  }
  return { first, count, values, width };
}

/** A part of an image, in its pixels; it may begin and end between two. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function alongRows(from: ArrayLike<number>, rows: number, columns: number, channels: number, weights: Weights, to: number): Float32Array {
  const out = new Float32Array(rows * to * channels);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < to; column++) {
      const start = (row * columns + weights.first[column]!) * channels;
      const count = weights.count[column]!;
      const base = column * weights.width;
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let index = 0, source = start + channel; index < count; index++, source += channels)
          sum += from[source]! * weights.values[base + index]!;
        out[at++] = sum;
      }
    }
  }
  return out;
}

/** Down the columns; rounded to whole samples. */
function downColumns<Samples extends Uint8Array | Uint16Array>(
  from: Float32Array,
  rowLength: number,
  weights: Weights,
  to: Samples,
): Samples {
  const rows = to.length / rowLength;
  const sums = new Float32Array(rowLength);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let index = 0; index < weights.count[row]!; index++) {
      const weight = weights.values[row * weights.width + index]!;
      const start = (weights.first[row]! + index) * rowLength;
      for (let column = 0; column < rowLength; column++) sums[column]! += from[start + column]! * weight;
    }
    // Weights are not negative and their sum is 1, so that nothing leaves the range.
    for (let column = 0, at = row * rowLength; column < rowLength; column++) to[at++] = sums[column]! + 0.5;
  }
  return to;
}

/** `part` of the image (all of it where none is given) as `width` × `height` pixels. */
export function resize(image: DecodedImage, width: number, height: number, method: Resampling, part?: Part): DecodedImage {
  const { channels } = image;
  const region = part ?? { left: 0, top: 0, width: image.width, height: image.height };
  const same = width === image.width && height === image.height && region.left === 0 && region.top === 0;
  if (same && region.width === width && region.height === height) return image;
  const across = weightsOf(image.width, width, region.left, region.width, method);
  const down = weightsOf(image.height, height, region.top, region.height, method);
  const rows = alongRows(image.data, image.height, image.width, channels, across, width);
  const size = { width, height, channels };
  const rowLength = width * channels;
  return image.bits === 16
    ? { ...size, bits: 16, data: downColumns(rows, rowLength, down, new Uint16Array(rowLength * height)) }
    : { ...size, bits: 8, data: downColumns(rows, rowLength, down, new Uint8Array(rowLength * height)) };
}
