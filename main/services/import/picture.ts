/** Decoded images to samples of one shape: grey or colour, laid on white, brought to a size. Pure. */
import type { DecodedImage } from '../../formats/images/decoded-image';
import type { OptionsOf } from './splits';

/** Of a sample, with nothing left open. */
export interface PictureForm {
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
  readonly fit: OptionsOf<'images'>['picture']['fit'];
}

export const shapeOf = ({ channels, height, width }: PictureForm): readonly [number, number, number] => [channels, height, width];

interface Plane {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** Channels one after another, 0 … 255. Grey is 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601); what is transparent shows white. */
export function planesOf(image: DecodedImage, channels: 1 | 3): readonly Plane[] {
  const { width, height, data } = image;
  const pixels = width * height;
  const scale = image.bits === 16 ? 1 / 257 : 1;
  const planes = Array.from({ length: channels }, () => new Float32Array(pixels));
  const [red, green = planes[0]!, blue = planes[0]!] = planes as [Float32Array, Float32Array?, Float32Array?];
  for (let pixel = 0, from = 0; pixel < pixels; pixel++, from += image.channels) {
    let r = data[from]! * scale;
    let g = image.channels === 1 ? r : data[from + 1]! * scale;
    let b = image.channels === 1 ? r : data[from + 2]! * scale;
    if (image.channels === 4) {
      const opacity = (data[from + 3]! * scale) / 255;
      [r, g, b] = [255 + (r - 255) * opacity, 255 + (g - 255) * opacity, 255 + (b - 255) * opacity];
    }
    if (channels === 1) red[pixel] = image.channels === 1 ? r : 0.299 * r + 0.587 * g + 0.114 * b;
    else {
      red[pixel] = r;
      green[pixel] = g;
      blue[pixel] = b;
    }
  }
  return planes.map((values) => ({ width, height, values }));
}

interface Weights {
  readonly first: Int32Array;
  /** `taps` a target. */
  readonly values: Float32Array;
  readonly taps: number;
}

/**
 * Where each of `to` targets takes its values from, out of the part `start` … `start + length` of a line of `from`: a triangle as
 * wide as a step of the coarser of both, so that making smaller does not skip anything (bilinear with antialiasing, as in Pillow).
 */
function weightsOf(from: number, start: number, length: number, to: number): Weights {
  const scale = length / to;
  const reach = Math.max(1, scale);
  const taps = Math.ceil(2 * reach) + 1;
  const first = new Int32Array(to);
  const values = new Float32Array(to * taps);
  for (let target = 0; target < to; target++) {
    const centre = start + (target + 0.5) * scale;
    const least = Math.max(0, Math.floor(centre - reach));
    first[target] = least;
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const at = least + tap;
      const weight = at < from ? Math.max(0, 1 - Math.abs(at + 0.5 - centre) / reach) : 0;
      values[target * taps + tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < taps; tap++) values[target * taps + tap]! /= sum;
  }
  return { first, values, taps };
}

interface Frame {
  /** Part of the image that is taken. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Part of the sample that is filled. */
  readonly toLeft: number;
  readonly toTop: number;
  readonly toWidth: number;
  readonly toHeight: number;
}

function frameOf({ width, height }: Plane, form: PictureForm): Frame {
  const whole = { left: 0, top: 0, width, height, toLeft: 0, toTop: 0, toWidth: form.width, toHeight: form.height };
  if (form.fit === 'stretch') return whole;
  const [across, down] = [form.width / width, form.height / height];
  if (form.fit === 'contain') {
    const scale = Math.min(across, down);
    const toWidth = Math.max(1, Math.round(width * scale));
    const toHeight = Math.max(1, Math.round(height * scale));
    return { ...whole, toWidth, toHeight, toLeft: (form.width - toWidth) >> 1, toTop: (form.height - toHeight) >> 1 };
  }
  const scale = Math.max(across, down);
  const [taken, high] = [form.width / scale, form.height / scale];
  return { ...whole, left: (width - taken) / 2, top: (height - high) / 2, width: taken, height: high };
}

function resample(plane: Plane, frame: Frame, form: PictureForm, target: Uint8Array): void {
  const across = weightsOf(plane.width, frame.left, frame.width, frame.toWidth);
  const down = weightsOf(plane.height, frame.top, frame.height, frame.toHeight);
  const rows = new Float32Array(plane.height * frame.toWidth);
  for (let row = 0; row < plane.height; row++)
    for (let column = 0; column < frame.toWidth; column++) {
      let sum = 0;
      const from = row * plane.width + across.first[column]!;
      for (let tap = 0; tap < across.taps; tap++) {
        const weight = across.values[column * across.taps + tap]!;
        if (weight !== 0) sum += weight * plane.values[from + tap]!;
      }
      rows[row * frame.toWidth + column] = sum;
    }
  for (let row = 0; row < frame.toHeight; row++)
    for (let column = 0; column < frame.toWidth; column++) {
      let sum = 0;
      for (let tap = 0; tap < down.taps; tap++) {
        const weight = down.values[row * down.taps + tap]!;
        if (weight !== 0) sum += weight * rows[(down.first[row]! + tap) * frame.toWidth + column]!;
      }
      target[(row + frame.toTop) * form.width + column + frame.toLeft] = Math.min(255, Math.max(0, Math.round(sum)));
    }
}

/** Writes [channels, height, width] into `target`, which holds zeros; what `contain` leaves over stays so. */
export function fillPicture(image: DecodedImage, form: PictureForm, target: Uint8Array): void {
  const pixels = form.width * form.height;
  const isSame = image.width === form.width && image.height === form.height;
  if (isSame && image.bits === 8 && image.channels === 1 && form.channels === 1) {
    target.set(image.data);
    return;
  }
  planesOf(image, form.channels).forEach((plane, channel) => {
    const part = target.subarray(channel * pixels, (channel + 1) * pixels);
    if (isSame) for (let pixel = 0; pixel < pixels; pixel++) part[pixel] = Math.round(plane.values[pixel]!);
    else resample(plane, frameOf(plane, form), form, part);
  });
}
