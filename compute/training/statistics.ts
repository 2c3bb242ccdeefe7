/**
 * Numbers of the training split that samples are prepared with: means and deviations for normalising, principal components of
 * colours for augmenting. In float64, in one pass over the samples, a block of them at a time. It knows no device.
 */
import type { NormalizationKind } from '../graph/training-settings';
import { sizeOf, type Shape } from '../graph/tensor';
import type { Dataset } from './dataset';
import { principalAxes } from './principal-axes';
import { blocksOf, type SampleArray } from './sample-source';

/** x becomes (x − mean) / deviation, by the entry of `axis` (of one sample) that x belongs to. No deviation is 0. */
export interface Normalization {
  readonly axis: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** A target y stands for (y − mean) / deviation, each for itself. No deviation is 0. */
export interface TargetScale {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Plain data that a checkpoint keeps: whoever evaluates or exports the network needs the same numbers. */
export interface Statistics {
  /** Null where samples are taken as they are. */
  readonly normalization: Normalization | null;
  /** See AugmentationContext: 3 × 3, row-major; null where no augmentation asks for them. */
  readonly colours: readonly number[] | null;
  /** Null where targets are taken as they are. Earlier versions did not write it, and had none. */
  readonly targets?: TargetScale | null;
}

export const NO_STATISTICS: Statistics = { normalization: null, colours: null, targets: null };

/** The axis of one sample each entry of which is normalised by itself; null where nothing is. */
export function normalizedAxis(kind: NormalizationKind, sampleShape: Shape): number | null {
  if (kind === 'none' || sampleShape.length === 0) return null;
  return kind === 'per-column' ? sampleShape.length - 1 : 0;
}

/** Some samples one after another, as the data set holds them. */
type Blocks = AsyncIterable<SampleArray> | Iterable<SampleArray>;

interface EntryMoments {
  readonly count: number;
  readonly mean: Float64Array;
  /** Σ (x − mean)². */
  readonly squares: Float64Array;
  readonly minimum: Float64Array;
  readonly maximum: Float64Array;
}

/** Of each entry of an axis, over whole samples; blocks are joined after Chan, Golub, LeVeque (1979), so that nothing cancels. */
async function entryMoments(blocks: Blocks, shape: Shape, axis: number): Promise<EntryMoments> {
  const entries = shape[axis] ?? 1;
  const inner = sizeOf(shape.slice(axis + 1));
  const mean = new Float64Array(entries);
  const squares = new Float64Array(entries);
  const minimum = new Float64Array(entries).fill(Infinity);
  const maximum = new Float64Array(entries).fill(-Infinity);
  let count = 0;
  for await (const block of blocks) {
    const runs = block.length / inner;
    const added = (runs / entries) * inner;
    if (added === 0) continue;
    for (let entry = 0; entry < entries; entry++) {
      let sum = 0;
      let least = Infinity;
      let greatest = -Infinity;
      for (let run = entry; run < runs; run += entries) {
        for (let place = run * inner; place < (run + 1) * inner; place++) {
          const value = block[place] ?? 0;
          sum += value;
          if (value < least) least = value;
          if (value > greatest) greatest = value;
        }
      }
      const ownMean = sum / added;
      let own = 0;
      for (let run = entry; run < runs; run += entries) {
        for (let place = run * inner; place < (run + 1) * inner; place++) {
          const distance = (block[place] ?? 0) - ownMean;
          own += distance * distance;
        }
      }
      const difference = ownMean - (mean[entry] ?? 0);
      const total = count + added;
      mean[entry] = (mean[entry] ?? 0) + (difference * added) / total;
      squares[entry] = (squares[entry] ?? 0) + own + (difference * difference * count * added) / total;
      minimum[entry] = Math.min(minimum[entry] ?? Infinity, least);
      maximum[entry] = Math.max(maximum[entry] ?? -Infinity, greatest);
    }
    count += added;
  }
  return { count, mean, squares, minimum, maximum };
}

/** What does not vary is only moved to 0. */
const orOne = (deviation: number): number => (deviation > 0 && Number.isFinite(deviation) ? deviation : 1);

/** Of samples of this shape; `unit` is what one unit of the blocks is worth: 1/255 for bytes. Deviations are those of the whole split: Σ (x − mean)² / n. */
export async function normalizationOf(blocks: Blocks, shape: Shape, kind: NormalizationKind, unit: number): Promise<Normalization | null> {
  const axis = normalizedAxis(kind, shape);
  if (axis === null) return null;
  const entries = Array.from({ length: shape[axis] ?? 1 }, (_, entry) => entry);
  // Whatever the samples, bytes reach from 0 to 1.
  if (kind === 'range' && unit !== 1) return { axis, mean: entries.map(() => 0.5), deviation: entries.map(() => 0.5) };
  const { count, mean, squares, minimum, maximum } = await entryMoments(blocks, shape, axis);
  if (kind === 'range') {
    const half = (entry: number, sign: 1 | -1): number => ((maximum[entry] ?? 0) + sign * (minimum[entry] ?? 0)) / 2;
    return { axis, mean: entries.map((entry) => half(entry, 1)), deviation: entries.map((entry) => orOne(half(entry, -1))) };
  }
  return {
    axis,
    mean: entries.map((entry) => (mean[entry] ?? 0) * unit),
    deviation: entries.map((entry) => orOne(Math.sqrt((squares[entry] ?? 0) / count) * unit)),
  };
}

/** Principal components of the colours of all pixels of images [3, rows, columns], as Statistics keeps them. */
export async function coloursOf(blocks: Blocks, shape: Shape, unit: number): Promise<readonly number[]> {
  const pixels = sizeOf(shape.slice(1));
  let count = 0;
  const mean = [0, 0, 0];
  const products = new Float64Array(9);
  for await (const block of blocks) {
    const images = block.length / (3 * pixels);
    const added = images * pixels;
    if (added === 0) continue;
    const own = [0, 1, 2].map((channel) => {
      let sum = 0;
      for (let image = 0; image < images; image++) {
        const first = (3 * image + channel) * pixels;
        for (let place = first; place < first + pixels; place++) sum += block[place] ?? 0;
      }
      return sum / added;
    });
    const total = count + added;
    const difference = own.map((value, channel) => value - (mean[channel] ?? 0));
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b <= a; b++) {
        let sum = 0;
        for (let image = 0; image < images; image++) {
          const [first, second] = [(3 * image + a) * pixels, (3 * image + b) * pixels];
          for (let place = 0; place < pixels; place++)
            sum += ((block[first + place] ?? 0) - (own[a] ?? 0)) * ((block[second + place] ?? 0) - (own[b] ?? 0));
        }
        const joined = sum + ((difference[a] ?? 0) * (difference[b] ?? 0) * count * added) / total;
        products[3 * a + b] = (products[3 * a + b] ?? 0) + joined;
        products[3 * b + a] = products[3 * a + b] ?? 0;
      }
    }
    own.forEach((_, channel) => {
      mean[channel] = (mean[channel] ?? 0) + ((difference[channel] ?? 0) * added) / total;
    });
    count = total;
  }
  const covariance = Array.from(products, (product) => (count === 0 ? 0 : (product / count) * unit * unit));
  const { axes, variances } = principalAxes(covariance, 3);
  // Column k: the k-th axis times its standard deviation.
  return axes.map((value, place) => value * Math.sqrt(Math.max(0, variances[place % 3] ?? 0)));
}

/** Of labels of `targets` numbers each. */
async function targetScaleOf(labels: Float32Array, targets: number): Promise<TargetScale> {
  const { count, mean, squares } = await entryMoments([labels], [targets], 0);
  return { mean: [...mean], deviation: Array.from(squares, (sum) => orOne(Math.sqrt(sum / count))) };
}

/** The numbers that preparing the samples of a data set in this way needs: read from its training split, and from nothing else. */
export async function measureStatistics(
  dataset: Dataset,
  {
    normalization,
    needsColours,
    targets,
  }: { readonly normalization: NormalizationKind; readonly needsColours: boolean; readonly targets: number },
): Promise<Statistics> {
  const { sampleShape, sampleType, splits } = dataset;
  const { samples, labels, count } = splits.train;
  const unit = sampleType === 'u8' ? 1 / 255 : 1;
  const blocks = () => blocksOf(samples, sizeOf(sampleShape), count);
  return {
    normalization: await normalizationOf(blocks(), sampleShape, normalization, unit),
    colours: needsColours ? await coloursOf(blocks(), sampleShape, unit) : null,
    targets: targets === 0 ? null : await targetScaleOf(Float32Array.from(labels), targets),
  };
}
