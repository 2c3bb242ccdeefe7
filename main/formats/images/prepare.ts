/** Images of any size and kind as samples of one: the size, grey or colour, 8 bits, channel by channel. Pure, on pixels. */
import type { DecodedImage } from './decoded-image';
import { resize, type Part, type Resampling } from './resize';

/** How an image of another shape is brought into the frame. */
export type Fit =
  /** Both sides as they must be; shapes change. */
  | 'stretch'
  /** The frame is filled; what stands over is cut off, on both sides alike. */
  | 'crop'
  /** All of it is seen; the rest of the frame is background. */
  | 'contain';

export interface Preparation {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly fit: Fit;
  readonly resampling: Resampling;
  /** Behind what is clear, and beside what does not fill the frame: red, green, blue, 0 … 255. */
  readonly background: readonly [number, number, number];
}

/** Of 16 bits the upper 8, rounded: 65535 is 257 times 255. */
export function toEightBits(image: DecodedImage): DecodedImage & { readonly bits: 8 } {
  if (image.bits === 8) return image;
  const data = new Uint8Array(image.data.length);
  for (let index = 0; index < data.length; index++) data[index] = image.data[index]! / 257 + 0.5;
  return { width: image.width, height: image.height, channels: image.channels, bits: 8, data };
}

/** The image in front of one colour. */
export function compose(
  image: DecodedImage & { readonly bits: 8 },
  background: Preparation['background'],
): DecodedImage & { readonly bits: 8 } {
  if (image.channels !== 4) return image;
  const data = new Uint8Array(image.width * image.height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    const opacity = image.data[from + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      data[to + channel] = (image.data[from + channel]! * opacity + background[channel as 0 | 1 | 2] * (255 - opacity)) / 255 + 0.5;
    }
  }
  return { width: image.width, height: image.height, channels: 3, bits: 8, data };
}

/** Luma of ITU-R BT.601, in 65,536ths as Pillow has it. */
const luma = (red: number, green: number, blue: number): number => (red * 19_595 + green * 38_470 + blue * 7_471 + 32_768) >>> 16;

export function toChannels(image: DecodedImage & { readonly bits: 8 }, channels: 1 | 3): DecodedImage & { readonly bits: 8 } {
  if (image.channels === channels) return image;
  const { width, height } = image;
  const data = new Uint8Array(width * height * channels);
  if (channels === 3) for (let pixel = 0; pixel < width * height; pixel++) data.fill(image.data[pixel]!, 3 * pixel, 3 * pixel + 3);
  else {
    for (let pixel = 0, from = 0; pixel < data.length; pixel++, from += image.channels) {
      data[pixel] = luma(image.data[from]!, image.data[from + 1]!, image.data[from + 2]!);
    }
  }
  return { width, height, channels, bits: 8, data };
}

/** The part of the image that has the shape of the frame, from its middle. */
function middlePart(image: DecodedImage, width: number, height: number): Part {
  const scale = Math.min(image.width / width, image.height / height);
  const [partWidth, partHeight] = [width * scale, height * scale];
  return { left: (image.width - partWidth) / 2, top: (image.height - partHeight) / 2, width: partWidth, height: partHeight };
}

function contained(image: DecodedImage & { readonly bits: 8 }, { width, height, resampling, background }: Preparation): DecodedImage {
  const scale = Math.min(width / image.width, height / image.height);
  const [innerWidth, innerHeight] = [Math.max(1, Math.round(image.width * scale)), Math.max(1, Math.round(image.height * scale))];
  const inner = resize(image, innerWidth, innerHeight, resampling);
  if (innerWidth === width && innerHeight === height) return inner;
  const { channels } = inner;
  const frame = channels === 1 ? [luma(...background)] : background;
  const data = new Uint8Array(width * height * channels);
  for (let index = 0; index < data.length; index++) data[index] = frame[index % channels]!;
  const [left, top] = [(width - innerWidth) >> 1, (height - innerHeight) >> 1];
  for (let row = 0; row < innerHeight; row++) {
    const start = row * innerWidth * channels;
    data.set(inner.data.subarray(start, start + innerWidth * channels), ((top + row) * width + left) * channels);
  }
  return { width, height, channels, bits: 8, data };
}

/** Channel by channel (CHW) from pixel by pixel (HWC). */
function toPlanes({ width, height, channels, data }: DecodedImage): Uint8Array {
  if (channels === 1) return Uint8Array.from(data);
  const pixels = width * height;
  const planes = new Uint8Array(pixels * channels);
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0, from = channel; pixel < pixels; pixel++, from += channels) planes[channel * pixels + pixel] = data[from]!;
  }
  return planes;
}

/** One sample, [channels, height, width], 0 … 255. It shares no memory with the image. */
export function prepareImage(image: DecodedImage, preparation: Preparation): Uint8Array {
  const { width, height, channels, fit, resampling, background } = preparation;
  const plain = toChannels(compose(toEightBits(image), background), channels);
  switch (fit) {
    case 'stretch':
      return toPlanes(resize(plain, width, height, resampling));
    case 'crop':
      return toPlanes(resize(plain, width, height, resampling, middlePart(plain, width, height)));
    case 'contain':
      return toPlanes(contained(plain, preparation));
  }
}
