/** Curves of several runs over one axis: raw, smoothed, thinned out for a chart. Pure. */
import { downsample, smooth, type Point } from '../../charts/series';
import { findSeries, type MeasureSeries, type RunMeasures } from '../../../main/contract/run-records';

export type CurveAxis = 'step' | 'epoch' | 'time';

export interface RunCurve {
  readonly raw: readonly Point[];
  /** Empty where nothing is smoothed. */
  readonly smoothed: readonly Point[];
  /** Every point, for tables and files. */
  readonly exact: readonly Point[];
}

/** Points a curve at most. */
const limit = 600;

/** The key of a series, `batch/loss`, apart. */
export function seriesAt(measures: RunMeasures, key: string): MeasureSeries | null {
  const place = key.indexOf('/');
  const [of, measure] = [key.slice(0, place), key.slice(place + 1)];
  return of === 'batch' || of === 'training' || of === 'validation' ? findSeries(measures, of, measure) : null;
}

/** All series that any of the runs has: of the validation first, then of the epochs, then of the batches. */
export function seriesKeys(all: readonly RunMeasures[]): readonly string[] {
  const keys = new Set(all.flatMap(({ series }) => series.map(({ of, measure }) => `${of}/${measure}`)));
  const place = (key: string): number => ['validation', 'training', 'batch'].findIndex((of) => key.startsWith(`${of}/`));
  return [...keys].sort((a, b) => place(a) - place(b));
}

/** Steps as epochs, by the ends of the epochs that are known; between them evenly. */
function epochAt(step: number, ends: RunMeasures['epochs']): number {
  let [before, stepBefore] = [0, 0];
  for (const { epoch, step: end } of ends) {
    if (step <= end) return before + ((epoch - before) * (step - stepBefore)) / Math.max(1, end - stepBefore);
    [before, stepBefore] = [epoch, end];
  }
  // After the last one as fast as until then; before there is one there is no measure of an epoch.
  return stepBefore === 0 ? NaN : before + ((step - stepBefore) * before) / stepBefore;
}

export function curveOfRun(measures: RunMeasures, key: string, axis: CurveAxis, smoothing: number): RunCurve {
  const series = seriesAt(measures, key);
  if (series === null) return { raw: [], smoothed: [], exact: [] };
  const xs = axis === 'step' ? series.steps : axis === 'time' ? series.seconds : series.steps.map((step) => epochAt(step, measures.epochs));
  const known = xs.flatMap((x, index) => (Number.isFinite(x) ? [index] : []));
  const [shownX, shownY] = [known.map((index) => xs[index] ?? 0), known.map((index) => series.values[index] ?? NaN)];
  return {
    raw: downsample(shownX, shownY, limit),
    smoothed: smoothing === 0 || series.of !== 'batch' ? [] : downsample(shownX, smooth(shownY, smoothing), limit),
    exact: shownX.map((x, index): Point => [x, shownY[index] ?? NaN]),
  };
}
