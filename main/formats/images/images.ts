/** All formats of images, found by their first bytes, never by a name. */
import { failure, type Outcome } from '../../../compute/graph/problem';
import { format as bmp } from '../bmp.format';
import { format as gif } from '../gif.format';
import { format as jpeg } from '../jpeg.format';
import { format as png } from '../png.format';
import { format as tiff } from '../tiff.format';
import { format as webp } from '../webp.format';
import type { DecodedImage, ImageFormat, ImageLimits } from './decoded-image';

export const imageFormats: readonly ImageFormat[] = [png, jpeg, webp, bmp, gif, tiff];

/** Whether a name ends as those of images do; which they are is known when their bytes are. */
export const hasImageName = (name: string): boolean => {
  const lower = name.toLowerCase();
  return imageFormats.some(({ extensions }) => extensions.some((extension) => lower.endsWith(extension)));
};

/**
 * The image that the bytes are. Problems: image.unknown (no format of images begins so), image.file-too-large, image.too-large,
 * image.empty, image.truncated, image.corrupt, image.unsupported; each but the first two with the offset.
 */
export async function decodeImage(bytes: Uint8Array, limits: ImageLimits): Promise<Outcome<DecodedImage>> {
  const format = imageFormats.find(({ probe }) => probe(bytes));
  return format === undefined ? failure('image.unknown', {}) : await format.decode(bytes, limits);
}
