/**
 * TIFF 6.0, the first image of the file: grey, RGB (with opacity or not) and palettes of 1, 2, 4, 8 and 16 bits, in strips or
 * tiles, plain or packed with LZW, Deflate or PackBits. All else is refused by its name. Pure, on bytes.
 */
import type { Outcome } from '../../compute/graph/problem';
import { defineFormat } from './format';
import { checkFileSize, type DecodedImage, type ImageFormat, type ImageLimits } from './images/decoded-image';
import { orient } from './images/orientation';
import { applyPalette, attempt, corrupt, requireDimensions, unpackSamples } from './images/reading';
import { tiffByteOrder } from './images/tiff-directory';
import { readLayout, type TiffLayout } from './images/tiff-layout';
import { readSamples } from './images/tiff-samples';

/** Colours from the table of reds, greens and blues, whose values have 16 bits. */
function paletteColours(indices: Uint8Array, table: readonly number[], offset: number): Uint8Array {
  const entries = table.length / 3;
  const palette = Uint8Array.from({ length: table.length }, (_, at) => table[(at % 3) * entries + Math.floor(at / 3)]! >> 8);
  return applyPalette(indices, palette, 3) ?? corrupt('TIFF', offset, 'colour index');
}

/** What of the samples of each pixel is kept: grey, RGB or RGBA; colours that were multiplied by their opacity are divided by it. */
function arrange<Samples extends Uint8Array | Uint16Array>(from: Samples, to: Samples, layout: TiffLayout, channels: 1 | 3 | 4): Samples {
  const { samples, colours, whiteIsZero, alpha } = layout;
  const largest = from instanceof Uint16Array ? 65_535 : 255;
  const shown = Math.min(3, channels);
  for (let source = 0, at = 0; at < to.length; source += samples, at += channels) {
    const opacity = channels === 4 ? from[source + colours]! : largest;
    for (let channel = 0; channel < shown; channel++) {
      const value = from[source + Math.min(channel, colours - 1)]!;
      const seen = whiteIsZero ? largest - value : value;
      to[at + channel] = alpha === 'multiplied' && opacity > 0 ? Math.min(largest, Math.round((seen * largest) / opacity)) : seen;
    }
    if (channels === 4) to[at + 3] = opacity;
  }
  return to;
}

function decodeChecked(bytes: Uint8Array, limits: ImageLimits): DecodedImage {
  const layout = readLayout(bytes, (width, height, bytesPerPixel, offset) =>
    requireDimensions(width, height, limits, offset, bytesPerPixel),
  );
  const { width, height, bits, palette, samples, colours, alpha } = layout;
  const read = readSamples(bytes, layout);
  const channels: 1 | 3 | 4 = alpha !== 'none' ? 4 : colours;
  const plain = channels === samples && !layout.whiteIsZero && alpha !== 'multiplied';
  const size = { width, height, channels };
  if (read instanceof Uint16Array) {
    const data = plain ? read : arrange(read, new Uint16Array(width * height * channels), layout, channels);
    return orient({ ...size, bits: 16, data }, layout.orientation);
  }
  const values = bits < 8 ? unpackSamples(read, width * samples, height, bits) : read;
  if (palette !== null) {
    const data = paletteColours(values, palette, layout.offset);
    return orient({ width, height, channels: 3, bits: 8, data }, layout.orientation);
  }
  if (bits < 8) for (let index = 0; index < values.length; index++) values[index] = (values[index]! * 255) / (2 ** bits - 1);
  const data = plain ? values : arrange(values, new Uint8Array(width * height * channels), layout, channels);
  return orient({ ...size, bits: 8, data }, layout.orientation);
}

/** Grey with opacity becomes RGB with it, a palette its colours; turned as the file says it is to be seen. */
export function decodeTiff(bytes: Uint8Array, limits: ImageLimits): Outcome<DecodedImage> {
  const size = checkFileSize(bytes, limits);
  return size.ok ? attempt(() => decodeChecked(bytes, limits)) : size;
}

export const format = defineFormat({
  name: 'tiff',
  label: 'TIFF',
  extensions: ['.tiff', '.tif'],
  probe: (head) => tiffByteOrder(head) !== null,
  decode: decodeTiff,
}) satisfies ImageFormat;
