/** Gzip files and archives of arrays, made by hand and changed. */
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { ascii, big32, changed, little16, little32, malformed, spliced, type Malformed } from './malformed';

const packed = gzipSync(Buffer.from('some text that is packed, some text that is packed'));
const body = packed.subarray(10, -8);
const tail = packed.subarray(-8);
const head = packed.subarray(0, 10);

export function malformedGzip(): readonly Malformed[] {
  const corrupt = 'gzip.corrupt';
  const truncated = 'gzip.truncated';
  const at = (name: string, code: string, place: number, value: number): Malformed =>
    malformed(
      name,
      code,
      changed(packed, (copy) => copy.writeUInt8(value, place)),
    );
  return [
    malformed('nothing', truncated, []),
    malformed('a magic number alone', truncated, head.subarray(0, 2)),
    malformed('half a header', truncated, head.subarray(0, 5)),
    malformed('a header alone', truncated, head),
    malformed('half the data', truncated, packed.subarray(0, 25)),
    malformed('no checksum', truncated, packed.subarray(0, -8)),
    malformed('half a checksum', truncated, packed.subarray(0, -6)),
    malformed('no length', truncated, packed.subarray(0, -4)),
    malformed('one byte missing', truncated, packed.subarray(0, -1)),
    at('another first byte', corrupt, 0, 0x1e),
    at('another second byte', corrupt, 1, 0x8c),
    at('method 0', corrupt, 2, 0),
    at('method 255', corrupt, 2, 255),
    at('reserved flags', corrupt, 3, 0xe0),
    at('a checksum of the header that is missing', corrupt, 3, 2),
    at('a wrong checksum', corrupt, packed.length - 8, packed.at(-8)! ^ 1),
    at('a wrong length', corrupt, packed.length - 1, 1),
    malformed('a checksum of zeros', corrupt, head, body, new Uint8Array(4), tail.subarray(4)),
    malformed('a length of four gigabytes', corrupt, head, body, tail.subarray(0, 4), little32(0xffffffff)),
    malformed('a block of a fourth kind', corrupt, head, [7], body.subarray(1), tail),
    malformed('a stored block whose length does not fit', corrupt, head, [1, 5, 0, 5, 0], ascii('hello'), tail),
    malformed('a stored block that ends early', truncated, head, [1, 5, 0, 0xfa, 0xff], ascii('hel')),
    malformed('a distance before the beginning', corrupt, head, [0x4b, 0x04, 0x42, 0x00], tail),
    malformed('codes of which there are too many', corrupt, head, [0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], tail),
    malformed('ones', corrupt, head, new Uint8Array(40).fill(255), tail),
    malformed(
      'a name without an end',
      truncated,
      changed(head, (copy) => copy.writeUInt8(8, 3)),
      ascii('name'),
    ),
    malformed(
      'an extra field longer than the file',
      truncated,
      changed(head, (copy) => copy.writeUInt8(4, 3)),
      little16(5000),
      ascii('x'),
    ),
    malformed('zlib instead of gzip', corrupt, [0x78, 0x9c], body, tail),
    malformed('a ZIP archive', corrupt, ascii('PK\x03\x04'), packed),
    malformed('one byte more', truncated, packed, [1]),
    malformed('a text behind it', corrupt, packed, ascii('more')),
    malformed('a bomb', 'gzip.too-long', gzipSync(Buffer.alloc(8_000_000))),
    malformed('a bomb in many parts', 'gzip.too-long', ...Array.from({ length: 20 }, () => gzipSync(Buffer.alloc(100_000)))),
  ];
}

/** An array of two float32, with a header in Python's words. */
function npy(header: string, values = [...little32(0x3f800000), ...little32(0x40000000)]): Uint8Array {
  const text = `${header.padEnd(117)}\n`;
  return Uint8Array.from([0x93, ...ascii('NUMPY'), 1, 0, ...little16(text.length), ...ascii(text), ...values]);
}
const described = (kind: string, order: string, shape: string): string =>
  `{'descr': '${kind}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
const good = npy(described('<f4', 'False', '(2,)'));
const archive = (entries: Readonly<Record<string, Uint8Array>>): Buffer => Buffer.from(zipSync(entries, { level: 0 }));
const whole = archive({ 'w.npy': good });

export function malformedNpz(): readonly Malformed[] {
  const record = whole.indexOf('PK\x01\x02', 0, 'latin1');
  const of = (name: string, code: string, array: Uint8Array): Malformed => malformed(name, code, archive({ 'w.npy': array }));
  const wrong = (name: string, code: string, change: (copy: Buffer) => unknown): Malformed => malformed(name, code, changed(whole, change));
  return [
    malformed('nothing', 'zip.no-directory', []),
    malformed('an array without its archive', 'zip.no-directory', good),
    malformed('an archive cut short', 'zip.no-directory', whole.subarray(0, -1)),
    malformed('an archive of texts', 'npz.empty', archive({ 'a.txt': good })),
    malformed('an empty archive', 'npz.empty', archive({})),
    malformed('an array outside of its folder', 'zip.path-parent', archive({ '../w.npy': good })),
    malformed('an array at the root', 'zip.path-absolute', archive({ '/w.npy': good })),
    malformed('an array with the name of a device', 'zip.path-device', archive({ 'nul.npy': good })),
    wrong('an encrypted array', 'zip.encrypted', (copy) => copy.writeUInt16LE(1, record + 8)),
    wrong('an array packed in another way', 'zip.method', (copy) => copy.writeUInt16LE(14, record + 10)),
    wrong('a wrong checksum', 'zip.checksum', (copy) => copy.writeUInt32LE(1, record + 16)),
    wrong('a size that does not fit', 'zip.entry', (copy) => copy.writeUInt32LE(1, record + 24)),
    wrong('no local header', 'zip.entry', (copy) => copy.writeUInt32LE(0, 0)),
    of('no array', 'npy.truncated', new Uint8Array(0)),
    of('a text', 'npy.magic', Uint8Array.from(ascii('this is a text and no array of numbers'))),
    of('a magic number alone', 'npy.truncated', good.subarray(0, 6)),
    of('half a header', 'npy.truncated', good.subarray(0, 50)),
    of(
      'version 9',
      'npy.version',
      changed(Buffer.from(good), (copy) => copy.writeUInt8(9, 6)),
    ),
    of(
      'a header of 65535 bytes',
      'npy.truncated',
      changed(Buffer.from(good), (copy) => copy.writeUInt16LE(65_535, 8)),
    ),
    of('one byte missing', 'npy.truncated', good.subarray(0, -1)),
    of('one byte too many', 'npy.trailing-bytes', Uint8Array.from([...good, 0])),
    of('more elements than there are', 'npy.truncated', npy(described('<f4', 'False', '(3,)'))),
    of('more elements than can be', 'npy.too-large', npy(described('<f4', 'False', '(4294967296, 4294967296)'))),
    of('a negative size', 'npy.header', npy(described('<f4', 'False', '(-2,)'))),
    of('a shape that is no tuple', 'npy.header', npy(described('<f4', 'False', '2'))),
    of('an order that is none', 'npy.header', npy(described('<f4', 'None', '(2,)'))),
    of('a header that is no dictionary', 'npy.header', npy('[1, 2, 3]')),
    of('a header that calls', 'npy.header', npy("__import__('os').system('true')")),
    of('a header nested a thousand times', 'npy.header', npy('('.repeat(1000))),
    of('objects', 'npy.objects', npy(described('|O', 'False', '(2,)'))),
    of('complex numbers', 'npy.type', npy(described('<c8', 'False', '(1,)'))),
    of('texts', 'npy.type', npy(described('<U1', 'False', '(2,)'))),
    malformed('something before it', 'zip.corrupt', big32(0), whole),
    malformed('something in the middle', 'zip.corrupt', spliced(whole, 40, 0, [0])),
  ];
}
