/** What the elements of an HDF5 array or attribute are, and how many (sections IV.A.2.b and IV.A.2.d). */
import { Hdf5Fault, readingOf, type Hdf5Bytes, type Reading } from './bytes';
import type { Message } from './objects';

export type ElementType =
  | { readonly kind: 'integer'; readonly bytes: number; readonly big: boolean; readonly signed: boolean }
  | { readonly kind: 'float'; readonly bytes: 2 | 4 | 8; readonly big: boolean; readonly isBrain: boolean }
  | { readonly kind: 'text'; readonly bytes: number }
  /** A text of any length, in the global heap. */
  | { readonly kind: 'long-text'; readonly bytes: 16 }
  | { readonly kind: 'other'; readonly bytes: number };

const mostAxes = 32;

/** Exponent and mantissa in bits, by the bytes of IEEE 754's floats. */
const ieee: Readonly<Record<number, readonly [number, number]>> = { 2: [5, 10], 4: [8, 23], 8: [11, 52] };

function floatOf(reading: Reading, bits: number, bytes: number): ElementType {
  reading.skip(4);
  reading.skip(1);
  const exponent = reading.number(1);
  reading.skip(1);
  const mantissa = reading.number(1);
  const big = (bits & 1) === 1;
  const usual = ieee[bytes];
  if (bytes === 2 && exponent === 8 && mantissa === 7) return { kind: 'float', bytes: 2, big, isBrain: true };
  if ((bytes === 2 || bytes === 4 || bytes === 8) && usual?.[0] === exponent && usual[1] === mantissa && (bits & 0x40) === 0)
    return { kind: 'float', bytes, big, isBrain: false };
  return { kind: 'other', bytes };
}

export function readType(file: Hdf5Bytes, start: number, end: number): ElementType {
  const reading = readingOf(file, start, end);
  const kind = reading.number(1) & 15;
  const bits = reading.wide(3);
  const bytes = reading.number(4);
  if (bytes === 0) reading.fail('elements without bytes');
  switch (kind) {
    case 0:
      return [1, 2, 4, 8].includes(bytes)
        ? { kind: 'integer', bytes, big: (bits & 1) === 1, signed: (bits & 8) !== 0 }
        : { kind: 'other', bytes };
    case 1:
      return floatOf(reading, bits, bytes);
    case 3:
      return { kind: 'text', bytes };
    case 9:
      return (bits & 15) === 1 && bytes === 16 ? { kind: 'long-text', bytes } : { kind: 'other', bytes };
    default:
      return { kind: 'other', bytes };
  }
}

/** The lengths of the axes; [] for a single value, null for nothing at all. */
export function readShape(file: Hdf5Bytes, start: number, end: number): readonly number[] | null {
  const reading = readingOf(file, start, end);
  const version = reading.number(1);
  const rank = reading.number(1);
  reading.skip(1);
  if (version !== 1 && version !== 2) reading.fail('a shape of another version');
  const isNothing = reading.number(1) === 2 && version === 2;
  if (version === 1) reading.skip(4);
  if (rank > mostAxes) reading.fail('more than 32 axes');
  const shape = Array.from({ length: rank }, () => reading.size());
  return isNothing ? null : shape;
}

/** How many elements; faults where that is no number. */
export function countOf(shape: readonly number[], offset: number): number {
  const count = shape.reduce((product, length) => product * length, 1);
  if (!Number.isSafeInteger(count)) throw new Hdf5Fault('more elements than numbers can count', offset);
  return count;
}

export interface Attribute {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[] | null;
  readonly start: number;
  readonly end: number;
}

/** An attribute of version 1 to 3 (section IV.A.2.m); null for one whose type lies elsewhere. */
export function readAttribute(file: Hdf5Bytes, { start, end }: Pick<Message, 'start' | 'end'>): Attribute | null {
  const reading = readingOf(file, start, end);
  const version = reading.number(1);
  if (version < 1 || version > 3) reading.fail('an attribute of another version');
  const flags = reading.number(1);
  const sizes = [reading.number(2), reading.number(2), reading.number(2)] as const;
  if (version === 3) reading.skip(1);
  const [name, type, shape] = sizes.map((size) => {
    const at = reading.at();
    reading.skip(version === 1 ? Math.ceil(size / 8) * 8 : size);
    return [at, at + size] as const;
  }) as [readonly [number, number], readonly [number, number], readonly [number, number]];
  if (version > 1 && (flags & 3) !== 0) return null;
  const letters = file.bytes.subarray(...name);
  const nul = letters.indexOf(0);
  return {
    name: new TextDecoder().decode(nul === -1 ? letters : letters.subarray(0, nul)),
    type: readType(file, ...type),
    shape: readShape(file, ...shape),
    start: reading.at(),
    end,
  };
}

const decoder = new TextDecoder();
const textTo = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  return decoder.decode(end === -1 ? bytes : bytes.subarray(0, end));
};

/** The texts of an attribute; null where it has none. `heap` finds those of any length. */
export function textsOf(
  file: Hdf5Bytes,
  { type, shape, start, end }: Attribute,
  heap: (address: number, index: number) => Uint8Array,
): readonly string[] | null {
  if (shape === null || (type.kind !== 'text' && type.kind !== 'long-text')) return null;
  const count = countOf(shape, start);
  if (count * type.bytes > end - start) throw new Hdf5Fault('an attribute with fewer values than its shape', start);
  const reading = readingOf(file, start, end);
  return Array.from({ length: count }, () => {
    if (type.kind === 'text') return textTo(reading.part(type.bytes));
    const length = reading.number(4);
    const address = reading.address();
    const index = reading.number(4);
    return length === 0 || address === null ? '' : decoder.decode(heap(address, index).subarray(0, length));
  });
}
