/**
 * IDX, the format of MNIST: two zero bytes, an element type, a rank, big-endian sizes, then the elements, row-major and
 * big-endian (http://yann.lecun.com/exdb/mnist, "the IDX file format"). Plain or packed with gzip. Pure, on bytes.
 */
import { failure, success, type Outcome } from '../../compute/graph/problem';
import { sizeOf, type Shape } from '../../compute/graph/tensor';
import { defineFormat } from './format';
import { isGzip, peekGzip, unpackGzip, unpackedBound } from './gzip';

export type IdxElement = 'u8' | 'i8' | 'i16' | 'i32' | 'f32' | 'f64';

const elementTypes: ReadonlyMap<number, { readonly element: IdxElement; readonly bytes: number }> = new Map([
  [0x08, { element: 'u8', bytes: 1 }],
  [0x09, { element: 'i8', bytes: 1 }],
  [0x0b, { element: 'i16', bytes: 2 }],
  [0x0c, { element: 'i32', bytes: 4 }],
  [0x0d, { element: 'f32', bytes: 4 }],
  [0x0e, { element: 'f64', bytes: 8 }],
]);

const largestRank = 8;
/** Elements; what a data set of this program can hold. */
const largestCount = 2 ** 31;

export interface IdxArray {
  readonly element: IdxElement;
  /** Sizes of the axes as the file has them, the number of samples first. */
  readonly shape: Shape;
  /** The elements as they stand in the file: row-major, big-endian. */
  readonly bytes: Uint8Array;
}

interface IdxHeader {
  readonly element: IdxElement;
  readonly shape: Shape;
  readonly headerBytes: number;
  readonly bodyBytes: number;
}

const hexadecimal = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');

function readHeader(bytes: Uint8Array): Outcome<IdxHeader> {
  if (bytes.length < 4) return failure('idx.truncated', { offset: bytes.length, expected: 4, actual: bytes.length });
  if (bytes[0] !== 0 || bytes[1] !== 0) return failure('idx.magic', { offset: 0, actual: hexadecimal(bytes.subarray(0, 4)) });
  const type = elementTypes.get(bytes[2] ?? 0);
  if (type === undefined) return failure('idx.element-type', { offset: 2, actual: hexadecimal(bytes.subarray(2, 3)) });
  const rank = bytes[3] ?? 0;
  if (rank < 1 || rank > largestRank) return failure('idx.rank', { offset: 3, actual: rank, maximum: largestRank });
  const headerBytes = 4 + 4 * rank;
  if (bytes.length < headerBytes) return failure('idx.truncated', { offset: bytes.length, expected: headerBytes, actual: bytes.length });
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const empty = shape.indexOf(0);
  if (empty !== -1) return failure('idx.empty', { offset: 4 + 4 * empty, axis: empty });
  // A product of at most 8 sizes below 2³² is a finite double; where it is not exact it is far above the limit.
  const count = sizeOf(shape);
  if (count > largestCount) return failure('idx.too-large', { offset: 4, shape: shape.join('×'), maximum: largestCount });
  return success({ element: type.element, shape, headerBytes, bodyBytes: count * type.bytes });
}

/** Reads the header and checks that exactly what it claims is there. Nothing is copied but what gzip unpacks. */
export function readIdx(bytes: Uint8Array): Outcome<IdxArray> {
  return isGzip(bytes) ? readPacked(bytes) : readPlain(bytes);
}

function readPlain(bytes: Uint8Array): Outcome<IdxArray> {
  const header = readHeader(bytes);
  if (!header.ok) return header;
  const { element, shape, headerBytes, bodyBytes } = header.value;
  const expected = headerBytes + bodyBytes;
  if (bytes.length < expected) return failure('idx.truncated', { offset: bytes.length, expected, actual: bytes.length });
  if (bytes.length > expected) return failure('idx.trailing-bytes', { offset: expected, count: bytes.length - expected });
  return success({ element, shape, bytes: bytes.subarray(headerBytes, expected) });
}

function readPacked(bytes: Uint8Array): Outcome<IdxArray> {
  const head = peekGzip(bytes);
  if (head.length === 0) {
    const unpacked = unpackGzip(bytes, unpackedBound(bytes.length) < 4096 ? unpackedBound(bytes.length) : 4096);
    return unpacked.ok ? readPlain(unpacked.value) : unpacked;
  }
  const header = readHeader(head);
  if (!header.ok) return header;
  const expected = header.value.headerBytes + header.value.bodyBytes;
  // Told from the packed size alone, before memory is asked for.
  if (expected > unpackedBound(bytes.length))
    return failure('idx.truncated', { offset: bytes.length, expected, actual: unpackedBound(bytes.length) });
  const unpacked = unpackGzip(bytes, expected);
  if (!unpacked.ok)
    return unpacked.problem.code === 'gzip.too-long' ? failure('idx.trailing-bytes', { offset: expected, count: 1 }) : unpacked;
  return readPlain(unpacked.value);
}

/** Samples in the form in which they are kept: bytes as they are, all else as numbers. */
export type SampleValues = { readonly type: 'u8'; readonly values: Uint8Array } | { readonly type: 'f32'; readonly values: Float32Array };

const readers: Readonly<Record<IdxElement, { readonly bytes: number; readonly read: (view: DataView, offset: number) => number }>> = {
  u8: { bytes: 1, read: (view, offset) => view.getUint8(offset) },
  i8: { bytes: 1, read: (view, offset) => view.getInt8(offset) },
  i16: { bytes: 2, read: (view, offset) => view.getInt16(offset) },
  i32: { bytes: 4, read: (view, offset) => view.getInt32(offset) },
  f32: { bytes: 4, read: (view, offset) => view.getFloat32(offset) },
  f64: { bytes: 8, read: (view, offset) => view.getFloat64(offset) },
};

function sampleValues({ element, shape, bytes }: IdxArray): Outcome<SampleValues> {
  if (element === 'u8') return success({ type: 'u8', values: bytes });
  const { bytes: width, read } = readers[element];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(sizeOf(shape));
  for (let index = 0; index < values.length; index++) {
    const value = read(view, index * width);
    if (!Number.isFinite(value)) return failure('idx.not-finite', { index });
    values[index] = value;
  }
  return success({ type: 'f32', values });
}

/** Most classes that labels may name. */
export const largestClassCount = 10_000;

function labelValues({ element, shape, bytes }: IdxArray): Outcome<Int32Array> {
  const { bytes: width, read } = readers[element];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Int32Array(sizeOf(shape));
  for (let index = 0; index < values.length; index++) {
    const value = read(view, index * width);
    if (!Number.isInteger(value) || value < 0 || value >= largestClassCount)
      return failure('idx.label-range', { index, value: String(value), maximum: largestClassCount - 1 });
    values[index] = value;
  }
  return success(values);
}

export interface LabelledSamples {
  readonly count: number;
  /** Of one sample; images get a channel axis: 28×28 becomes 1×28×28. */
  readonly sampleShape: Shape;
  readonly samples: SampleValues;
  /** 0 … classCount − 1, one a sample. */
  readonly labels: Int32Array;
  readonly classCount: number;
}

/** Two IDX files, samples and labels, in either order: labels are the one of rank 1. */
export function readIdxPair(first: Uint8Array, second: Uint8Array): Outcome<LabelledSamples> {
  const one = readIdx(first);
  if (!one.ok) return inFile(one, 1);
  const two = readIdx(second);
  if (!two.ok) return inFile(two, 2);
  const ranks = [one.value.shape.length, two.value.shape.length];
  if (ranks.every((rank) => rank === 1)) return failure('idx.no-samples');
  if (ranks.every((rank) => rank > 1)) return failure('idx.no-labels');
  const [samplesFile, labelsFile, samplesPosition, labelsPosition] =
    ranks[0] === 1 ? ([two.value, one.value, 2, 1] as const) : ([one.value, two.value, 1, 2] as const);
  const [count = 0, ...axes] = samplesFile.shape;
  const labelCount = labelsFile.shape[0] ?? 0;
  if (count !== labelCount) return failure('idx.counts', { samples: count, labels: labelCount });
  const samples = sampleValues(samplesFile);
  if (!samples.ok) return inFile(samples, samplesPosition);
  const labels = labelValues(labelsFile);
  if (!labels.ok) return inFile(labels, labelsPosition);
  const classCount = labels.value.reduce((largest, label) => Math.max(largest, label), 0) + 1;
  return success({ count, sampleShape: axes.length === 2 ? [1, ...axes] : axes, samples: samples.value, labels: labels.value, classCount });
}

const inFile = (
  { problem }: { readonly problem: { readonly code: string; readonly values: Readonly<Record<string, string | number>> } },
  file: 1 | 2,
): Outcome<never> => failure(problem.code, { ...problem.values, file });

export const format = defineFormat({
  name: 'idx',
  label: 'IDX',
  extensions: ['.idx', '-ubyte', '.gz'],
  probe: (head) => {
    const plain = isGzip(head) ? peekGzip(head) : head;
    return (
      plain.length >= 4 &&
      plain[0] === 0 &&
      plain[1] === 0 &&
      elementTypes.has(plain[2] ?? 0) &&
      (plain[3] ?? 0) >= 1 &&
      (plain[3] ?? 0) <= largestRank
    );
  },
  read: readIdx,
});
