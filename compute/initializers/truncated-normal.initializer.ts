/** Normal around 0, cut off at two standard deviations: the normal quantile of a uniform number between those of the two ends. */
import { defineInitializer } from './initializer';

const CUT = 2;
/** ∫₋₂² of the normal density. */
const WITHIN = 0.954499736103641585599;
const TERMS = 40;

/** ∫₀ˣ of the normal density: the alternating series of Abramowitz and Stegun, 7.1.5; for |x| ≤ 2 its terms fall below 1e-17. */
function areaTo(x: number): number {
  const square = -(x * x) / 2;
  let term = x;
  let sum = x;
  for (let index = 1; index < TERMS; index++) {
    term *= square / index;
    sum += term / (2 * index + 1);
  }
  return sum / Math.sqrt(2 * Math.PI);
}

/** x within ±2 such that the area from 0 to x is this, by Newton's method from the slope at 0. */
function quantile(area: number): number {
  let x = area * Math.sqrt(2 * Math.PI);
  for (let turn = 0; turn < 8; turn++) {
    const slope = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    x = Math.min(CUT, Math.max(-CUT, x - (areaTo(x) - area) / slope));
  }
  return x;
}

export const initializer = defineInitializer({
  kind: 'truncated-normal',
  label: 'Truncated normal',
  help: 'Random numbers, most of them near zero and none far away.',
  value: ({ deviation }, first) => deviation * quantile(WITHIN * (first - 0.5)),
});
