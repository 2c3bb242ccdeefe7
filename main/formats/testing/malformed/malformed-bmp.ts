/** BMP files that Pillow wrote, changed, and runs made by hand. */
import { ascii, changed, little16, little32, malformed, type FileOf, type Malformed } from './malformed';

/** 4×2 pixels, a palette of two colours, and the given runs. */
const runs = (compression: number, bits: number, body: readonly number[]): readonly number[] => [
  ...[...ascii('BM'), ...little32(62 + body.length), ...little32(0), ...little32(62)],
  ...[...little32(40), ...little32(4), ...little32(2), ...little16(1), ...little16(bits), ...little32(compression)],
  ...[...little32(body.length), ...little32(0), ...little32(0), ...little32(2), ...little32(0)],
  ...[0, 0, 0, 0, 255, 255, 255, 0],
  ...body,
];

const corrupt = 'image.corrupt';
const truncated = 'image.truncated';

export function malformedBmp(fileOf: FileOf): readonly Malformed[] {
  const [rgb, palette, masks] = [fileOf('bmp/rgb'), fileOf('bmp/palette'), fileOf('bmp/masks-32')];
  const wrong = (name: string, code: string, change: (copy: Buffer) => unknown, file = rgb): Malformed =>
    malformed(name, code, changed(file, change));
  return [
    malformed('two letters', truncated, ascii('BM')),
    malformed('half a header', truncated, rgb.subarray(0, 20)),
    malformed('a header cut short', truncated, rgb.subarray(0, 50)),
    malformed('no pixels', truncated, rgb.subarray(0, 54)),
    malformed('one byte missing', truncated, rgb.subarray(0, -1)),
    wrong('a header of 13 bytes', corrupt, (copy) => copy.writeUInt32LE(13, 14)),
    wrong('a header of four gigabytes', corrupt, (copy) => copy.writeUInt32LE(0xffffffff, 14)),
    wrong('a header that is empty', corrupt, (copy) => copy.writeUInt32LE(0, 14)),
    wrong('no width', 'image.empty', (copy) => copy.writeInt32LE(0, 18)),
    wrong('a negative width', 'image.empty', (copy) => copy.writeInt32LE(-13, 18)),
    wrong('no height', 'image.empty', (copy) => copy.writeInt32LE(0, 22)),
    wrong('two billion columns', 'image.too-large', (copy) => copy.writeInt32LE(0x7fffffff, 18)),
    wrong('the most negative height', 'image.too-large', (copy) => copy.writeInt32LE(-0x80000000, 22)),
    wrong('one row more', truncated, (copy) => copy.writeInt32LE(12, 22)),
    wrong('one row more, from above', truncated, (copy) => copy.writeInt32LE(-12, 22)),
    wrong('one column more than the padding holds', truncated, (copy) => copy.writeInt32LE(15, 18)),
    wrong('4000×4000 pixels in a small file', truncated, (copy) => {
      copy.writeInt32LE(4000, 18);
      copy.writeInt32LE(4000, 22);
    }),
    wrong('no bits', corrupt, (copy) => copy.writeUInt16LE(0, 28)),
    wrong('2 bits', corrupt, (copy) => copy.writeUInt16LE(2, 28)),
    wrong('64 bits', corrupt, (copy) => copy.writeUInt16LE(64, 28)),
    wrong('32 bits of which there are 24', truncated, (copy) => copy.writeUInt16LE(32, 28)),
    wrong('a JPEG inside', 'image.unsupported', (copy) => copy.writeUInt32LE(4, 30)),
    wrong('a PNG inside', 'image.unsupported', (copy) => copy.writeUInt32LE(5, 30)),
    wrong('a compression that nobody knows', 'image.unsupported', (copy) => copy.writeUInt32LE(99, 30)),
    wrong('runs of 24 bits', corrupt, (copy) => copy.writeUInt32LE(1, 30)),
    wrong('masks of 24 bits', corrupt, (copy) => copy.writeUInt32LE(3, 30)),
    wrong('pixels within the header', corrupt, (copy) => copy.writeUInt32LE(20, 10)),
    wrong('pixels behind the end', truncated, (copy) => copy.writeUInt32LE(copy.length, 10)),
    wrong('pixels at four gigabytes', truncated, (copy) => copy.writeUInt32LE(0xffffffff, 10)),
    wrong('a palette shorter than the indices', corrupt, (copy) => copy.writeUInt32LE(2, 46), palette),
    wrong('a mask with a gap', corrupt, (copy) => copy.writeUInt32LE(0xf0f000, 54), masks),
    wrong('a mask of single bits', corrupt, (copy) => copy.writeUInt32LE(0x81, 58), masks),
    malformed('runs that stop', truncated, runs(1, 8, [2, 1])),
    malformed('a run beyond its row', corrupt, runs(1, 8, [5, 1, 0, 1])),
    malformed('a run above the image', corrupt, runs(1, 8, [4, 1, 0, 0, 4, 1, 0, 0, 1, 1, 0, 1])),
    malformed('rows above the image', corrupt, runs(1, 8, [0, 0, 0, 0, 0, 0, 0, 1])),
    malformed('a move out of the image', corrupt, runs(1, 8, [0, 2, 5, 0, 0, 1])),
    malformed('a move that stops', truncated, runs(1, 8, [0, 2, 1])),
    malformed('single pixels that stop', truncated, runs(1, 8, [0, 4, 1, 1])),
    malformed('single pixels beyond their row', corrupt, runs(2, 4, [0, 5, 1, 1, 1, 0, 0, 1])),
    malformed('an index without a colour', corrupt, runs(1, 8, [4, 7, 0, 1])),
  ];
}
