/** An image in memory, as every reader of images gives it, and the bounds under which one is read. Pure. */
import { failure, success, type Outcome } from '../../../compute/graph/problem';
import type { FormatDefinition } from '../format';

interface Plane {
  readonly width: number;
  readonly height: number;
  /** 1 is grey, 3 is RGB, 4 is RGB and opacity (not multiplied into the colours). */
  readonly channels: 1 | 3 | 4;
}

/** Row by row, pixel by pixel, channel by channel; `bits` is 16 where the file has more than 8, over the whole range. */
export type DecodedImage = Plane & ({ readonly bits: 8; readonly data: Uint8Array } | { readonly bits: 16; readonly data: Uint16Array });

export interface ImageLimits {
  /** Of the file. */
  readonly bytes: number;
  /** Width times height, at four bytes a pixel; an image of eight bytes a pixel may have half as many. */
  readonly pixels: number;
}

/** 33 megapixels: with what the decoders keep beside the image (its pixels twice more) an import stays within 512 MB. */
export const usualImageLimits: ImageLimits = { bytes: 64 * 2 ** 20, pixels: 2 ** 25 };

export interface ImageFormat extends FormatDefinition {
  /** All of it in memory. Problems carry the offset at which they were found where it is known. */
  readonly decode: (bytes: Uint8Array, limits: ImageLimits) => Outcome<DecodedImage> | Promise<Outcome<DecodedImage>>;
}

/** Longest side that any reader takes: what JPEG can have. */
const longestSide = 65_535;

/** Whether a file may have so many bytes. Problem: image.file-too-large. */
export const checkFileSize = (bytes: Uint8Array, limits: ImageLimits): Outcome<null> =>
  bytes.length > limits.bytes ? failure('image.file-too-large', { size: bytes.length, maximum: limits.bytes }) : success(null);

/**
 * Whether an image may have these sides, before memory is asked for. `bytes` is what a pixel takes decoded.
 * Problems: image.empty, image.too-large.
 */
export function checkDimensions(width: number, height: number, limits: ImageLimits, offset: number, bytes = 4): Outcome<null> {
  if (!(width > 0 && height > 0)) return failure('image.empty', { width, height, offset });
  if (width > longestSide || height > longestSide || width * height * Math.max(1, bytes / 4) > limits.pixels)
    return failure('image.too-large', { width, height, maximum: limits.pixels, offset });
  return success(null);
}
