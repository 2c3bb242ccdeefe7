/**
 * WebP, lossy and lossless, with opacity or not, decoded by libwebp in WebAssembly after our own look at its chunks. Animated
 * files are refused. Pure, on bytes.
 */
import decoderOfPackage from '@jsquash/webp/codec/dec/webp_dec.js';
import { failure, success, type Outcome } from '../../compute/graph/problem';
import { defineFormat } from './format';
import { codec, type CodecFactory } from './images/codec';
import { checkFileSize, type DecodedImage, type ImageFormat, type ImageLimits } from './images/decoded-image';
import { attempt, requireDimensions, withoutOpacity } from './images/reading';
import { isWebp, readWebpHeader } from './images/webp-header';

// The package types its factory for browsers; in Node it takes these options as well.
const decodeRgba = codec(decoderOfPackage as CodecFactory, '@jsquash/webp/codec/dec/webp_dec.wasm');

/** RGB, or RGBA where the file says that it has opacity. */
export async function decodeWebp(bytes: Uint8Array, limits: ImageLimits): Promise<Outcome<DecodedImage>> {
  const size = checkFileSize(bytes, limits);
  if (!size.ok) return size;
  const header = attempt(() => {
    const read = readWebpHeader(bytes);
    requireDimensions(read.width, read.height, limits, read.offset);
    return read;
  });
  if (!header.ok) return header;
  const { width, height, hasAlpha, offset, end } = header.value;
  const decoded = await decodeRgba(bytes.subarray(0, end));
  if (decoded?.width !== width || decoded.height !== height) return failure('image.corrupt', { format: 'WebP', offset, reason: 'libwebp' });
  if (!hasAlpha) return success({ width, height, channels: 3, bits: 8, data: withoutOpacity(decoded.data, 3) });
  const { buffer, byteOffset, byteLength } = decoded.data;
  return success({ width, height, channels: 4, bits: 8, data: new Uint8Array(buffer, byteOffset, byteLength) });
}

export const format = defineFormat({
  name: 'webp',
  label: 'WebP',
  extensions: ['.webp'],
  probe: isWebp,
  decode: decodeWebp,
}) satisfies ImageFormat;
