/** What a WebP file says before it is decoded (RFC 9649): its chunks, its sides, whether it has opacity. Pure, on bytes. */
import { corrupt, truncated, unsupported } from './reading';

export interface WebpHeader {
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  /** Where the sides stand. */
  readonly offset: number;
  /** Where the file ends, as it says itself. */
  readonly end: number;
}

interface Sides {
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  readonly offset: number;
}

const text = (bytes: Uint8Array, start: number): string => String.fromCharCode(...bytes.subarray(start, start + 4));

export const isWebp = (head: Uint8Array): boolean => head.length >= 12 && text(head, 0) === 'RIFF' && text(head, 8) === 'WEBP';

/** Of a lossy image: the header of a VP8 key frame (RFC 6386, section 9.1). */
function lossySides(view: DataView, body: number, length: number): Sides {
  if (length < 10) truncated('WebP', body + length);
  if ((view.getUint8(body) & 1) !== 0) corrupt('WebP', body, 'key frame');
  if (view.getUint8(body + 3) !== 0x9d || view.getUint16(body + 4) !== 0x012a) corrupt('WebP', body + 3, 'VP8');
  const [width, height] = [view.getUint16(body + 6, true) & 0x3fff, view.getUint16(body + 8, true) & 0x3fff];
  return { width, height, hasAlpha: false, offset: body + 6 };
}

/** Of a lossless image (RFC 9649, section 3.4): 14 bits each, less one. */
function losslessSides(view: DataView, body: number, length: number): Sides {
  if (length < 5) truncated('WebP', body + length);
  if (view.getUint8(body) !== 0x2f) corrupt('WebP', body, 'VP8L');
  const packed = view.getUint32(body + 1, true);
  return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1, hasAlpha: ((packed >>> 28) & 1) === 1, offset: body + 1 };
}

const animation = 2;
const opacity = 16;

/** Reads the chunks; the sides of the canvas, where one is named, and those of the image must be the same. */
export function readWebpHeader(bytes: Uint8Array): WebpHeader {
  if (!isWebp(bytes)) corrupt('WebP', 0, 'RIFF, WEBP');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length) truncated('WebP', bytes.length);
  let canvas: Sides | null = null;
  let alphaChunk = false;
  for (let at = 12; ;) {
    if (at + 8 > end) truncated('WebP', end);
    const [name, length, body] = [text(bytes, at), view.getUint32(at + 4, true), at + 8];
    if (body + length > end) truncated('WebP', end);
    switch (name) {
      case 'VP8X': {
        if (length < 10) corrupt('WebP', at + 4, 'VP8X');
        const flags = view.getUint8(body);
        if ((flags & animation) !== 0) unsupported('WebP', body, 'animation');
        const [width, height] = [1 + (view.getUint32(body + 4, true) & 0xffffff), 1 + (view.getUint32(body + 6, true) >>> 8)];
        canvas = { width, height, hasAlpha: (flags & opacity) !== 0, offset: body + 4 };
        break;
      }
      case 'ALPH':
        alphaChunk = true;
        break;
      case 'VP8 ':
      case 'VP8L': {
        const image = name === 'VP8 ' ? lossySides(view, body, length) : losslessSides(view, body, length);
        if (canvas !== null && (canvas.width !== image.width || canvas.height !== image.height)) corrupt('WebP', canvas.offset, 'VP8X');
        return { ...image, hasAlpha: image.hasAlpha || (alphaChunk && canvas?.hasAlpha === true), end };
      }
      default:
    }
    at = body + length + (length % 2);
  }
}
