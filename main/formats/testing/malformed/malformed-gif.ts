/** GIF files made by hand: 2×2 pixels of four colours. */
import { ascii, little16, malformed, type Malformed } from './malformed';

const screen = (packed = 0x81, width = 2, height = 2): readonly number[] => [
  ...ascii('GIF89a'),
  ...little16(width),
  ...little16(height),
  packed,
  0,
  0,
];
const colours = [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255];
const image = (packed = 0, left = 0, top = 0, width = 2, height = 2): readonly number[] => [
  ...[0x2c, ...little16(left), ...little16(top), ...little16(width), ...little16(height), packed],
];
const trailer = [0x3b];

/** Codes of 3 bits, the first in the lowest: clear is 4, end is 5. */
function codes(list: readonly number[]): readonly number[] {
  const bytes: number[] = [];
  list.forEach((code, index) => {
    for (let bit = 0; bit < 3; bit++) {
      const at = 3 * index + bit;
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (((code >> bit) & 1) << (at & 7));
    }
  });
  return [2, bytes.length, ...bytes, 0];
}
const good = codes([4, 0, 1]).concat();
const start = [...screen(), ...colours];

const corrupt = 'image.corrupt';
const truncated = 'image.truncated';

export const malformedGif = (): readonly Malformed[] => [
  malformed('six letters', truncated, ascii('GIF89a')),
  malformed('half a screen', truncated, screen().slice(0, 10)),
  malformed('no colours', truncated, screen()),
  malformed('no image, cut', truncated, start),
  malformed('no image', corrupt, start, trailer),
  malformed('an unknown block', corrupt, start, [0x77], trailer),
  malformed('a zero for a block', corrupt, start, [0], trailer),
  malformed('an extension that stops', truncated, start, [0x21]),
  malformed('an extension without an end', truncated, start, [0x21, 0xfe, 3, 1, 2, 3]),
  malformed('an extension longer than the file', truncated, start, [0x21, 0xfe, 255, 1, 2, 3]),
  malformed('a control that stops', truncated, start, [0x21, 0xf9, 4, 1, 0]),
  malformed('half an image', truncated, start, image().slice(0, 6)),
  malformed('an image without colours', corrupt, screen(0), image(), good, trailer),
  malformed('own colours cut short', truncated, screen(0), image(0x87), colours),
  malformed('no width', 'image.empty', start, image(0, 0, 0, 0, 2), good, trailer),
  malformed('no height', 'image.empty', start, image(0, 0, 0, 2, 0), good, trailer),
  malformed('the largest image', 'image.too-large', start, image(0, 0, 0, 65_535, 65_535), good, trailer),
  malformed('the largest screen', 'image.too-large', screen(0x81, 65_535, 65_535), colours, image(), good, trailer),
  malformed('an image far to the right', 'image.too-large', start, image(0, 65_535, 0), good, trailer),
  malformed('an image far below', 'image.too-large', start, image(0, 0, 65_535), good, trailer),
  malformed('more pixels than the data can hold', truncated, start, image(0, 0, 0, 4000, 4000), good, trailer),
  malformed('no data', truncated, start, image()),
  malformed('a code size alone', truncated, start, image(), [2]),
  malformed('codes of no bits', corrupt, start, image(), [0, 1, 0, 0], trailer),
  malformed('codes of 12 bits', corrupt, start, image(), [12, 1, 0, 0], trailer),
  malformed('codes of 255 bits', corrupt, start, image(), [255, 1, 0, 0], trailer),
  malformed('an empty block of data', truncated, start, image(), [2, 0], trailer),
  malformed('a block longer than the file', truncated, start, image(), [2, 255, 0x44]),
  malformed('too few pixels', truncated, start, image(), codes([4, 0, 1, 2, 5]), trailer),
  malformed('an end at once', truncated, start, image(), codes([4, 5]), trailer),
  malformed('only clearing', truncated, start, image(), codes([4, 4, 4, 4, 4]), trailer),
  malformed('a first code that is not yet made', corrupt, start, image(), codes([4, 6, 1]), trailer),
  malformed('a code from the future', corrupt, start, image(), codes([4, 0, 7]), trailer),
  malformed('a colour that is not there', corrupt, screen(0x80), colours.slice(0, 6), image(), codes([4, 2, 3, 2, 3]), trailer),
];
