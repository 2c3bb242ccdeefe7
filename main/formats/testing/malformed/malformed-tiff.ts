/** TIFF files made by hand, tag by tag: 4×2 grey pixels in one strip, little-endian. */
import { changed, little16, little32, malformed, type FileOf, type Malformed } from './malformed';

type Entry = readonly [type: 1 | 3 | 4 | 5, count: number, value: number];

const usual: Readonly<Record<number, Entry>> = {
  256: [4, 1, 4],
  257: [4, 1, 2],
  258: [3, 1, 8],
  259: [3, 1, 1],
  262: [3, 1, 1],
  273: [4, 1, 8],
  277: [3, 1, 1],
  278: [4, 1, 2],
  279: [4, 1, 8],
};

/** The pixels stand behind the header, the directory behind them. A tag given as null is left out. */
function tiff(
  changes: Readonly<Record<number, Entry | null>> = {},
  pixels: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8],
): readonly number[] {
  const entries = Object.entries({ ...usual, ...changes }).filter((entry): entry is [string, Entry] => entry[1] !== null);
  const directory = entries.flatMap(([tag, [type, count, value]]) => [
    ...little16(Number(tag)),
    ...little16(type),
    ...little32(count),
    ...little32(value),
  ]);
  return [0x49, 0x49, 42, 0, ...little32(8 + pixels.length), ...pixels, ...little16(entries.length), ...directory, ...little32(0)];
}

const corrupt = 'image.corrupt';
const truncated = 'image.truncated';
const unsupported = 'image.unsupported';

export function malformedTiff(fileOf: FileOf): readonly Malformed[] {
  const [lzw, deflate, bits] = [fileOf('tiff/rgb-tiff_lzw'), fileOf('tiff/rgb-tiff_adobe_deflate'), fileOf('tiff/rgb-packbits')];
  const wrong = (name: string, code: string, changes: Readonly<Record<number, Entry | null>>, pixels?: readonly number[]): Malformed =>
    malformed(name, code, tiff(changes, pixels));
  return [
    malformed('four bytes', truncated, tiff().slice(0, 4)),
    malformed('no directory', truncated, tiff().slice(0, 16)),
    malformed('half a directory', truncated, tiff().slice(0, 60)),
    malformed('BigTIFF', corrupt, [0x49, 0x49, 43, 0], tiff().slice(4)),
    malformed('a directory within the header', corrupt, [0x49, 0x49, 42, 0, ...little32(2)], tiff().slice(8)),
    malformed('a directory behind the end', truncated, [0x49, 0x49, 42, 0, ...little32(0xfffffff0)], tiff().slice(8)),
    malformed('a directory of 65535 entries', truncated, [0x49, 0x49, 42, 0, ...little32(8), 255, 255, 0, 0]),
    wrong('no width', 'image.empty', { 256: null }),
    wrong('a width of 0', 'image.empty', { 256: [4, 1, 0] }),
    wrong('a height of 0', 'image.empty', { 257: [4, 1, 0] }),
    wrong('four billion columns', 'image.too-large', { 256: [4, 1, 0xffffffff] }),
    wrong('more pixels than are allowed', 'image.too-large', { 256: [4, 1, 60_000], 257: [4, 1, 60_000] }),
    wrong('4000×4000 pixels in a small file', truncated, { 256: [4, 1, 4000], 257: [4, 1, 4000], 278: [4, 1, 4000] }),
    wrong('a width of two numbers', corrupt, { 256: [4, 2, 8] }),
    wrong('a width of no number', corrupt, { 256: [4, 0, 8] }),
    wrong('a width that is a fraction', corrupt, { 256: [5, 1, 8] }),
    wrong('no samples', corrupt, { 277: [3, 1, 0] }),
    wrong('17 samples', corrupt, { 277: [3, 1, 17] }),
    wrong('RGB of one sample', corrupt, { 262: [3, 1, 2] }),
    wrong('three extra samples', unsupported, { 277: [3, 1, 4] }),
    wrong('32 bits', unsupported, { 258: [3, 1, 32] }),
    wrong('7 bits', unsupported, { 258: [3, 1, 7] }),
    wrong('floating point', unsupported, { 339: [3, 1, 3] }),
    wrong('CMYK', unsupported, { 262: [3, 1, 5] }),
    wrong('YCbCr', unsupported, { 262: [3, 1, 6] }),
    wrong('no meaning of the samples', unsupported, { 262: null }),
    wrong('a JPEG inside', unsupported, { 259: [3, 1, 7] }),
    wrong('a fax', unsupported, { 259: [3, 1, 4] }),
    wrong('bits from the lowest', unsupported, { 266: [3, 1, 2] }),
    wrong('predictor 3', unsupported, { 317: [3, 1, 3] }),
    wrong('planes of a third kind', corrupt, { 284: [3, 1, 3] }),
    wrong('a palette that is missing', corrupt, { 262: [3, 1, 3] }),
    wrong('no offsets', corrupt, { 273: null }),
    wrong('no lengths', corrupt, { 279: null }),
    wrong('offsets of other strips', corrupt, { 278: [4, 1, 1] }),
    wrong('a strip behind the end', truncated, { 273: [4, 1, 5000] }),
    wrong('a strip at four gigabytes', truncated, { 273: [4, 1, 0xffffffff] }),
    wrong('a strip of four gigabytes', truncated, { 279: [4, 1, 0xffffffff] }),
    wrong('a strip too short', truncated, { 279: [4, 1, 7] }),
    wrong('strips of no rows', 'image.empty', { 278: [4, 1, 0] }),
    wrong('tiles of 3×3', corrupt, { 322: [4, 1, 3], 323: [4, 1, 3], 324: [4, 1, 8], 325: [4, 1, 8] }),
    wrong('tiles larger than any image', 'image.too-large', { 322: [4, 1, 65_520], 323: [4, 1, 65_520], 324: [4, 1, 8], 325: [4, 1, 8] }),
    wrong('tiles without a height', 'image.empty', { 322: [4, 1, 16], 324: [4, 1, 8], 325: [4, 1, 8] }),
    wrong('PackBits that stop', truncated, { 259: [3, 1, 32_773] }, [7, 1, 2, 3, 4, 5, 6, 7]),
    wrong('PackBits of nothing', truncated, { 259: [3, 1, 32_773] }, [128, 128, 128, 128, 128, 128, 128, 128]),
    wrong('LZW that begins with an unknown code', corrupt, { 259: [3, 1, 5] }, [0x80, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    wrong('LZW that ends at once', truncated, { 259: [3, 1, 5] }, [0x80, 0x40, 0x40, 0, 0, 0, 0, 0]),
    wrong('Deflate that is none', corrupt, { 259: [3, 1, 8] }),
    malformed('PackBits cut in the middle', truncated, bits.subarray(0, 200)),
    malformed(
      'Deflate with a broken beginning',
      corrupt,
      changed(deflate, (copy) => copy.fill(0xff, 8, 20)),
    ),
    malformed('LZW cut in the middle', truncated, lzw.subarray(0, 100)),
  ];
}
