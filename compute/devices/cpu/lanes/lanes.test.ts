/** Functions in four lanes held against Math over floats of every size, and at the edges. */
import { expect, test } from 'vitest';
import { asFloats, runLanes } from '../../../testing/lanes';
import type { Vector } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import { exponential, exponentialNear } from './exponential';
import { hyperbolicTangent } from './hyperbolic-tangent';
import { logarithm } from './logarithm';
import { power } from './power';

const edges = [
  0,
  -0,
  1,
  -1,
  2 ** -149,
  -(2 ** -149),
  2 ** -126,
  3.4028234663852886e38,
  -3.4028234663852886e38,
  Infinity,
  -Infinity,
  NaN,
  2,
  0.5,
  88.72283,
  88.72284,
  -103.97,
  -103.98,
  -87.33655,
  0.625,
  9.1,
  -9.1,
];

/** Every 39,979th float of all there are, those with |x| in a range where much changes, and the edges. */
function floatsOfAllSizes(dense: readonly [number, number]): Float32Array {
  const bits = Uint32Array.from({ length: 107_430 }, (_, number) => number * 39_979);
  const within = Array.from({ length: 30_000 }, (_, number) => dense[0] + ((dense[1] - dense[0]) * number) / 30_000);
  return Float32Array.from([...new Float32Array(bits.buffer), ...within, ...edges]);
}

/** The distance from one f32 to the next at the size of x. */
const unitAt = (x: number): number => 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(x)))) - 23);

/** The greatest error in units in the last place, with where it is; what should be NaN, infinite or 0 must be. */
async function worstOf(
  inputs: Float32Array,
  write: (writer: FunctionWriter, x: Vector) => Vector,
  expected: (x: number) => number,
): Promise<{ units: number; at: number; given: number }> {
  const results = asFloats(await runLanes([inputs], inputs.length, (writer, [x]) => write(writer, x ?? expect.unreachable())));
  let worst = { units: 0, at: 0, given: 0 };
  for (let place = 0; place < inputs.length; place++) {
    const [x, given] = [inputs[place] ?? 0, results[place] ?? 0];
    const exact = expected(x);
    const rounded = Math.fround(exact);
    let units = 0;
    if (Number.isNaN(exact) || !Number.isFinite(rounded) || !Number.isFinite(given))
      units = Object.is(rounded, given) || (Number.isNaN(exact) && Number.isNaN(given)) ? 0 : Infinity;
    else if (given !== rounded) units = Math.abs(given - exact) / unitAt(exact);
    if (units > worst.units) worst = { units, at: x, given };
  }
  return worst;
}

/** eˣ where its power of two is above the least that is written, else 0. */
function normalExponential(x: number): number {
  const scaled = Math.fround(Math.fround(x) * Math.fround(Math.LOG2E));
  return Math.fround(scaled + 12582912) - 12582912 < -125 ? 0 : Math.exp(x);
}

/** Bounds in units in the last place: rounding of the last steps, at half a unit each, and of the polynomial. */
test.each([
  ['exponential', exponential, normalExponential, [-104, 89], 1],
  ['logarithm', logarithm, Math.log, [0.5, 2], 1],
  ['hyperbolic tangent', hyperbolicTangent, Math.tanh, [-9.5, 9.5], 2],
] as const)('%s', async (_name, write, expected, dense, bound) => {
  const worst = await worstOf(floatsOfAllSizes(dense), write, expected);
  expect(worst).toSatisfy(({ units }: typeof worst) => units <= bound);
});

test('exponential of small numbers', async () => {
  const inputs = Float32Array.from([...Array.from({ length: 100_000 }, (_, number) => -87 + number * 0.00174), NaN]);
  const worst = await worstOf(inputs, exponentialNear, Math.exp);
  expect(worst).toSatisfy(({ units }: typeof worst) => units <= 1);
});

test.each([0, 1, 2, 3, -1, 4, -2, 5, 7.26, -3, 31, 0.001, 1e-30, 300.5, -1e6])('power %f', async (exponent) => {
  const worst = await worstOf(
    floatsOfAllSizes([0.1, 10]),
    (writer, x) => power(writer, x, exponent),
    (x) => x ** exponent,
  );
  expect(worst).toSatisfy(({ units }: typeof worst) => units <= (exponent === 3 ? 1.5 : 1));
});

/** A root, of a root, a product, and its inverse: half a unit each, what they hand on, and twice that past a power of 2. */
test.each([0.25, 0.5, 0.75, 1.5, 1.75, -0.25, -0.5, -0.75, -1.5, -1.75])('power %f', async (exponent) => {
  const worst = await worstOf(
    floatsOfAllSizes([0.1, 10]),
    (writer, x) => power(writer, x, exponent),
    (x) => (x === -Infinity ? NaN : x ** exponent),
  );
  expect(worst).toSatisfy(({ units }: typeof worst) => units <= 5);
});
