/** Unpacks gzip (RFC 1952) with a bound on what comes out, so that a small file cannot claim all memory. Pure, on bytes. */
import { constants, gunzipSync } from 'node:zlib';
import { failure, success, type Outcome } from '../../compute/graph/problem';

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';

/** No deflate stream grows more than this (1032:1, zlib's technical notes), so a larger claim is false. */
const largestRatio = 1032;

/** At most what `packed` bytes can unpack to. */
export const unpackedBound = (packed: number): number => packed * largestRatio + 64;

/** The first bytes of the unpacked file, as many as a short piece of the packed one gives; empty if nothing can be had. */
export function peekGzip(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes.subarray(0, 2048), { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: unpackedBound(2048) });
  } catch {
    return new Uint8Array(0);
  }
}

/** Unpacks all, at most `maximum` bytes. Problems: gzip.truncated, gzip.corrupt, gzip.too-long, gzip.trailing-bytes. */
export function unpackGzip(bytes: Uint8Array, maximum: number): Outcome<Uint8Array> {
  try {
    // With `info` the result also carries the engine, which the type does not say; it knows how much it took.
    const { buffer, engine } = gunzipSync(bytes, { maxOutputLength: Math.max(1, maximum), info: true }) as unknown as {
      readonly buffer: Uint8Array;
      readonly engine: { readonly bytesWritten: number };
    };
    if (engine.bytesWritten < bytes.length)
      return failure('gzip.trailing-bytes', { offset: engine.bytesWritten, count: bytes.length - engine.bytesWritten });
    return success(buffer);
  } catch (error) {
    switch (codeOf(error)) {
      case 'Z_BUF_ERROR':
        return failure('gzip.truncated', { offset: bytes.length });
      case 'ERR_BUFFER_TOO_LARGE':
        return failure('gzip.too-long', { maximum });
      default:
        return failure('gzip.corrupt', { reason: error instanceof Error ? error.message : String(error) });
    }
  }
}
