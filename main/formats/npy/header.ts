/**
 * The header of an .npy file (numpy.org/doc/stable/reference/generated/numpy.lib.format.html): a magic string, a version, a
 * length, and a Python dictionary as text. It is parsed as literals, never evaluated.
 */
import { failure, success, type Outcome } from '../../../compute/graph/problem';
import type { Shape } from '../../../compute/graph/tensor';
import { numericTypes, type NumericType } from '../numeric-array';
import { parseLiteral, type Literal } from './literal';

export const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;
/** Magic, version and the longest form of the length. */
export const prefixBytes = 12;
/** numpy itself stops at 10,000 characters. */
const longestHeader = 65_536;
const largestRank = 32;
/** Elements: 2³³ of one byte are more than what a data set here can hold. */
const mostElements = 2 ** 33;

export interface NpyHeader {
  readonly shape: Shape;
  readonly type: NumericType;
  readonly littleEndian: boolean;
  /** Column-major: the first axis runs fastest. */
  readonly fortranOrder: boolean;
  /** Where the elements begin. */
  readonly dataOffset: number;
  readonly dataBytes: number;
}

export const hasMagic = (head: Uint8Array): boolean => magic.every((byte, index) => head[index] === byte);

/** Of magic, version, length and header; told from the first `prefixBytes`. */
export function headerLength(file: string, prefix: Uint8Array): Outcome<{ readonly from: number; readonly to: number }> {
  const truncated = (expected: number): ReturnType<typeof failure> =>
    failure('npy.truncated', { file, offset: prefix.length, expected, actual: prefix.length });
  if (prefix.length < 6 && magic.every((byte, index) => index >= prefix.length || prefix[index] === byte)) return truncated(10);
  if (!hasMagic(prefix)) return failure('npy.magic', { file, offset: 0 });
  if (prefix.length < 10) return truncated(10);
  const version = prefix[6] ?? 0;
  if (version < 1 || version > 3) return failure('npy.version', { file, offset: 6, actual: version });
  const from = version === 1 ? 10 : 12;
  if (prefix.length < from) return truncated(from);
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.length);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > longestHeader) return failure('npy.header', { file, offset: 8, reason: `${length} bytes long` });
  return success({ from, to: from + length });
}

const numericNames: Readonly<Record<string, NumericType>> = {
  b1: 'bool',
  u1: 'u8',
  u2: 'u16',
  u4: 'u32',
  u8: 'u64',
  i1: 'i8',
  i2: 'i16',
  i4: 'i32',
  i8: 'i64',
  f2: 'f16',
  f4: 'f32',
  f8: 'f64',
};

function typeOf(file: string, descr: Literal): Outcome<Pick<NpyHeader, 'type' | 'littleEndian'>> {
  if (typeof descr !== 'string') return failure('npy.structured', { file });
  if (/^[<>|=]?O\d*$/.test(descr)) return failure('npy.objects', { file });
  const [, order, name] = /^([<>|=]?)([a-z]\d+)$/.exec(descr) ?? [];
  const type = Object.hasOwn(numericNames, name ?? '') ? numericNames[name ?? ''] : undefined;
  if (type === undefined) return failure('npy.type', { file, actual: descr.slice(0, 20) });
  return success({ type, littleEndian: order !== '>' });
}

const isStructure = (literal: Literal | undefined): literal is Exclude<Literal, string | number | boolean | null> =>
  typeof literal === 'object' && literal !== null;

/** The header's text, `to` being where the elements begin and `size` the length of the file. */
export function readHeader(file: string, text: string, dataOffset: number, size: number): Outcome<NpyHeader> {
  const bad = (reason: string): ReturnType<typeof failure> => failure('npy.header', { file, offset: dataOffset - text.length, reason });
  const literal = parseLiteral(text);
  if (!isStructure(literal) || literal.kind !== 'dictionary') return bad('no dictionary');
  const { entries } = literal;
  const [descr, order, shape] = ['descr', 'fortran_order', 'shape'].map((key) => entries.get(key));
  if (descr === undefined || entries.size !== 3) return bad('other keys than descr, fortran_order, shape');
  if (typeof order !== 'boolean') return bad('fortran_order is no truth value');
  if (!isStructure(shape) || shape.kind !== 'sequence' || shape.items.length > largestRank) return bad('shape is no tuple of sizes');
  const sizes: number[] = [];
  for (const axis of shape.items) {
    if (typeof axis !== 'number' || !Number.isSafeInteger(axis) || axis < 0) return bad('shape is no tuple of sizes');
    sizes.push(axis);
  }
  const type = typeOf(file, descr);
  const headerStart = dataOffset - text.length;
  if (!type.ok) return { ok: false, problem: { ...type.problem, values: { ...type.problem.values, offset: headerStart } } };
  // A product of at most 32 safe integers is a finite double; where it is not exact it is far above the limit.
  const count = sizes.reduce((product, axis) => product * axis, 1);
  if (count > mostElements || Number.isNaN(count))
    return failure('npy.too-large', { file, shape: sizes.join('×'), maximum: mostElements, offset: headerStart });
  const dataBytes = count * numericTypes[type.value.type].bytes;
  const expected = dataOffset + dataBytes;
  if (size < expected) return failure('npy.truncated', { file, offset: size, expected, actual: size });
  if (size > expected) return failure('npy.trailing-bytes', { file, offset: expected, count: size - expected });
  return success({ shape: sizes, ...type.value, fortranOrder: order, dataOffset, dataBytes });
}
