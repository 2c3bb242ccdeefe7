/**
 * Long series of numbers for charts, kept in typed arrays outside reactivity: growing, smoothing, downsampling. It
 * draws nothing.
 */

/** Points that only grow at the end; `x` never decreases. */
export interface Series {
  readonly length: number;
  push(x: number, y: number): void;
  /** Drops every point with x ≥ limit, as when a run goes on from an earlier checkpoint. */
  truncate(limit: number): void;
  clear(): void;
  /** Views of the points so far; valid until the next push. */
  xs(): Float64Array;
  ys(): Float64Array;
}

export function createSeries(capacity = 1024): Series {
  let x = new Float64Array(capacity);
  let y = new Float64Array(capacity);
  let length = 0;
  const grown = (array: Float64Array): Float64Array<ArrayBuffer> => {
    const larger = new Float64Array(array.length * 2);
    larger.set(array);
    return larger;
  };
  return {
    get length() {
      return length;
    },
    push(nextX, nextY) {
      if (length === x.length) {
        x = grown(x);
        y = grown(y);
      }
      x[length] = nextX;
      y[length] = nextY;
      length += 1;
    },
    truncate(limit) {
      while (length > 0 && (x[length - 1] ?? 0) >= limit) length -= 1;
    },
    clear() {
      length = 0;
    },
    xs: () => x.subarray(0, length),
    ys: () => y.subarray(0, length),
  };
}

export type Point = readonly [number, number];

/**
 * At most about `limit` points that keep every peak: in each bucket the smallest and the largest y, in order of x, and
 * both ends of the series. Points that are not finite are kept out.
 */
export function downsample(xs: ArrayLike<number>, ys: ArrayLike<number>, limit: number): Point[] {
  const count = Math.min(xs.length, ys.length);
  const at = (index: number): Point => [xs[index] ?? 0, ys[index] ?? 0];
  const result: Point[] = [];
  if (count <= Math.max(limit, 4)) {
    for (let index = 0; index < count; index++) if (Number.isFinite(ys[index])) result.push(at(index));
    return result;
  }
  const buckets = Math.max(1, Math.floor((limit - 2) / 2));
  const take = new Set<number>([0, count - 1]);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = Math.floor((bucket / buckets) * count);
    const end = Math.floor(((bucket + 1) / buckets) * count);
    let smallest = -1;
    let largest = -1;
    for (let index = start; index < end; index++) {
      const value = ys[index] ?? NaN;
      if (!Number.isFinite(value)) continue;
      if (smallest < 0 || value < (ys[smallest] ?? 0)) smallest = index;
      if (largest < 0 || value > (ys[largest] ?? 0)) largest = index;
    }
    if (smallest >= 0) take.add(smallest).add(largest);
  }
  for (const index of [...take].sort((a, b) => a - b)) if (Number.isFinite(ys[index])) result.push(at(index));
  return result;
}

/**
 * Exponential moving average without the bias of its start (as Adam corrects it): weight 0 gives the series itself,
 * weights near 1 smooth strongly. Values that are not finite repeat the last average.
 */
export function smooth(ys: ArrayLike<number>, weight: number): Float64Array {
  const result = new Float64Array(ys.length);
  let average = 0;
  let correction = 0;
  for (let index = 0; index < ys.length; index++) {
    const value = ys[index] ?? NaN;
    if (Number.isFinite(value)) {
      average = average * weight + (1 - weight) * value;
      correction = correction * weight + (1 - weight);
    }
    result[index] = correction > 0 ? average / correction : NaN;
  }
  return result;
}

export interface Histogram {
  /** counts.length + 1 edges. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Equal bins from the smallest to the largest value; a constant series falls into one bin around it. */
export function histogram(values: ArrayLike<number>, bins: number): Histogram {
  let minimum = Infinity;
  let maximum = -Infinity;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? NaN;
    if (!Number.isFinite(value)) continue;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  if (!(minimum <= maximum)) return { edges: [0, 1], counts: [0] };
  if (minimum === maximum) {
    const reach = Math.abs(minimum) * 0.5 || 0.5;
    minimum -= reach;
    maximum += reach;
  }
  const counts = new Array<number>(bins).fill(0);
  const width = (maximum - minimum) / bins;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? NaN;
    if (!Number.isFinite(value)) continue;
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((value - minimum) / width)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { edges: Array.from({ length: bins + 1 }, (_, index) => minimum + index * width), counts };
}

/** The next of 1, 2, 2.5, 5 and 10 times a power of ten that is no less than a number above 0. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return (([1, 2, 2.5, 5] as const).find((factor) => factor * power >= least) ?? 10) * power;
}

/**
 * At most `most` + 2 equal bins whose middles are multiples of a round number. Values that differ by less than a billionth of the
 * largest have no round numbers between them: they fall into one bin.
 */
export function roundHistogram(values: ArrayLike<number>, most: number): Histogram {
  const finite = Array.from(values).filter(Number.isFinite);
  const minimum = finite.reduce((least, value) => Math.min(least, value), Infinity);
  const maximum = finite.reduce((greatest, value) => Math.max(greatest, value), -Infinity);
  const largest = Math.max(Math.abs(minimum), Math.abs(maximum), 1e-300);
  if (!(maximum - minimum > 1e-9 * largest)) return histogram(finite, 1);
  const step = roundStep((maximum - minimum) / most);
  const first = Math.round(minimum / step);
  const counts = new Array<number>(Math.round(maximum / step) - first + 1).fill(0);
  for (const value of finite) {
    const bin = Math.round(value / step) - first;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { edges: Array.from({ length: counts.length + 1 }, (_, index) => (first + index - 0.5) * step), counts };
}

export interface Summary {
  readonly count: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  /** Of the population. */
  readonly deviation: number;
  readonly zeros: number;
  readonly notFinite: number;
}

/** What a histogram's numbers are; means and deviations over the finite values. */
export function summarise(values: ArrayLike<number>): Summary {
  let minimum = Infinity;
  let maximum = -Infinity;
  let mean = 0;
  let squares = 0;
  let finite = 0;
  let zeros = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? NaN;
    if (!Number.isFinite(value)) continue;
    // Welford 1962: one pass without cancellation.
    finite += 1;
    const distance = value - mean;
    mean += distance / finite;
    squares += distance * (value - mean);
    if (value === 0) zeros += 1;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  return {
    count: values.length,
    minimum: finite ? minimum : NaN,
    maximum: finite ? maximum : NaN,
    mean: finite ? mean : NaN,
    deviation: finite ? Math.sqrt(squares / finite) : NaN,
    zeros,
    notFinite: values.length - finite,
  };
}
