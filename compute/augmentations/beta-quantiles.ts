/** The symmetric beta distribution, as a table from which a uniform number reads its quantile. Pure. */

/** Points of integration between 0 and the middle. */
const STEPS = 4096;

/**
 * Quantiles of Beta(α, α), 0 < α ≤ 100, at the probabilities ½ + i / (2·count), i = 0 … count: from ½ to 1. With s = tᵏ, k = 1/α,
 * the integral of (s·(1 − s))^(α − 1) becomes k·∫ (1 − tᵏ)^(α − 1) dt, which is smooth where the density is not; it is
 * added up by the midpoint rule.
 */
export function upperBetaQuantiles(alpha: number, count: number): number[] {
  const end = 0.5 ** alpha;
  const place = (index: number): number => (index / STEPS) * end;
  const sums = new Float64Array(STEPS + 1);
  for (let index = 0; index < STEPS; index++) {
    const middle = place(index + 0.5) ** (1 / alpha);
    sums[index + 1] = (sums[index] ?? 0) + (1 - middle) ** (alpha - 1);
  }
  const half = sums[STEPS] ?? 1;
  let index = 0;
  // From the far end: the probability of being below x is that of being above 1 − x.
  const quantiles = Array.from({ length: count + 1 }, (_, entry) => {
    const wanted = (half * entry) / count;
    while (index < STEPS - 1 && (sums[index + 1] ?? 0) < wanted) index++;
    const [before, after] = [sums[index] ?? 0, sums[index + 1] ?? 0];
    const within = after > before ? Math.min(1, Math.max(0, (wanted - before) / (after - before))) : 0;
    return 1 - place(index + within) ** (1 / alpha);
  });
  return quantiles.reverse();
}
