/** Checksums of changed files mended, so that readers look behind them. */
import { crc32 } from 'node:zlib';

/** The CRC of every chunk of PNG that is still where its length says. */
export function repairPng(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) break;
    view.setUint32(end, crc32(bytes.subarray(at + 4, end)));
    at = end + 4;
  }
  return bytes;
}

const signature = { record: 0x02014b50, end: 0x06054b50 } as const;

/** The place and size of a ZIP archive's directory, and the checksums of entries that are stored, as the directory has them. */
export function repairZip(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const find = (wanted: number, from: number, step: 1 | -1): number => {
    for (let at = from; at >= 0 && at + 22 <= bytes.length; at += step) if (view.getUint32(at, true) === wanted) return at;
    return -1;
  };
  const end = find(signature.end, bytes.length - 22, -1);
  const start = find(signature.record, 0, 1);
  if (end < 0 || start < 0 || start > end) return bytes;
  view.setUint32(end + 12, end - start, true);
  view.setUint32(end + 16, start, true);
  let count = 0;
  for (let at = start; at + 46 <= end && view.getUint32(at, true) === signature.record; count++) {
    const [local, packed] = [view.getUint32(at + 42, true), view.getUint32(at + 20, true)];
    if (local + 30 <= start && view.getUint16(at + 10, true) === 0) {
      const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
      if (from + packed <= start) view.setUint32(at + 16, crc32(bytes.subarray(from, from + packed)), true);
    }
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  view.setUint16(end + 8, count, true);
  view.setUint16(end + 10, count, true);
  return bytes;
}
