/** The functions of WGSL that elementwise operations call, in four lanes. Minimum and maximum are NaN where an operand is. */
import { f32x4, i32x4, v128, type Vector } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import { exponential } from '../lanes/exponential';
import { logarithm } from '../lanes/logarithm';
import { power } from '../lanes/power';
import { hyperbolicTangent } from '../lanes/hyperbolic-tangent';
import { multiplyHigh } from './integer-division';
import { computedLanes, keptLanes, selectLanes, typed, type Lanes } from './lanes';
import { WgslError } from './syntax';

type BuiltIn = (writer: FunctionWriter, values: readonly Lanes[]) => Lanes;

function valueAt(values: readonly Lanes[], place: number): Lanes {
  const value = values[place];
  if (!value) throw new WgslError(`a function lacks argument ${String(place)}`);
  return value;
}

/** A function of one f32; its operand may stand in several places. */
const ofFloat =
  (compute: (x: Vector, writer: FunctionWriter) => Vector): BuiltIn =>
  (writer, values) => {
    const x = keptLanes(writer, typed(valueAt(values, 0), 'f32'));
    if (x.type !== 'f32' || values.length !== 1) throw new WgslError('a function of one f32 is called with something else');
    return computedLanes('f32', compute(x.vector, writer));
  };

/** −1, 0 or 1, and NaN for NaN. */
const sign = (x: Vector): Vector => {
  const one = v128.or(f32x4.constant(1), v128.and(x, i32x4.constant(0x80000000)));
  return v128.bitselect(one, x, f32x4.gt(f32x4.abs(x), f32x4.constant(0)));
};

/** Against a constant, a single instruction gives the other one where it is NaN. */
const extreme =
  (name: 'min' | 'max', one: (a: Vector, b: Vector) => Vector): BuiltIn =>
  (_writer, values) => {
    const left = typed(valueAt(values, 0), valueAt(values, 1).type ?? 'i32');
    const right = typed(valueAt(values, 1), left.type);
    if (left.type !== right.type) throw new WgslError(`${name} of ${String(left.type)} and ${String(right.type)}`);
    const [a, b] = [left.vector, right.vector];
    switch (left.type) {
      case 'f32':
        if (right.constant !== null) return computedLanes('f32', one(a, b));
        return computedLanes('f32', left.constant !== null ? one(b, a) : f32x4[name](a, b));
      case 'i32':
        return computedLanes('i32', name === 'min' ? i32x4.minS(a, b) : i32x4.maxS(a, b));
      case 'u32':
        return computedLanes(
          'u32',
          name === 'min' ? i32x4.minU(a, b) : i32x4.maxU(a, b),
          name === 'min' && (left.natural || right.natural),
        );
      default:
        throw new WgslError(`${name} of ${String(left.type)}`);
    }
  };

const min = extreme('min', f32x4.pmin);
const max = extreme('max', f32x4.pmax);

const absolute: BuiltIn = (_writer, values) => {
  const x = valueAt(values, 0);
  if (x.type === 'f32') return computedLanes('f32', f32x4.abs(x.vector));
  if (x.type === 'i32') return computedLanes('i32', i32x4.abs(x.vector));
  throw new WgslError(`abs of ${String(x.type)}`);
};

export const builtIns: ReadonlyMap<string, BuiltIn> = new Map<string, BuiltIn>([
  ['abs', absolute],
  ['sign', ofFloat(sign)],
  ['sqrt', ofFloat((x) => f32x4.sqrt(x))],
  ['floor', ofFloat((x) => f32x4.floor(x))],
  ['ceil', ofFloat((x) => f32x4.ceil(x))],
  ['trunc', ofFloat((x) => f32x4.trunc(x))],
  // Halves go to the even neighbour, as in WGSL.
  ['round', ofFloat((x) => f32x4.nearest(x))],
  ['exp', ofFloat((x, writer) => exponential(writer, x))],
  ['log', ofFloat((x, writer) => logarithm(writer, x))],
  ['tanh', ofFloat((x, writer) => hyperbolicTangent(writer, x))],
  ['min', min],
  ['max', max],
  ['clamp', (writer, values) => min(writer, [max(writer, [valueAt(values, 0), valueAt(values, 1)]), valueAt(values, 2)])],
  ['select', (_writer, values) => selectLanes(valueAt(values, 0), valueAt(values, 1), valueAt(values, 2))],
  [
    'pow',
    (writer, values) => {
      const base = keptLanes(writer, valueAt(values, 0));
      const { constant } = valueAt(values, 1);
      if (base.type !== 'f32' || constant === null) throw new WgslError('pow with anything but a constant exponent');
      return computedLanes('f32', power(writer, base.vector, constant));
    },
  ],
  // Defined by random-uniform.op.ts from halves, since WGSL has no such product; the vector set has it whole.
  [
    'philoxMultiplyHigh',
    (writer, values) => {
      const [a, b] = [keptLanes(writer, valueAt(values, 0)), keptLanes(writer, valueAt(values, 1))];
      if (a.type !== 'u32' || b.type !== 'u32') throw new WgslError('philoxMultiplyHigh of anything but u32');
      return computedLanes('u32', multiplyHigh(a.vector, b.vector));
    },
  ],
]);
