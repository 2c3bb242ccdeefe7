/** JPEG files that Pillow wrote, changed segment by segment. */
import { ascii, changed, malformed, spliced, type FileOf, type Malformed } from './malformed';

/** Where a marker stands: FF and its code, not within coded data of these small files. */
const markerAt = (file: Buffer, code: number): number => file.indexOf(Uint8Array.from([0xff, code]));

const corrupt = 'image.corrupt';
const truncated = 'image.truncated';
const unsupported = 'image.unsupported';

export function malformedJpeg(fileOf: FileOf): readonly Malformed[] {
  const rgb = fileOf('jpeg/full-colour');
  const progressive = fileOf('jpeg/progressive');
  const grey = fileOf('jpeg/grey');
  const [frame, scan, tables, huffman] = [0xc0, 0xda, 0xdb, 0xc4].map((code) => markerAt(rgb, code)) as [number, number, number, number];
  const wrong = (name: string, code: string, change: (copy: Buffer) => unknown): Malformed => malformed(name, code, changed(rgb, change));
  const frameOf = (code: number): Malformed => wrong(`frame ${code.toString(16)}`, unsupported, (copy) => copy.writeUInt8(code, frame + 1));
  const end = rgb.length - 2;
  return [
    malformed('two bytes', truncated, rgb.subarray(0, 2)),
    malformed('an end at once', corrupt, [0xff, 0xd8, 0xff, 0xd9]),
    malformed('no frame', corrupt, spliced(rgb, frame, scan - frame)),
    malformed('a frame cut short', truncated, rgb.subarray(0, frame + 6)),
    malformed('no scan', corrupt, rgb.subarray(0, scan), [0xff, 0xd9]),
    malformed('a scan before the frame', corrupt, rgb.subarray(0, frame), rgb.subarray(scan)),
    malformed('two frames', corrupt, rgb.subarray(0, scan), rgb.subarray(frame, frame + 19), rgb.subarray(scan)),
    malformed('no end', truncated, rgb.subarray(0, end)),
    malformed('half an end', truncated, rgb.subarray(0, end + 1)),
    malformed('coded data cut in the middle', truncated, rgb.subarray(0, scan + 30)),
    malformed('something between segments', corrupt, spliced(rgb, tables, 0, [0])),
    malformed('a second beginning', corrupt, spliced(rgb, tables, 0, [0xff, 0xd8])),
    malformed('a restart outside of a scan', corrupt, spliced(rgb, tables, 0, [0xff, 0xd0])),
    malformed('an unknown marker', corrupt, spliced(rgb, tables, 0, [0xff, 0x01, 0, 2])),
    wrong('a segment of no bytes', corrupt, (copy) => copy.writeUInt16BE(0, tables + 2)),
    wrong('a segment of one byte', corrupt, (copy) => copy.writeUInt16BE(1, tables + 2)),
    wrong('a segment longer than the file', truncated, (copy) => copy.writeUInt16BE(0xffff, huffman + 2)),
    wrong('no width', 'image.empty', (copy) => copy.writeUInt16BE(0, frame + 7)),
    wrong('no height', 'image.empty', (copy) => copy.writeUInt16BE(0, frame + 5)),
    wrong('the largest sides', 'image.too-large', (copy) => copy.fill(0xff, frame + 5, frame + 9)),
    wrong('4000×4000 pixels in a small file', truncated, (copy) => {
      copy.writeUInt16BE(4000, frame + 5);
      copy.writeUInt16BE(4000, frame + 7);
    }),
    wrong('12 bits', unsupported, (copy) => copy.writeUInt8(12, frame + 4)),
    wrong('no components', corrupt, (copy) => copy.writeUInt8(0, frame + 9)),
    wrong('two components', corrupt, (copy) => copy.writeUInt8(2, frame + 9)),
    wrong('CMYK', unsupported, (copy) => copy.writeUInt8(4, frame + 9)),
    wrong('one component, described as three', corrupt, (copy) => copy.writeUInt8(1, frame + 9)),
    wrong('a frame that is too short', corrupt, (copy) => copy.writeUInt16BE(5, frame + 2)),
    ...[0xc3, 0xc5, 0xc9, 0xcf].map(frameOf),
    wrong('a sampling factor of 0', corrupt, (copy) => copy.writeUInt8(0x01, frame + 11)),
    wrong('a sampling factor of 15', corrupt, (copy) => copy.writeUInt8(0xff, frame + 11)),
    wrong('a quantization table that is not there', corrupt, (copy) => copy.writeUInt8(3, frame + 12)),
    wrong('Huffman codes of which there are too many', corrupt, (copy) => copy.fill(0xff, huffman + 5, huffman + 21)),
    wrong('a scan of components that are not there', corrupt, (copy) => copy.writeUInt8(9, scan + 5)),
    malformed('thousands of scans', unsupported, progressive.subarray(0, -2), ...manyScans(fileOf('jpeg/grey-progressive')), [0xff, 0xd9]),
    malformed('no quantization table', corrupt, spliced(grey, markerAt(grey, 0xdb), markerAt(grey, 0xc0) - markerAt(grey, 0xdb))),
    malformed('a comment that reaches over the end', truncated, [0xff, 0xd8, 0xff, 0xfe, 0xff, 0xff], ascii('hello')),
  ];
}

/** The first scan's header again and again, each of a few bytes: more work than the size of the file promises. */
function manyScans(file: Buffer): readonly Uint8Array[] {
  const at = markerAt(file, 0xda);
  const header = file.subarray(at, at + 2 + file.readUInt16BE(at + 2));
  return Array.from({ length: 5000 }, () => Buffer.concat([header, Uint8Array.from([0])]));
}
