/** How much each class counts, so that rare ones are learnt as well. Pure. */

/**
 * Weights with which all classes together count alike, whatever their numbers of samples: samples / (classes · samples of the
 * class), to four digits; 0 for a class that has none.
 */
export function balancedWeights(counts: readonly number[]): number[] {
  const present = counts.filter((count) => count > 0).length;
  const samples = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (count === 0 ? 0 : Number((samples / (present * count)).toPrecision(4))));
}
