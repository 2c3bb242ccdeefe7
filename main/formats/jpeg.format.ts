/**
 * JPEG (baseline and progressive, 8 bits, grey or colour), decoded by libjpeg in WebAssembly after our own look at its
 * markers. The orientation that cameras write is respected; CMYK is refused. Pure, on bytes.
 */
import decoderOfPackage from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import { failure, success, type Outcome } from '../../compute/graph/problem';
import { defineFormat } from './format';
import { codec, type CodecFactory } from './images/codec';
import { checkFileSize, type DecodedImage, type ImageFormat, type ImageLimits } from './images/decoded-image';
import { readJpegHeader, type JpegHeader } from './images/jpeg-header';
import { orient } from './images/orientation';
import { attempt, requireDimensions, truncated, unsupported, withoutOpacity } from './images/reading';

// The package types its factory for browsers; in Node it takes these options as well. Turning is done here.
const decodeRgba = codec(decoderOfPackage as CodecFactory, '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm', [false]);

/** A block of 64 pixels takes a bit or more. */
const mostPixelsPerByte = 64 * 8;
/** Pixels to go over, all scans together: a few seconds' work. Files in use have at most a dozen scans. */
const mostScannedPixels = 2 ** 29;
const mostScans = 500;

function checkedHeader(bytes: Uint8Array, limits: ImageLimits): JpegHeader {
  const header = readJpegHeader(bytes);
  const { width, height, offset, scans } = header;
  requireDimensions(width, height, limits, offset);
  if (width * height > bytes.length * mostPixelsPerByte) truncated('JPEG', bytes.length);
  if (scans > mostScans || scans * width * height > mostScannedPixels) unsupported('JPEG', offset, `${scans} scans`);
  return header;
}

/** Grey or RGB, as it is to be seen. */
export async function decodeJpeg(bytes: Uint8Array, limits: ImageLimits): Promise<Outcome<DecodedImage>> {
  const size = checkFileSize(bytes, limits);
  if (!size.ok) return size;
  const header = attempt(() => checkedHeader(bytes, limits));
  if (!header.ok) return header;
  const { width, height, components, offset, orientation } = header.value;
  const decoded = await decodeRgba(bytes);
  if (decoded?.width !== width || decoded.height !== height) return failure('image.corrupt', { format: 'JPEG', offset, reason: 'libjpeg' });
  const image = { width, height, channels: components, bits: 8, data: withoutOpacity(decoded.data, components) } as const;
  return success(orient(image, orientation));
}

export const format = defineFormat({
  name: 'jpeg',
  label: 'JPEG',
  extensions: ['.jpg', '.jpeg', '.jpe', '.jfif'],
  probe: (head) => head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff,
  decode: decodeJpeg,
}) satisfies ImageFormat;
