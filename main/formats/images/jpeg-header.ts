/** What a JPEG file says before it is decoded (ITU-T T.81): its sides, its components, its scans, its orientation. Pure, on bytes. */
import { attempt, corrupt, truncated, unsupported } from './reading';
import { readTiffDirectory } from './tiff-directory';

export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  readonly components: 1 | 3;
  /** Where the frame begins. */
  readonly offset: number;
  /** How often the file goes over the image. */
  readonly scans: number;
  /** Of EXIF, 1 … 8; 1 where nothing is said. */
  readonly orientation: number;
}

const orientationTag = 274;

/** The orientation in an APP1 segment, if that is EXIF. What is wrong with it is no reason to refuse the image. */
function readOrientation(segment: Uint8Array): number | null {
  if (!String.fromCharCode(...segment.subarray(0, 6)).startsWith('Exif\u0000\u0000')) return null;
  const read = attempt(() => readTiffDirectory(segment.subarray(6), 'EXIF').values(orientationTag, 1)?.[0] ?? null);
  return read.ok ? read.value : null;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: 1 | 3;
  readonly offset: number;
}

function readFrame(bytes: Uint8Array, view: DataView, marker: number, at: number, end: number): Frame {
  if (marker > 0xc2) unsupported('JPEG', at, `SOF${marker - 0xc0}`);
  if (end < at + 10) corrupt('JPEG', at, 'SOF');
  if (bytes[at + 4] !== 8) unsupported('JPEG', at + 4, `${bytes[at + 4]!} bits`);
  const components = bytes[at + 9]!;
  if (components === 4) unsupported('JPEG', at + 9, 'CMYK');
  if (components !== 1 && components !== 3) return corrupt('JPEG', at + 9, `${components} components`);
  if (end !== at + 10 + 3 * components) corrupt('JPEG', at + 2, 'SOF');
  return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), components, offset: at + 5 };
}

/** Where the coded data that begins at `start` ends: at the next marker that is neither a stuffed byte nor a restart. */
function skipScan(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next === undefined) break;
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return truncated('JPEG', bytes.length);
}

/** Whether a marker begins a frame: SOF0 … SOF15 without the three numbers that mean something else. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** Reads all markers to the end of the image; a file that stops before is truncated. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) corrupt('JPEG', 0, 'SOI');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let frame: Frame | null = null;
  let [orientation, scans] = [1, 0];
  for (let at = 2; ;) {
    if (at + 2 > bytes.length) truncated('JPEG', bytes.length);
    if (bytes[at] !== 0xff) corrupt('JPEG', at, `marker ${bytes[at]!.toString(16)}`);
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      // Fill bytes may stand before a marker.
      at += 1;
      continue;
    }
    if (marker === 0xd9) {
      if (frame === null || scans === 0) return corrupt('JPEG', at, 'EOI');
      return { ...frame, scans, orientation };
    }
    if (marker === 0xd8 || marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd7)) corrupt('JPEG', at, `marker ${marker.toString(16)}`);
    if (at + 4 > bytes.length) truncated('JPEG', bytes.length);
    const end = at + 2 + view.getUint16(at + 2);
    if (end < at + 4) corrupt('JPEG', at + 2, 'length');
    if (end > bytes.length) truncated('JPEG', bytes.length);
    if (isFrame(marker)) {
      if (frame !== null) corrupt('JPEG', at, 'SOF');
      frame = readFrame(bytes, view, marker, at, end);
    } else if (marker === 0xe1) orientation = readOrientation(bytes.subarray(at + 4, end)) ?? orientation;
    if (marker === 0xda) {
      if (frame === null) corrupt('JPEG', at, 'SOS');
      scans += 1;
      at = skipScan(bytes, end);
    } else at = end;
  }
}
