/** The orientation that cameras write (EXIF and TIFF tag 274), undone. Pure, on pixels. */
import type { DecodedImage } from './decoded-image';

/**
 * By orientation: whether rows and columns change places, and then whether columns and rows run backwards. The usual is 1;
 * whatever is not 1 … 8 is taken for it.
 */
const orientations: ReadonlyMap<number, { readonly turned: boolean; readonly fromRight: boolean; readonly fromBelow: boolean }> = new Map([
  [2, { turned: false, fromRight: true, fromBelow: false }],
  [3, { turned: false, fromRight: true, fromBelow: true }],
  [4, { turned: false, fromRight: false, fromBelow: true }],
  [5, { turned: true, fromRight: false, fromBelow: false }],
  [6, { turned: true, fromRight: true, fromBelow: false }],
  [7, { turned: true, fromRight: true, fromBelow: true }],
  [8, { turned: true, fromRight: false, fromBelow: true }],
]);

/** The image as it is to be seen. */
export function orient(image: DecodedImage, orientation: number): DecodedImage {
  const change = orientations.get(orientation);
  if (change === undefined) return image;
  const { width, height, channels } = image;
  const [newWidth, newHeight] = change.turned ? [height, width] : [width, height];
  const move = <Samples extends Uint8Array | Uint16Array>(from: Samples, to: Samples): Samples => {
    for (let row = 0, at = 0; row < newHeight; row++) {
      const y = change.fromBelow ? newHeight - 1 - row : row;
      for (let column = 0; column < newWidth; column++) {
        const x = change.fromRight ? newWidth - 1 - column : column;
        const start = (change.turned ? x * width + y : y * width + x) * channels;
        for (let channel = 0; channel < channels; channel++) to[at++] = from[start + channel]!;
      }
    }
    return to;
  };
  const size = { width: newWidth, height: newHeight, channels };
  return image.bits === 16
    ? { ...size, bits: 16, data: move(image.data, new Uint16Array(image.data.length)) }
    : { ...size, bits: 8, data: move(image.data, new Uint8Array(image.data.length)) };
}
