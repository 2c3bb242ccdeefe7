/** WebP files that Pillow wrote, changed chunk by chunk. */
import { ascii, changed, little32, malformed, type FileOf, type Malformed } from './malformed';

const corrupt = 'image.corrupt';
const truncated = 'image.truncated';
const unsupported = 'image.unsupported';

const riff = (...chunks: readonly (readonly number[])[]): readonly number[] => {
  const body = [...ascii('WEBP'), ...chunks.flat()];
  return [...ascii('RIFF'), ...little32(body.length), ...body];
};
const chunk = (name: string, body: readonly number[], length = body.length): readonly number[] => [
  ...[...ascii(name), ...little32(length), ...body],
  ...(body.length % 2 === 1 ? [0] : []),
];
/** A canvas of VP8X: its flags, and its sides less one in 24 bits each. */
const canvas = (flags: number, width: number, height: number): readonly number[] =>
  chunk('VP8X', [flags, 0, 0, 0, ...little32(width - 1).slice(0, 3), ...little32(height - 1).slice(0, 3)]);

export function malformedWebp(fileOf: FileOf): readonly Malformed[] {
  const [lossy, lossless] = [fileOf('webp/lossy'), fileOf('webp/lossless')];
  const lossyBody = [...lossy.subarray(20, 20 + lossy.readUInt32LE(16))];
  const losslessBody = [...lossless.subarray(20, 20 + lossless.readUInt32LE(16))];
  const wrong = (name: string, code: string, file: Buffer, change: (copy: Buffer) => unknown): Malformed =>
    malformed(name, code, changed(file, change));
  return [
    malformed('RIFF alone', corrupt, ascii('RIFF')),
    malformed('a sound', corrupt, ascii('RIFF'), little32(4), ascii('WAVE')),
    malformed('no chunks', truncated, riff()),
    malformed('half a chunk', truncated, riff(ascii('VP8 '))),
    malformed('a chunk longer than the file', truncated, riff(chunk('VP8 ', lossyBody, 100_000))),
    malformed('a chunk of four gigabytes', truncated, riff(chunk('VP8 ', lossyBody, 0xffffffff))),
    malformed('a file longer than it is', truncated, lossy.subarray(0, -1)),
    malformed('only a canvas', truncated, riff(canvas(0, 13, 11))),
    malformed('only a profile', truncated, riff(chunk('ICCP', [1, 2, 3]))),
    malformed('an animation', unsupported, riff(canvas(2, 13, 11), chunk('ANIM', [0, 0, 0, 0, 0, 0]))),
    malformed('a canvas of 9 bytes', corrupt, riff(chunk('VP8X', [0, 0, 0, 0, 0, 0, 0, 0, 0]), chunk('VP8 ', lossyBody))),
    malformed('a canvas larger than the image', corrupt, riff(canvas(0, 14, 11), chunk('VP8 ', lossyBody))),
    malformed('a canvas smaller than the image', corrupt, riff(canvas(0, 13, 10), chunk('VP8L', losslessBody))),
    malformed('the largest canvas', corrupt, riff(canvas(0, 2 ** 24, 2 ** 24), chunk('VP8 ', lossyBody))),
    malformed('an empty image', truncated, riff(chunk('VP8 ', []))),
    malformed('nine bytes of an image', truncated, riff(chunk('VP8 ', lossyBody.slice(0, 9)))),
    malformed('four bytes of a lossless image', truncated, riff(chunk('VP8L', losslessBody.slice(0, 4)))),
    malformed('a lossy image cut in the middle', corrupt, riff(chunk('VP8 ', lossyBody.slice(0, 40)))),
    malformed('a lossless image cut in the middle', corrupt, riff(chunk('VP8L', losslessBody.slice(0, 40)))),
    wrong('a frame that needs another', corrupt, lossy, (copy) => copy.writeUInt8(copy[20]! | 1, 20)),
    wrong('no start code', corrupt, lossy, (copy) => copy.writeUInt8(0, 23)),
    wrong('half a start code', corrupt, lossy, (copy) => copy.writeUInt8(0, 25)),
    wrong('no width', 'image.empty', lossy, (copy) => copy.writeUInt16LE(0, 26)),
    wrong('no height', 'image.empty', lossy, (copy) => copy.writeUInt16LE(0, 28)),
    wrong('the largest lossy image', 'image.too-large', lossy, (copy) => copy.fill(0xff, 26, 30)),
    wrong('a lossy image with a larger side', corrupt, lossy, (copy) => copy.writeUInt16LE(5000, 26)),
    wrong('a first part longer than the frame', corrupt, lossy, (copy) => copy.fill(0xff, 21, 23)),
    wrong('a profile that nobody knows', corrupt, lossy, (copy) => copy.writeUInt8(copy[20]! | 0x0e, 20)),
    wrong('no lossless signature', corrupt, lossless, (copy) => copy.writeUInt8(0, 20)),
    wrong('the largest lossless image', 'image.too-large', lossless, (copy) => copy.writeUInt32LE(0x0fffffff, 21)),
    wrong('a lossless version that nobody knows', corrupt, lossless, (copy) => copy.writeUInt8(copy[24]! | 0xe0, 24)),
    wrong('zeros for lossless data', corrupt, lossless, (copy) => copy.fill(0xff, 25)),
  ];
}
