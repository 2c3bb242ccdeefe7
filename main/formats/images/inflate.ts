/** Unpacks a zlib stream (RFC 1950) whose unpacked length is known. Pure, on bytes. */
import { inflateSync } from 'node:zlib';
import { corrupt, truncated } from './reading';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';

/** Exactly `expected` bytes; otherwise the reading ends with a problem at `offset`, where the stream begins. */
export function inflateExactly(format: string, packed: Uint8Array, expected: number, offset: number): Uint8Array {
  let unpacked: Uint8Array;
  try {
    unpacked = inflateSync(packed, { maxOutputLength: expected });
  } catch (error) {
    switch (codeOf(error)) {
      case 'Z_BUF_ERROR':
        return truncated(format, offset + packed.length);
      case 'ERR_BUFFER_TOO_LARGE':
        return corrupt(format, offset, `zlib: > ${expected} bytes`);
      default:
        return corrupt(format, offset, `zlib: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return unpacked.length === expected ? unpacked : truncated(format, offset + packed.length);
}
