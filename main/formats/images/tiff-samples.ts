/** The samples of a TIFF image gathered from its strips or tiles, as one would find them in one plain strip. Pure, on bytes. */
import { inflateExactly } from './inflate';
import { truncated } from './reading';
import { unpackedBound } from '../gzip';
import type { TiffLayout } from './tiff-layout';
import { unpackBits, unpackTiffCodes } from './tiff-unpack';

function unpackSegment(packed: Uint8Array, expected: number, offset: number, compression: TiffLayout['compression']): Uint8Array {
  switch (compression) {
    case 'none':
      return packed.length < expected ? truncated('TIFF', offset + packed.length) : packed.subarray(0, expected);
    case 'lzw':
      return unpackTiffCodes(packed, expected, offset);
    case 'deflate':
      if (expected > unpackedBound(packed.length)) truncated('TIFF', offset + packed.length);
      return inflateExactly('TIFF', packed, expected, offset);
    case 'pack-bits':
      return unpackBits(packed, expected, offset);
  }
}

/** Adds to each sample its left neighbour's, in place (section 14). */
function sum(values: Uint8Array | Uint16Array, rowLength: number, samples: number): void {
  for (let start = 0; start < values.length; start += rowLength) {
    for (let at = start + samples; at < start + rowLength; at++) values[at] = values[at]! + values[at - samples]!;
  }
}

function toWords(bytes: Uint8Array, littleEndian: boolean): Uint16Array {
  const words = new Uint16Array(bytes.length >> 1);
  const [low, high] = littleEndian ? [0, 1] : [1, 0];
  for (let index = 0; index < words.length; index++) words[index] = bytes[2 * index + low]! | (bytes[2 * index + high]! << 8);
  return words;
}

/** Row by row, pixel by pixel, sample by sample; samples of less than 8 bits packed, each row beginning at a whole byte. */
export function readSamples(bytes: Uint8Array, layout: TiffLayout): Uint8Array | Uint16Array {
  const { width, height, bits, samples, separatePlanes, segmentWidth, segmentHeight, segments, compression } = layout;
  const inSegment = separatePlanes ? 1 : samples;
  const packedRows = bits < 8;
  // Where bits are packed, a row is so many whole bytes; a tile's width is a multiple of 16.
  const rowLength = packedRows ? Math.ceil((width * bits) / 8) : width * samples;
  const segmentRow = packedRows ? Math.ceil((segmentWidth * bits) / 8) : segmentWidth * inSegment;
  const whole = bits === 16 ? new Uint16Array(rowLength * height) : new Uint8Array(rowLength * height);
  const across = Math.ceil(width / segmentWidth);
  const down = Math.ceil(height / segmentHeight);
  segments.forEach(({ offset, length }, index) => {
    const plane = Math.floor(index / (across * down));
    const [column, row] = [index % across, Math.floor(index / across) % down];
    // The last strip has only the rows that are left; a tile is always whole.
    const rows = segmentWidth === width && across === 1 ? Math.min(segmentHeight, height - row * segmentHeight) : segmentHeight;
    const unpacked = unpackSegment(bytes.subarray(offset, offset + length), segmentRow * rows * (bits === 16 ? 2 : 1), offset, compression);
    let values = bits === 16 ? toWords(unpacked, layout.littleEndian) : unpacked;
    if (layout.differences) {
      // What is not packed is a part of the file, which is not ours to change.
      if (compression === 'none' && bits !== 16) values = values.slice();
      sum(values, segmentRow, inSegment);
    }
    const left = column * segmentRow;
    const kept = Math.min(rows, height - row * segmentHeight);
    for (let line = 0; line < kept; line++) {
      const to = (row * segmentHeight + line) * rowLength;
      if (separatePlanes) {
        const columns = Math.min(segmentWidth, width - column * segmentWidth);
        for (let x = 0; x < columns; x++) whole[to + (column * segmentWidth + x) * samples + plane] = values[line * segmentRow + x]!;
      } else {
        whole.set(values.subarray(line * segmentRow, line * segmentRow + Math.min(segmentRow, rowLength - left)), to + left);
      }
    }
  });
  return whole;
}
