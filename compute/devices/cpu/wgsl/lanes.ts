/** Values of four lanes with the type that WGSL gives them, and the operators between them. */
import { f32x4, i32, i32x4, v128, type Vector } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import { divideUnsigned, remainderSigned, divideSigned } from './integer-division';
import { WgslError, type BinaryOperator, type ScalarType } from './syntax';

export interface Lanes {
  /** Null for a whole number that takes the type of its neighbour. Masks of bool are all ones or all zeros. */
  readonly type: ScalarType | 'bool' | null;
  readonly vector: Vector;
  /** Whether the vector may stand in several places: a local or a constant. */
  readonly cheap: boolean;
  readonly constant: number | null;
  /** A whole number known to be below 2³¹, so that it is the same with and without a sign. */
  readonly natural: boolean;
}

export function constantLanes(value: number, type: ScalarType | null): Lanes {
  const vector = type === 'f32' ? f32x4.constant(value) : i32x4.constant(value);
  return { type, vector, cheap: true, constant: value, natural: type !== 'f32' && value >= 0 && value <= 0x7fffffff };
}

export const computedLanes = (type: ScalarType | 'bool', vector: Vector, natural = false): Lanes => ({
  type,
  vector,
  cheap: false,
  constant: null,
  natural,
});

/** The same value, computed no more than once. */
export const keptLanes = (writer: FunctionWriter, lanes: Lanes): Lanes =>
  lanes.cheap ? lanes : { ...lanes, vector: writer.keep(lanes.vector), cheap: true };

/** A number without a type as one of the type. */
export const typed = (lanes: Lanes, type: Lanes['type']): Lanes =>
  lanes.type === null && lanes.constant !== null && type !== null && type !== 'bool' ? constantLanes(lanes.constant, type) : lanes;

/** Both of the type of one of them. */
function together(operator: string, left: Lanes, right: Lanes): readonly [Lanes, Lanes, ScalarType | 'bool'] {
  const a = typed(left, right.type ?? 'i32');
  const b = typed(right, a.type);
  if (a.type === null || a.type !== b.type) throw new WgslError(`${operator} of ${String(a.type)} and ${String(b.type)}`);
  return [a, b, a.type];
}

type VectorOperator = (a: Vector, b: Vector) => Vector;
type ByType = Partial<Record<ScalarType | 'bool', VectorOperator>>;

const bitwise = (of: VectorOperator): ByType => ({ i32: of, u32: of, bool: of });
const whole = (of: VectorOperator): ByType => ({ i32: of, u32: of });

const arithmetic: Partial<Record<BinaryOperator, ByType>> = {
  '+': { f32: f32x4.add, ...whole(i32x4.add) },
  '-': { f32: f32x4.sub, ...whole(i32x4.sub) },
  '*': { f32: f32x4.mul, ...whole(i32x4.mul) },
  '/': { f32: f32x4.div },
  '&': bitwise(v128.and),
  '|': bitwise(v128.or),
  '^': whole(v128.xor),
  '&&': { bool: v128.and },
  '||': { bool: v128.or },
};

const comparisons: Partial<Record<BinaryOperator, ByType>> = {
  '==': { f32: f32x4.eq, ...whole(i32x4.eq) },
  '!=': { f32: f32x4.ne, ...whole(i32x4.ne) },
  '<': { f32: f32x4.lt, i32: i32x4.ltS, u32: i32x4.ltU },
  '<=': { f32: f32x4.le, i32: i32x4.leS, u32: i32x4.leU },
  '>': { f32: f32x4.gt, i32: i32x4.gtS, u32: i32x4.gtU },
  '>=': { f32: f32x4.ge, i32: i32x4.geS, u32: i32x4.geU },
};

/** Both sides of && and || are computed: nothing in the subset has effects or traps. */
export function binaryLanes(writer: FunctionWriter, operator: BinaryOperator, left: Lanes, right: Lanes): Lanes {
  if (operator === '<<' || operator === '>>') return shifted(operator, left, right);
  const [a, b, type] = together(operator, left, right);
  if ((operator === '/' || operator === '%') && (type === 'i32' || type === 'u32')) return divided(writer, operator, a, b, type);
  const compare = comparisons[operator]?.[type];
  if (compare) return computedLanes('bool', compare(a.vector, b.vector));
  const compute = arithmetic[operator]?.[type];
  if (!compute) throw new WgslError(`${operator} of ${type}`);
  return computedLanes(type, compute(a.vector, b.vector), operator === '&' && (a.natural || b.natural));
}

function shifted(operator: '<<' | '>>', left: Lanes, right: Lanes): Lanes {
  const { type, vector } = typed(left, 'i32');
  if (right.constant === null || (type !== 'i32' && type !== 'u32')) throw new WgslError(`${operator} by what is no constant`);
  const by = i32.constant(right.constant);
  if (operator === '<<') return computedLanes(type, i32x4.shl(vector, by));
  return type === 'i32'
    ? computedLanes(type, i32x4.shrS(vector, by), left.natural)
    : computedLanes(type, i32x4.shrU(vector, by), left.natural || right.constant > 0);
}

function divided(writer: FunctionWriter, operator: '/' | '%', left: Lanes, right: Lanes, type: 'i32' | 'u32'): Lanes {
  const dividend = keptLanes(writer, left);
  if (right.constant !== null && right.constant > 0 && (type === 'u32' || left.natural)) {
    const quotient = divideUnsigned(writer, dividend.vector, right.constant);
    const natural = left.natural || right.constant > 1;
    if (operator === '/') return computedLanes(type, quotient, natural);
    const rest = i32x4.sub(dividend.vector, i32x4.mul(quotient, right.vector));
    return computedLanes(type, rest, natural);
  }
  if (type === 'u32') throw new WgslError(`${operator} of u32 by what is no constant`);
  const divisor = keptLanes(writer, right);
  const compute = operator === '/' ? divideSigned : remainderSigned;
  return computedLanes(type, compute(dividend.vector, divisor.vector));
}

export function unaryLanes(operator: '-' | '!' | '~', operand: Lanes): Lanes {
  if (operator === '-') {
    if (operand.constant !== null && operand.type !== 'u32' && operand.type !== 'bool')
      return constantLanes(-operand.constant, operand.type);
    if (operand.type === 'f32') return computedLanes('f32', f32x4.neg(operand.vector));
    if (operand.type === 'i32') return computedLanes('i32', i32x4.neg(operand.vector));
  } else if (operator === '!' ? operand.type === 'bool' : operand.type === 'i32' || operand.type === 'u32') {
    return computedLanes(operand.type ?? 'i32', v128.not(operand.vector));
  }
  throw new WgslError(`${operator} of ${String(operand.type)}`);
}

const isZero = ({ constant }: Lanes): boolean => Object.is(constant, 0);

/** select(otherwise, value, condition) of WGSL. */
export function selectLanes(otherwise: Lanes, value: Lanes, condition: Lanes): Lanes {
  const [no, yes, type] = together('select', otherwise, value);
  if (condition.type !== 'bool') throw new WgslError('select by what is no condition');
  const natural = no.natural && yes.natural;
  if (isZero(no)) return computedLanes(type, v128.and(yes.vector, condition.vector), natural);
  if (isZero(yes)) return computedLanes(type, v128.andNot(no.vector, condition.vector), natural);
  return computedLanes(type, v128.bitselect(yes.vector, no.vector, condition.vector), natural);
}

export function convertedLanes(lanes: Lanes, to: ScalarType): Lanes {
  const { type, vector, natural } = lanes;
  if (type === null) return typed(lanes, to);
  if (type === to) return lanes;
  if (type === 'bool') throw new WgslError(`${to} of a condition`);
  if (to === 'f32') return computedLanes('f32', type === 'i32' || natural ? f32x4.convertI32(vector) : f32x4.convertU32(vector));
  if (type === 'f32') return computedLanes(to, to === 'i32' ? i32x4.truncateF32(vector) : i32x4.truncateF32Unsigned(vector));
  return { ...lanes, type: to, constant: null };
}

/** One of the values by number, which lies within them. */
export function chosenLanes(writer: FunctionWriter, values: readonly Lanes[], index: Lanes): Lanes {
  const number = keptLanes(writer, index).vector;
  const first = values[0];
  if (!first || (index.type !== 'i32' && index.type !== 'u32')) throw new WgslError('an array needs values and a whole number as index');
  const choose = (from: number, to: number): Vector => {
    const only = values[from];
    if (to - from === 1 && only) {
      if (only.type !== first.type || !only.cheap) throw new WgslError('an array of anything but constants of one type');
      return only.vector;
    }
    const middle = (from + to) >> 1;
    return v128.bitselect(choose(from, middle), choose(middle, to), i32x4.ltS(number, i32x4.constant(middle)));
  };
  return computedLanes(first.type ?? 'i32', choose(0, values.length));
}
