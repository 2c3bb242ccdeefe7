/** A sample as a picture: images as they are, in grey or colour; a row of numbers as one line of pixels; of more planes, the first. Pure. */
import { grey, spanOf } from '../../charts/colour-maps';
import { colourPixels, tilePixels } from '../../charts/pixel-grid';

export interface PictureForm {
  readonly height: number;
  readonly width: number;
  readonly isColour: boolean;
}

export function pictureForm(shape: readonly number[]): PictureForm {
  const height = shape.length >= 2 ? (shape.at(-2) ?? 1) : 1;
  return { height, width: shape.at(-1) ?? 1, isColour: shape.length === 3 && shape[0] === 3 };
}

/** RGBA pixels. Values stand for 0 … 1 from black to white, unless some lie outside: then their own span does. */
export function picturePixels(values: Float32Array, { height, width, isColour }: PictureForm): Uint8ClampedArray<ArrayBuffer> {
  if (isColour) return colourPixels(values, height, width);
  const own = spanOf(values.subarray(0, height * width));
  const span = own.minimum < 0 || own.maximum > 1 ? own : { minimum: 0, maximum: 1 };
  return tilePixels(values, { count: 1, height, width }, 0, span, grey);
}
