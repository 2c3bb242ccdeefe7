/** How much one task does: set by shapes alone, enough tasks for many threads, and none too small to be worth being taken. */

/** Products of fewer operations than this are not worth a task of their own. */
const leastFlops = 200_000;
export const wantedTasks = 16;

/** How many of `total` units of so many operations one task takes. */
export const unitsPerTask = (total: number, flopsOfUnit: number, tasks: number): number =>
  Math.min(total, Math.max(1, Math.ceil(total / tasks), Math.ceil(leastFlops / Math.max(1, flopsOfUnit))));

/** The largest divisor of `total` from 2 to `wanted`; `total` itself if there is none. */
export function divisorUpTo(total: number, wanted: number): number {
  for (let part = Math.min(total, wanted); part > 1; part--) if (total % part === 0) return part;
  return total;
}

export const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;
