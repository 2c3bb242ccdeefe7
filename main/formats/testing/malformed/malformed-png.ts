/** PNG files made by hand, chunk by chunk. */
import { crc32, deflateSync } from 'node:zlib';
import { ascii, big32, malformed, type Malformed } from './malformed';

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function chunk(type: string, body: Uint8Array | readonly number[], crc?: number): Buffer {
  const named = Buffer.from([...ascii(type), ...body]);
  return Buffer.from([...big32(body.length), ...named, ...big32(crc ?? crc32(named))]);
}

type Fields = readonly [width: number, height: number, depth: number, type: number, compression: number, filter: number, interlace: number];

const ihdr = (
  change: Partial<Record<'width' | 'height' | 'depth' | 'type' | 'compression' | 'filter' | 'interlace', number>> = {},
): Buffer => {
  const { width = 2, height = 2, depth = 8, type = 0, compression = 0, filter = 0, interlace = 0 } = change;
  const fields: Fields = [width, height, depth, type, compression, filter, interlace];
  return chunk('IHDR', [...big32(fields[0]), ...big32(fields[1]), ...fields.slice(2)]);
};
/** Two rows of two grey pixels. */
const rows = [0, 1, 2, 0, 3, 4];
const idat = (raw: readonly number[] = rows): Buffer => chunk('IDAT', deflateSync(Buffer.from(raw)));
const iend = chunk('IEND', []);
const packed = deflateSync(Buffer.from(rows));

const corrupt = 'image.corrupt';
const truncated = 'image.truncated';

export const malformedPng = (): readonly Malformed[] => [
  malformed('nothing but the signature', truncated, signature),
  malformed('half a header', truncated, signature, ihdr().subarray(0, 12)),
  malformed('no header', corrupt, signature, idat(), iend),
  malformed('a header of 12 bytes', corrupt, signature, chunk('IHDR', new Array<number>(12).fill(1)), idat(), iend),
  malformed('a wrong checksum of the header', corrupt, signature, chunk('IHDR', [0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0], 5), idat(), iend),
  malformed('no width', 'image.empty', signature, ihdr({ width: 0 }), idat(), iend),
  malformed('no height', 'image.empty', signature, ihdr({ height: 0 }), idat(), iend),
  malformed('four billion columns', 'image.too-large', signature, ihdr({ width: 0xffffffff }), idat(), iend),
  malformed('a negative height', 'image.too-large', signature, ihdr({ height: 0x80000000 }), idat(), iend),
  malformed('more pixels than are allowed', 'image.too-large', signature, ihdr({ width: 60_000, height: 60_000 }), idat(), iend),
  malformed('more pixels than the data can hold', truncated, signature, ihdr({ width: 4000, height: 4000 }), idat(), iend),
  malformed('3 bits', corrupt, signature, ihdr({ depth: 3 }), idat(), iend),
  malformed('no bits', corrupt, signature, ihdr({ depth: 0 }), idat(), iend),
  malformed('16 bits and a palette', corrupt, signature, ihdr({ depth: 16, type: 3 }), idat(), iend),
  malformed('colour of 4 bits', corrupt, signature, ihdr({ depth: 4, type: 2 }), idat(), iend),
  malformed('colour type 1', corrupt, signature, ihdr({ type: 1 }), idat(), iend),
  malformed('colour type 255', corrupt, signature, ihdr({ type: 255 }), idat(), iend),
  malformed('compression method 1', corrupt, signature, ihdr({ compression: 1 }), idat(), iend),
  malformed('filter method 1', corrupt, signature, ihdr({ filter: 1 }), idat(), iend),
  malformed('interlace method 2', corrupt, signature, ihdr({ interlace: 2 }), idat(), iend),
  malformed('interlaced, with rows as they are', truncated, signature, ihdr({ interlace: 1 }), idat([0, 1, 2, 0, 3]), iend),
  malformed('no data', corrupt, signature, ihdr(), iend),
  malformed('no end', truncated, signature, ihdr(), idat()),
  malformed('a chunk longer than the file', truncated, signature, ihdr(), big32(1000), ascii('IDAT'), packed, iend),
  malformed('a chunk of four gigabytes', truncated, signature, ihdr(), big32(0xffffffff), ascii('IDAT'), packed, iend),
  malformed('a wrong checksum of the data', corrupt, signature, ihdr(), chunk('IDAT', packed, 1), iend),
  malformed('an unknown chunk that matters', 'image.unsupported', signature, ihdr(), chunk('ABCD', []), idat(), iend),
  malformed('a second header', 'image.unsupported', signature, ihdr(), ihdr(), idat(), iend),
  malformed('one byte of data missing', truncated, signature, ihdr(), idat(rows.slice(0, -1)), iend),
  malformed('one byte of data too many', corrupt, signature, ihdr(), idat([...rows, 0]), iend),
  malformed('filter type 5', corrupt, signature, ihdr(), idat([5, 1, 2, 0, 3, 4]), iend),
  malformed('filter type 255 in the second row', corrupt, signature, ihdr(), idat([0, 1, 2, 255, 3, 4]), iend),
  malformed('data that is not packed', corrupt, signature, ihdr(), chunk('IDAT', rows), iend),
  malformed('packed data cut short', truncated, signature, ihdr(), chunk('IDAT', packed.subarray(0, -5)), iend),
  malformed('packed data with a wrong checksum', corrupt, signature, ihdr(), chunk('IDAT', [...packed.subarray(0, -1), 0]), iend),
  malformed('a bomb', corrupt, signature, ihdr({ width: 100, height: 100 }), chunk('IDAT', deflateSync(Buffer.alloc(10_000_000))), iend),
  malformed('empty data', truncated, signature, ihdr(), chunk('IDAT', []), iend),
  malformed('a palette that is missing', corrupt, signature, ihdr({ type: 3 }), idat(), iend),
  malformed('a palette of four bytes', corrupt, signature, ihdr({ type: 3 }), chunk('PLTE', [1, 2, 3, 4]), idat(), iend),
  malformed('a palette of 257 colours', corrupt, signature, ihdr({ type: 3 }), chunk('PLTE', new Array<number>(771).fill(1)), idat(), iend),
  malformed('an index beyond the palette', corrupt, signature, ihdr({ type: 3 }), chunk('PLTE', [1, 2, 3, 4, 5, 6]), idat(), iend),
  malformed(
    'more opacities than colours',
    corrupt,
    signature,
    ihdr({ type: 3 }),
    chunk('PLTE', new Array<number>(15).fill(1)),
    chunk('tRNS', [1, 2, 3, 4, 5, 6]),
    idat(),
    iend,
  ),
  malformed('a clear grey of one byte', corrupt, signature, ihdr(), chunk('tRNS', [1]), idat(), iend),
];
