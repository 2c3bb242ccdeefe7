/** From the log to the curves and tables of the charts. Pure. */
import { downsample, smooth, type Point, type Series } from '../../charts/series';
import type { EpochMetrics, MetricsLog } from './metrics-log';

export type Quantity = 'loss' | 'accuracy' | 'meanAbsoluteError';

export interface CurvePoints {
  readonly raw: readonly Point[];
  readonly smoothed: readonly Point[];
  readonly validation: readonly Point[];
}

/** Points a curve at most: more than a wide screen has pixels to show. */
const limit = 800;

/** `perEpoch` steps make one unit of x; 1 for an axis of steps. */
export function curvesOf(log: Pick<MetricsLog, Quantity | 'epochs'>, quantity: Quantity, smoothing: number, perEpoch: number): CurvePoints {
  const series: Series = log[quantity];
  const scaled = (points: readonly Point[]): readonly Point[] => (perEpoch === 1 ? points : points.map(([x, y]) => [x / perEpoch, y]));
  const xs = series.xs();
  return {
    raw: scaled(downsample(xs, series.ys(), limit)),
    smoothed: smoothing === 0 ? [] : scaled(downsample(xs, smooth(series.ys(), smoothing), limit)),
    validation: scaled(log.epochs.map((epoch): Point => [epoch.step, epoch.validation[quantity]])),
  };
}

export interface CurveRow {
  readonly step: number;
  readonly train: number | null;
  readonly smoothed: number | null;
  readonly validation: number | null;
}

/** Rows of the table beside a chart: steps evenly spread, and every epoch's end. */
export function rowsOf(
  log: Pick<MetricsLog, Quantity | 'epochs'>,
  quantity: Quantity,
  smoothing: number,
  count = 100,
): readonly CurveRow[] {
  const xs = log[quantity].xs();
  const ys = log[quantity].ys();
  const averages = smooth(ys, smoothing);
  const epochs = new Map<number, EpochMetrics>(log.epochs.map((epoch) => [epoch.step, epoch]));
  const wanted = new Set<number>();
  const stride = Math.max(1, Math.ceil(xs.length / count));
  const rows: CurveRow[] = [];
  for (let index = 0; index < xs.length; index++) {
    const step = xs[index] ?? 0;
    if (index % stride !== 0 && index !== xs.length - 1 && !epochs.has(step)) continue;
    wanted.add(step);
    rows.push({
      step,
      train: ys[index] ?? null,
      smoothed: averages[index] ?? null,
      validation: epochs.get(step)?.validation[quantity] ?? null,
    });
  }
  for (const epoch of log.epochs)
    if (!wanted.has(epoch.step)) rows.push({ step: epoch.step, train: null, smoothed: null, validation: epoch.validation[quantity] });
  return rows.sort((a, b) => a.step - b.step);
}
