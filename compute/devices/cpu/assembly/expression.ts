/**
 * WebAssembly instructions as expressions: each knows its type and the bytes that put its value on the stack. An expression
 * that stands in two places is computed in both; what is needed twice goes into a local (see FunctionWriter.keep). It knows
 * nothing of modules or of what is computed. Opcodes: WebAssembly core specification 3.0, appendix "Index of instructions".
 */

export type ValueType = 'i32' | 'i64' | 'f32' | 'v128';

/** Nested, so that building a large expression copies nothing. */
export type Code = number | readonly Code[];

export interface Expression<T extends ValueType = ValueType> {
  readonly type: T;
  readonly code: Code;
}

export type Int = Expression<'i32'>;
export type Long = Expression<'i64'>;
export type Float = Expression<'f32'>;
/** Four lanes of f32, i32 or u32, or sixteen of bytes: the instruction decides. */
export type Vector = Expression<'v128'>;

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const byte = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? byte + 128 : byte);
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128 of a whole number of at most 53 bits. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const byte = ((rest % 128) + 128) % 128;
    rest = Math.floor(rest / 128);
    if ((rest === 0 && byte < 64) || (rest === -1 && byte >= 64)) return [...bytes, byte];
    bytes.push(byte + 128);
  }
}

/** Appends the bytes of nested code. */
export function flatten(code: Code, into: number[]): void {
  if (typeof code === 'number') into.push(code);
  else for (const part of code) flatten(part, into);
}

const bytesOfFloat = (value: number): number[] => [...new Uint8Array(Float32Array.of(value).buffer)];

const make = <T extends ValueType>(type: T, ...code: Code[]): Expression<T> => ({ type, code });

type Operator<A extends readonly ValueType[], R extends ValueType> = (...operands: { [K in keyof A]: Expression<A[K]> }) => Expression<R>;

const operator =
  <const A extends readonly ValueType[], R extends ValueType>(result: R, ...opcode: number[]): Operator<A, R> =>
  (...operands) =>
    make(result, ...operands.map(({ code }) => code), opcode);

type Unary<T extends ValueType, R extends ValueType = T> = Operator<readonly [T], R>;
type Binary<T extends ValueType, R extends ValueType = T> = Operator<readonly [T, T], R>;

const unary = <T extends ValueType, R extends ValueType>(result: R, ...opcode: number[]) => operator<readonly [T], R>(result, ...opcode);
const binary = <T extends ValueType, R extends ValueType>(result: R, ...opcode: number[]) =>
  operator<readonly [T, T], R>(result, ...opcode);
/** An instruction of the vector set: prefix and number. */
const simd = (number: number): number[] => [0xfd, ...unsigned(number)];

const intBinary = (opcode: number): Binary<'i32'> => binary<'i32', 'i32'>('i32', opcode);
const floatBinary = (opcode: number): Binary<'f32'> => binary<'f32', 'f32'>('f32', opcode);
const floatTest = (opcode: number): Binary<'f32', 'i32'> => binary<'f32', 'i32'>('i32', opcode);
const floatUnary = (opcode: number): Unary<'f32'> => unary<'f32', 'f32'>('f32', opcode);
const vectorUnary = (number: number): Unary<'v128'> => unary<'v128', 'v128'>('v128', ...simd(number));
const vectorBinary = (number: number): Binary<'v128'> => binary<'v128', 'v128'>('v128', ...simd(number));
const vectorTernary = (number: number): Operator<readonly ['v128', 'v128', 'v128'], 'v128'> => operator('v128', ...simd(number));
const shift = (number: number): Operator<readonly ['v128', 'i32'], 'v128'> => operator('v128', ...simd(number));

/** The values of the expressions that are constants. */
const constants = new WeakMap<object, number>();
const constantOf = ({ code }: Int): number | null => (typeof code === 'number' ? null : (constants.get(code) ?? null));

const wrap = (value: number): number => value | 0;

function intConstant(value: number): Int {
  const code: Code = [0x41, ...signed(wrap(value))];
  constants.set(code, wrap(value));
  return { type: 'i32', code };
}

/** Sums, differences and products of constants are constants, and adding 0 or multiplying by 1 is nothing. */
const folded =
  (instruction: Binary<'i32'>, compute: (a: number, b: number) => number, neutral: number, commutes: boolean): Binary<'i32'> =>
  (a, b) => {
    const [x, y] = [constantOf(a), constantOf(b)];
    if (x !== null && y !== null) return intConstant(compute(x, y));
    if (y === neutral) return a;
    if (commutes && x === neutral) return b;
    return instruction(a, b);
  };

/** 32-bit whole numbers; arithmetic wraps. Tests give 1 or 0. */
export const i32 = {
  /** Any number that fits in 32 bits, signed or unsigned. */
  constant: intConstant,
  eqz: unary<'i32', 'i32'>('i32', 0x45),
  eq: intBinary(0x46),
  ne: intBinary(0x47),
  ltS: intBinary(0x48),
  ltU: intBinary(0x49),
  gtS: intBinary(0x4a),
  gtU: intBinary(0x4b),
  leS: intBinary(0x4c),
  leU: intBinary(0x4d),
  geS: intBinary(0x4e),
  geU: intBinary(0x4f),
  add: folded(intBinary(0x6a), (a, b) => a + b, 0, true),
  sub: folded(intBinary(0x6b), (a, b) => a - b, 0, false),
  mul: folded(intBinary(0x6c), Math.imul, 1, true),
  divS: intBinary(0x6d),
  divU: folded(intBinary(0x6e), (a, b) => Math.floor((a >>> 0) / (b >>> 0)), 1, false),
  remS: intBinary(0x6f),
  remU: intBinary(0x70),
  and: intBinary(0x71),
  or: intBinary(0x72),
  xor: intBinary(0x73),
  shl: intBinary(0x74),
  shrS: intBinary(0x75),
  shrU: intBinary(0x76),
  /** Towards zero; NaN is 0 and what is out of range the nearest number. */
  truncateF32: unary<'f32', 'i32'>('i32', 0xfc, 0x00),
  /** The bits of a float. */
  bits: unary<'f32', 'i32'>('i32', 0xbc),
  lesserU: (a: Int, b: Int): Int => select(a, b, i32.ltU(a, b)),
} as const;

export const i64 = {
  constant: (value: number): Long => make('i64', 0x42, signed(value)),
} as const;

export const f32 = {
  constant: (value: number): Float => make('f32', 0x43, bytesOfFloat(value)),
  eq: floatTest(0x5b),
  ne: floatTest(0x5c),
  lt: floatTest(0x5d),
  gt: floatTest(0x5e),
  le: floatTest(0x5f),
  ge: floatTest(0x60),
  abs: floatUnary(0x8b),
  neg: floatUnary(0x8c),
  ceil: floatUnary(0x8d),
  floor: floatUnary(0x8e),
  trunc: floatUnary(0x8f),
  nearest: floatUnary(0x90),
  sqrt: floatUnary(0x91),
  add: floatBinary(0x92),
  sub: floatBinary(0x93),
  mul: floatBinary(0x94),
  div: floatBinary(0x95),
  min: floatBinary(0x96),
  max: floatBinary(0x97),
  convertI32: unary<'i32', 'f32'>('f32', 0xb2),
  convertU32: unary<'i32', 'f32'>('f32', 0xb3),
  fromBits: unary<'i32', 'f32'>('f32', 0xbe),
} as const;

/** `yes` where the condition is not 0, else `no`; both are computed. */
export const select = <T extends ValueType>(yes: Expression<T>, no: Expression<T>, condition: Int): Expression<T> =>
  make(yes.type, yes.code, no.code, condition.code, yes.type === 'v128' ? [0x1c, 1, 0x7b] : 0x1b);

/** Memory at a byte address; `offset` is added to it, not negative. */
type Load<T extends ValueType> = (address: Int, offset?: number) => Expression<T>;
const load =
  <T extends ValueType>(type: T, align: number, ...opcode: number[]): Load<T> =>
  (address, offset = 0) =>
    make(type, address.code, opcode, align, unsigned(offset));

export const memory = {
  i32: load('i32', 2, 0x28),
  f32: load('f32', 2, 0x2a),
  u8: load('i32', 0, 0x2d),
  /** Sixteen bytes; any alignment. */
  v128: load('v128', 2, ...simd(0)),
  /** Four bytes in every lane. */
  splat32: load('v128', 2, ...simd(9)),
  /** Four bytes in the first lane, the rest 0. */
  zero32: load('v128', 2, ...simd(92)),
  /** Eight bytes in the first two lanes, the rest 0. */
  zero64: load('v128', 2, ...simd(93)),
  /** Eight bytes, each widened to 16 bits, unsigned. */
  u8x8: load('v128', 0, ...simd(2)),
  /** The vector with one lane read. */
  lane32: (address: Int, vector: Vector, lane: number, offset = 0): Vector =>
    make('v128', address.code, vector.code, simd(86), 2, unsigned(offset), lane),
  atomicLoad: load('i32', 2, 0xfe, 0x10),
  /** Adds and gives what was there before. */
  atomicAdd: (address: Int, value: Int, offset = 0): Int => make('i32', address.code, value.code, [0xfe, 0x1e], 2, unsigned(offset)),
  /** Sleeps while the number at the address is the expected one: 0 woken, 1 another number, 2 timed out. Traps on unshared memory. */
  wait32: (address: Int, expected: Int, nanoseconds: Long, offset = 0): Int =>
    make('i32', address.code, expected.code, nanoseconds.code, [0xfe, 0x01], 2, unsigned(offset)),
  /** Wakes so many sleepers; gives how many there were. */
  notify: (address: Int, count: Int, offset = 0): Int => make('i32', address.code, count.code, [0xfe, 0x00], 2, unsigned(offset)),
} as const;

/** What any vector can do, bit by bit. Masks are all ones or all zeros in each lane. */
export const v128 = {
  /** Four whole numbers. */
  constantI32: (...lanes: readonly [number, number, number, number]): Vector =>
    make('v128', simd(12), [...new Uint8Array(Int32Array.from(lanes).buffer)]),
  constantF32: (...lanes: readonly [number, number, number, number]): Vector =>
    make('v128', simd(12), [...new Uint8Array(Float32Array.from(lanes).buffer)]),
  not: vectorUnary(77),
  and: vectorBinary(78),
  /** a and not b. */
  andNot: vectorBinary(79),
  or: vectorBinary(80),
  xor: vectorBinary(81),
  /** Bits of `yes` where the mask has ones, else of `no`. */
  bitselect: vectorTernary(82),
  anyTrue: unary<'v128', 'i32'>('i32', ...simd(83)),
  /** Bytes chosen by number: 0 to 15 of the first, 16 to 31 of the second. */
  shuffleBytes: (a: Vector, b: Vector, bytes: readonly number[]): Vector => make('v128', a.code, b.code, simd(13), [...bytes]),
  /** 32-bit lanes chosen by number: 0 to 3 of the first, 4 to 7 of the second. */
  shuffle: (a: Vector, b: Vector, lanes: readonly [number, number, number, number]): Vector =>
    v128.shuffleBytes(
      a,
      b,
      lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)),
    ),
} as const;

/** Four floats. */
export const f32x4 = {
  constant: (value: number): Vector => v128.constantF32(value, value, value, value),
  splat: unary<'f32', 'v128'>('v128', ...simd(19)),
  extract: (vector: Vector, lane: number): Float => make('f32', vector.code, simd(31), lane),
  replace: (vector: Vector, lane: number, value: Float): Vector => make('v128', vector.code, value.code, simd(32), lane),
  eq: vectorBinary(65),
  ne: vectorBinary(66),
  lt: vectorBinary(67),
  gt: vectorBinary(68),
  le: vectorBinary(69),
  ge: vectorBinary(70),
  ceil: vectorUnary(103),
  floor: vectorUnary(104),
  trunc: vectorUnary(105),
  nearest: vectorUnary(106),
  abs: vectorUnary(224),
  neg: vectorUnary(225),
  sqrt: vectorUnary(227),
  add: vectorBinary(228),
  sub: vectorBinary(229),
  mul: vectorBinary(230),
  div: vectorBinary(231),
  /** NaN if either is. */
  min: vectorBinary(232),
  max: vectorBinary(233),
  /** b < a ? b : a. */
  pmin: vectorBinary(234),
  /** a < b ? b : a. */
  pmax: vectorBinary(235),
  convertI32: vectorUnary(250),
  convertU32: vectorUnary(251),
  /** a · b + c, rounded once where the machine has it: the relaxed vector set, which not every engine offers. */
  relaxedMultiplyAdd: vectorTernary(0x105),
} as const;

/** Four whole numbers; arithmetic wraps. */
export const i32x4 = {
  constant: (value: number): Vector => v128.constantI32(value, value, value, value),
  splat: unary<'i32', 'v128'>('v128', ...simd(17)),
  extract: (vector: Vector, lane: number): Int => make('i32', vector.code, simd(27), lane),
  replace: (vector: Vector, lane: number, value: Int): Vector => make('v128', vector.code, value.code, simd(28), lane),
  eq: vectorBinary(55),
  ne: vectorBinary(56),
  ltS: vectorBinary(57),
  ltU: vectorBinary(58),
  gtS: vectorBinary(59),
  gtU: vectorBinary(60),
  leS: vectorBinary(61),
  leU: vectorBinary(62),
  geS: vectorBinary(63),
  geU: vectorBinary(64),
  abs: vectorUnary(160),
  neg: vectorUnary(161),
  /** 1 if no lane is 0. */
  allTrue: unary<'v128', 'i32'>('i32', ...simd(163)),
  shl: shift(171),
  shrS: shift(172),
  shrU: shift(173),
  add: vectorBinary(174),
  sub: vectorBinary(177),
  mul: vectorBinary(181),
  minS: vectorBinary(182),
  minU: vectorBinary(183),
  maxS: vectorBinary(184),
  maxU: vectorBinary(185),
  /** Towards zero; NaN is 0 and what is out of range the nearest number. */
  truncateF32: vectorUnary(248),
  truncateF32Unsigned: vectorUnary(249),
  /** The lower four of eight unsigned 16-bit lanes. */
  extendLowU16: vectorUnary(169),
  extendHighU16: vectorUnary(170),
  /** The lower eight of sixteen unsigned bytes, as 16-bit lanes. */
  extendLowU8To16: vectorUnary(137),
  /** 64-bit products of the lower, and of the upper, two unsigned lanes. */
  productLowU: vectorBinary(222),
  productHighU: vectorBinary(223),
} as const;

/** Two doubles. */
export const f64x2 = {
  constant: (value: number): Vector => make('v128', simd(12), [...new Uint8Array(Float64Array.of(value, value).buffer)]),
  nearest: vectorUnary(148),
  add: vectorBinary(240),
  sub: vectorBinary(241),
  mul: vectorBinary(242),
  div: vectorBinary(243),
  /** b < a ? b : a. */
  pmin: vectorBinary(246),
  /** a < b ? b : a. */
  pmax: vectorBinary(247),
  /** The lower two floats. */
  promoteLowF32: vectorUnary(95),
  /** As floats in the lower two lanes, the rest 0. */
  demoteToF32: vectorUnary(94),
  /** The lower two whole numbers. */
  convertLowI32: vectorUnary(254),
} as const;
