/** A sample as numbers and as a picture: images as they are, in grey or colour; a row of numbers as one line of pixels; of more planes, the first. Pure. */
import { grey, spanOf } from './colour-maps';
import { colourPixels, tilePixels } from './pixel-grid';

export interface PictureForm {
  readonly height: number;
  readonly width: number;
  readonly isColour: boolean;
}

export function pictureForm(shape: readonly number[]): PictureForm {
  const height = shape.length >= 2 ? (shape.at(-2) ?? 1) : 1;
  return { height, width: shape.at(-1) ?? 1, isColour: shape.length === 3 && shape[0] === 3 };
}

export type SampleType = 'u8' | 'f32' | 'i32';

export const bytesOfSample = (shape: readonly number[], type: SampleType): number =>
  shape.reduce((product, size) => product * size, 1) * (type === 'u8' ? 1 : 4);

/** The numbers of a sample from its little-endian bytes: u8 ones divided by 255, others as they are. */
export function sampleValues(bytes: Uint8Array, type: SampleType): Float32Array {
  if (type === 'u8') return Float32Array.from(bytes, (value) => value / 255);
  const own = bytes.slice().buffer;
  return type === 'f32' ? new Float32Array(own) : Float32Array.from(new Int32Array(own));
}

/** RGBA pixels. Values stand for 0 … 1 from black to white, unless some lie outside: then their own span does. */
export function picturePixels(values: Float32Array, { height, width, isColour }: PictureForm): Uint8ClampedArray<ArrayBuffer> {
  if (isColour) return colourPixels(values, height, width);
  const own = spanOf(values.subarray(0, height * width));
  const span = own.minimum < 0 || own.maximum > 1 ? own : { minimum: 0, maximum: 1 };
  return tilePixels(values, { count: 1, height, width }, 0, span, grey);
}
