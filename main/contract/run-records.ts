/**
 * The records of metrics.jsonl: what a training measured, as the screen appends it and as readers take it up again. Any
 * measure may stand in them by its name (loss, accuracy, …). Pure, and a leaf beside the schema library.
 */
import * as v from 'valibot';

/** JSON has no NaN and no infinity: they are kept as null. */
const value = v.nullable(v.number());
/** Milliseconds since 1970, of the last step of the record. */
const at = v.optional(v.number());
const scores = v.record(v.string(), v.unknown());

const stepsRecord = v.looseObject({ type: v.literal('steps'), at, steps: v.array(v.number()) });
const epochRecord = v.looseObject({ type: v.literal('epoch'), at, epoch: v.number(), step: v.number(), train: scores, validation: scores });
/** The training begins, or goes on after a rest: what lies before is no time of training. */
const startedRecord = v.looseObject({ type: v.literal('started'), at: v.number() });
const recordSchema = v.variant('type', [stepsRecord, epochRecord, startedRecord]);
const values = v.array(value);

/** One measure over the steps of a run. The arrays are equally long. */
export interface MeasureSeries {
  /** `loss`, `accuracy`, … */
  readonly measure: string;
  /** `batch`: of each step's batch. `training`, `validation`: of an epoch's end. */
  readonly of: 'batch' | 'training' | 'validation';
  readonly steps: readonly number[];
  /** NaN where it was no finite number. */
  readonly values: readonly number[];
  /** Milliseconds since 1970; NaN where the record has none (of an earlier version). */
  readonly times: readonly number[];
  /** Seconds of training until then, rests left out; NaN where it is not known. */
  readonly seconds: readonly number[];
}

export interface RunMeasures {
  readonly series: readonly MeasureSeries[];
  /** Finished epochs and their last steps. */
  readonly epochs: readonly { readonly epoch: number; readonly step: number }[];
}

interface Growing {
  readonly measure: string;
  readonly of: MeasureSeries['of'];
  readonly steps: number[];
  readonly values: number[];
  readonly times: number[];
  readonly seconds: number[];
}

/** Trained seconds of a run, from the times of its records. */
function createClock() {
  let last = NaN;
  let passed = NaN;
  return {
    start(time: number): void {
      last = time;
      if (Number.isNaN(passed)) passed = 0;
    },
    /** Seconds of training at a time, which becomes the last. */
    reach(time: number): number {
      if (!Number.isFinite(time)) return NaN;
      passed = (Number.isNaN(passed) ? 0 : passed) + (Number.isNaN(last) ? 0 : Math.max(0, time - last) / 1000);
      last = time;
      return passed;
    },
    get time(): number {
      return last;
    },
    get seconds(): number {
      return passed;
    },
  };
}

function truncate(series: Growing, step: number): void {
  while (series.steps.length > 0 && (series.steps.at(-1) ?? 0) > step) {
    series.steps.pop();
    series.values.pop();
    series.times.pop();
    series.seconds.pop();
  }
}

const numberOf = (found: unknown): number => (typeof found === 'number' && Number.isFinite(found) ? found : NaN);

/**
 * All measures of a run by their records; where it went on from an earlier step, the later record holds. A record's time
 * is that of its last step: the steps before lie evenly between it and the record before. Unknown records are skipped.
 */
export function measuresOf(records: readonly unknown[]): RunMeasures {
  const all = new Map<string, Growing>();
  let epochs: { readonly epoch: number; readonly step: number }[] = [];
  const clock = createClock();
  const seriesOf = (of: MeasureSeries['of'], measure: string): Growing => {
    const key = `${of}/${measure}`;
    const known = all.get(key);
    if (known !== undefined) return known;
    const made: Growing = { measure, of, steps: [], values: [], times: [], seconds: [] };
    all.set(key, made);
    return made;
  };
  const push = (series: Growing, step: number, measured: number, time: number, seconds: number): void => {
    series.steps.push(step);
    series.values.push(measured);
    series.times.push(time);
    series.seconds.push(seconds);
  };
  for (const unknownRecord of records) {
    const parsed = v.safeParse(recordSchema, unknownRecord);
    if (!parsed.success) continue;
    const record = parsed.output;
    if (record.type === 'started') {
      clock.start(record.at);
      continue;
    }
    const time = record.at ?? NaN;
    const [timeBefore, secondsBefore] = [clock.time, clock.seconds];
    const seconds = clock.reach(time);
    if (record.type === 'epoch') {
      epochs = [...epochs.filter(({ step }) => step < record.step), { epoch: record.epoch, step: record.step }];
      for (const [of, measured] of [
        ['training', record.train],
        ['validation', record.validation],
      ] as const)
        for (const [measure, found] of Object.entries(measured)) {
          if (found !== null && typeof found !== 'number') continue;
          const series = seriesOf(of, measure);
          truncate(series, record.step - 1);
          push(series, record.step, numberOf(found), time, seconds);
        }
      continue;
    }
    const first = record.steps[0];
    if (first === undefined) continue;
    for (const series of all.values()) truncate(series, first - 1);
    epochs = epochs.filter(({ step }) => step < first);
    for (const [measure, unknownValues] of Object.entries(record)) {
      if (measure === 'steps') continue;
      const measured = v.safeParse(values, unknownValues);
      if (!measured.success) continue;
      const series = seriesOf('batch', measure);
      record.steps.forEach((step, index) => {
        const part = (index + 1) / record.steps.length;
        const between = (start: number, end: number): number => (Number.isNaN(start) ? end : start + (end - start) * part);
        push(series, step, numberOf(measured.output[index]), between(timeBefore, time), between(secondsBefore, seconds));
      });
    }
  }
  return { series: [...all.values()], epochs };
}

export const findSeries = ({ series }: RunMeasures, of: MeasureSeries['of'], measure: string): MeasureSeries | null =>
  series.find((one) => one.of === of && one.measure === measure) ?? null;

/** Of which measures more is better; of all others less is. */
const growing: ReadonlySet<string> = new Set(['accuracy', 'robustAccuracy', 'r2']);
export const isBetterHigher = (measure: string): boolean => growing.has(measure);
