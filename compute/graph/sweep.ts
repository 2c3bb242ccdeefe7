/**
 * Sweeps: trials of one network over values of its parameters and settings. The form of sweeps/<id>.json, which trials a plan
 * makes, what follows when one is done. Pure; it knows no engine and no disk.
 */
import * as v from 'valibot';
import { modelDocumentSchema, type ModelDocument } from './model-document';
import { philox, streamKey } from './philox';
import { failure, success, type Outcome } from './problem';
import { trainingSettingsSchema, type TrainingSettings } from './training-settings';

export const SWEEP_FORMAT_VERSION = 1;
/** More trials than anybody waits for. */
export const largestSweep = 10_000;

const count = (minimum: number, maximum: number) => v.pipe(v.number(), v.integer(), v.minValue(minimum), v.maxValue(maximum));
const finite = v.pipe(v.number(), v.finite());
const choice = v.union([finite, v.boolean(), v.pipe(v.string(), v.maxLength(200))]);

const range = {
  minimum: finite,
  maximum: finite,
  /** Of a grid; random trials take any value between. */
  count: v.optional(count(1, 1000), 5),
  /** Rounded to whole numbers. */
  whole: v.optional(v.boolean(), false),
};
const valuesSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('choices'), choices: v.pipe(v.array(choice), v.minLength(1), v.maxLength(1000)) }),
  v.strictObject({ kind: v.literal('linear'), ...range }),
  v.strictObject({ kind: v.literal('logarithmic'), ...range }),
]);

const methodSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('grid') }),
  v.strictObject({ kind: v.literal('random'), trials: count(1, largestSweep) }),
  v.strictObject({
    kind: v.literal('halving'),
    trials: count(2, largestSweep),
    /** Each round keeps one in so many, and trains it so many times as long. */
    factor: v.optional(count(2, 10), 3),
    /** Of the first round. */
    epochs: count(1, 1_000_000),
  }),
]);

export const sweepPlanSchema = v.strictObject({
  name: v.optional(v.pipe(v.string(), v.maxLength(200)), ''),
  method: methodSchema,
  seed: v.optional(count(0, 0xffffffff), 1),
  /** `settings.learningRate`, `settings.optimizer.parameters.beta1`, `network.conv1.filters`. */
  parameters: v.pipe(
    v.array(v.strictObject({ path: v.pipe(v.string(), v.minLength(1), v.maxLength(300)), values: valuesSchema })),
    v.minLength(1),
    v.maxLength(16),
  ),
  measure: v.optional(v.pipe(v.string(), v.maxLength(100)), 'validation/loss'),
  goal: v.optional(v.picklist(['lowest', 'highest']), 'lowest'),
});
export type SweepPlan = v.InferOutput<typeof sweepPlanSchema>;
export type SweepValues = SweepPlan['parameters'][number]['values'];
export type SweepValue = v.InferOutput<typeof choice>;

const trialSchema = v.strictObject({
  number: count(0, 0xffffffff),
  /** The round of a halving; 0 else. */
  round: count(0, 64),
  values: v.record(v.string(), choice),
  /** Null: as the settings say. */
  epochs: v.nullable(count(1, 1_000_000)),
  status: v.picklist(['waiting', 'running', 'finished', 'failed']),
  run: v.nullable(v.string()),
  /** The measure at the end; null before it, and where it was no finite number. */
  result: v.nullable(v.number()),
  /** Why it failed, in words. */
  problem: v.nullable(v.string()),
});
export type SweepTrial = v.InferOutput<typeof trialSchema>;

export const sweepSchema = v.strictObject({
  format: v.literal('hebb-sweep'),
  version: v.literal(SWEEP_FORMAT_VERSION),
  id: v.string(),
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  plan: sweepPlanSchema,
  base: v.strictObject({ document: modelDocumentSchema, settings: trainingSettingsSchema, dataset: v.string() }),
  trials: v.pipe(v.array(trialSchema), v.maxLength(4 * largestSweep)),
});
export type Sweep = v.InferOutput<typeof sweepSchema>;

/** Which sweeps are worked through, one after the other: the form of sweeps/queue.json. */
export const sweepQueueSchema = v.strictObject({
  format: v.literal('hebb-sweep-queue'),
  version: v.literal(SWEEP_FORMAT_VERSION),
  sweeps: v.pipe(v.array(v.string()), v.maxLength(largestSweep)),
});
export type SweepQueue = v.InferOutput<typeof sweepQueueSchema>;

const STREAM = streamKey('sweep');

/** A number in [0, 1) of 53 bits, for a trial's parameter. */
function randomAt(seed: number, trial: number, parameter: number): number {
  const words = new Uint32Array(4);
  philox(trial, parameter, STREAM, 0, seed, 0, words);
  return ((words[0] ?? 0) * 2 ** 21 + ((words[1] ?? 0) >>> 11)) * 2 ** -53;
}

/** The value at a fraction 0 … 1 of what a parameter may be. */
function valueAt(values: SweepValues, fraction: number): SweepValue {
  if (values.kind === 'choices')
    return values.choices[Math.min(values.choices.length - 1, Math.floor(fraction * values.choices.length))] ?? 0;
  const { minimum, maximum, whole } = values;
  const value =
    values.kind === 'linear'
      ? minimum + (maximum - minimum) * fraction
      : Math.exp(Math.log(minimum) + (Math.log(maximum) - Math.log(minimum)) * fraction);
  // Twelve digits: a grid of tenths has 0.3 in it, not 0.30000000000000004.
  return whole ? Math.round(value) : Math.min(maximum, Math.max(minimum, Number(value.toPrecision(12))));
}

/** All values of a grid, in order, each once. */
export function gridValues(values: SweepValues): readonly SweepValue[] {
  if (values.kind === 'choices') return [...new Set(values.choices)];
  return [
    ...new Set(Array.from({ length: values.count }, (_, index) => valueAt(values, values.count === 1 ? 0 : index / (values.count - 1)))),
  ];
}

const trialOf = (number: number, values: SweepTrial['values'], round = 0, epochs: number | null = null): SweepTrial => ({
  number,
  round,
  values,
  epochs,
  status: 'waiting',
  run: null,
  result: null,
  problem: null,
});

/** How many trials a grid has. */
const gridSize = ({ parameters }: SweepPlan): number => parameters.reduce((product, { values }) => product * gridValues(values).length, 1);

/** The trials to begin with. Problems: `sweep.range`, `sweep.twice`, `sweep.too-many`. */
export function firstTrials(plan: SweepPlan): Outcome<readonly SweepTrial[]> {
  const { method, parameters, seed } = plan;
  for (const { path, values } of parameters) {
    if (parameters.filter((other) => other.path === path).length > 1) return failure('sweep.twice', { path });
    if (values.kind === 'choices') continue;
    if (values.minimum > values.maximum || (values.kind === 'logarithmic' && values.minimum <= 0))
      return failure('sweep.range', { path, minimum: values.minimum, maximum: values.maximum });
  }
  if (method.kind !== 'grid')
    return success(
      Array.from({ length: method.trials }, (_, number) =>
        trialOf(
          number,
          Object.fromEntries(parameters.map(({ path, values }, index) => [path, valueAt(values, randomAt(seed, number, index))])),
          0,
          method.kind === 'halving' ? method.epochs : null,
        ),
      ),
    );
  const size = gridSize(plan);
  if (size > largestSweep) return failure('sweep.too-many', { count: size, maximum: largestSweep });
  let all: SweepTrial['values'][] = [{}];
  for (const { path, values } of parameters) all = all.flatMap((given) => gridValues(values).map((value) => ({ ...given, [path]: value })));
  return success(all.map((values, number) => trialOf(number, values)));
}

/** How many trainings a plan comes to in all, rounds of halving included; 0 where it is wrong. */
export function trainingsOf(plan: SweepPlan): number {
  if (plan.method.kind === 'grid') return gridSize(plan);
  if (plan.method.kind === 'random') return plan.method.trials;
  let total = 0;
  for (let left = plan.method.trials; left >= 1; left = Math.floor(left / plan.method.factor)) total += left;
  return total;
}

/** Best first; without a result last, in their order. */
export function ranked(trials: readonly SweepTrial[], { goal }: Pick<SweepPlan, 'goal'>): readonly SweepTrial[] {
  const score = ({ result }: SweepTrial): number => (result === null ? -Infinity : goal === 'highest' ? result : -result);
  return [...trials].sort((a, b) => (score(a) === score(b) ? a.number - b.number : score(b) > score(a) ? 1 : -1));
}

const isOver = ({ status }: SweepTrial): boolean => status === 'finished' || status === 'failed';

/**
 * The next round of a halving, once all of the last are over: the best of every `factor` trials, from the beginning, `factor` times
 * as long (Jamieson and Talwalkar 2016, successive halving). Empty where nothing follows.
 */
function nextRound({ plan, trials }: Pick<Sweep, 'plan' | 'trials'>): readonly SweepTrial[] {
  if (plan.method.kind !== 'halving' || !trials.every(isOver)) return [];
  const { factor } = plan.method;
  const round = Math.max(...trials.map((trial) => trial.round));
  const last = trials.filter((trial) => trial.round === round);
  const kept = ranked(
    last.filter(({ result }) => result !== null),
    plan,
  ).slice(0, Math.floor(last.length / factor));
  return kept.map(({ values, epochs }, index) => trialOf(trials.length + index, values, round + 1, (epochs ?? 1) * factor));
}

/** With what became of a trial; where that ends a round of a halving, with the trials of the next. */
export function withTrial<Some extends Pick<Sweep, 'plan' | 'trials'>>(
  sweep: Some,
  number: number,
  changes: Partial<Omit<SweepTrial, 'number'>>,
): Some {
  const trials = sweep.trials.map((trial) => (trial.number === number ? { ...trial, ...changes } : trial));
  return { ...sweep, trials: [...trials, ...nextRound({ plan: sweep.plan, trials })] };
}

/** What ran when the program ended begins anew. */
export const afterRestart = <Some extends Pick<Sweep, 'trials'>>(sweep: Some): Some => ({
  ...sweep,
  trials: sweep.trials.map((trial) => (trial.status === 'running' ? { ...trial, status: 'waiting' as const, run: null } : trial)),
});

export const nextTrial = ({ trials }: Pick<Sweep, 'trials'>): SweepTrial | null =>
  trials.find(({ status }) => status === 'waiting') ?? null;
export const isDone = ({ trials }: Pick<Sweep, 'trials'>): boolean => trials.every(isOver);

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy with the value at a path; null where the way there leads through something that is no object. */
function withValue(target: unknown, path: readonly string[], value: SweepValue): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (!isRecord(target) || name === '__proto__') return null;
  const inner = rest.length === 0 ? value : withValue(target[name], rest, value);
  return inner === null ? null : { ...target, [name]: inner };
}

export interface TrialContent {
  readonly document: ModelDocument;
  readonly settings: TrainingSettings;
}

/** The network and settings of a trial. Problems: `sweep.path`, `sweep.value` with the path. */
export function contentOfTrial(base: TrialContent, trial: Pick<SweepTrial, 'values' | 'epochs'>): Outcome<TrialContent> {
  let { document } = base;
  let settings: unknown = trial.epochs === null ? base.settings : { ...base.settings, epochs: trial.epochs };
  for (const [path, value] of Object.entries(trial.values)) {
    const [root, ...rest] = path.split('.');
    if (root === 'settings' && rest.length > 0) {
      settings = withValue(settings, rest, value);
      if (settings === null) return failure('sweep.path', { path });
      const parsed = v.safeParse(trainingSettingsSchema, settings);
      if (!parsed.success) return failure('sweep.value', { path, value: String(value), reason: parsed.issues[0].message });
      continue;
    }
    const [id, parameter] = rest;
    const node = document.nodes.find((known) => known.id === id);
    if (root !== 'network' || node === undefined || parameter === undefined || rest.length !== 2) return failure('sweep.path', { path });
    const changed = { ...node, parameters: { ...node.parameters, [parameter]: value } };
    document = { ...document, nodes: document.nodes.map((known) => (known === node ? changed : known)) };
  }
  const parsed = v.safeParse(trainingSettingsSchema, settings);
  return parsed.success
    ? success({ document, settings: parsed.output })
    : failure('sweep.value', { path: 'settings', value: '', reason: parsed.issues[0].message });
}

/** What is called after the values of a trial: `learningRate 0.01 · conv1 filters 8`; in a round of a halving also after its epochs. */
export const trialName = ({ values, epochs }: Pick<SweepTrial, 'values' | 'epochs'>): string =>
  [...Object.entries(values), ...(epochs === null ? [] : [['settings.epochs', epochs] as const])]
    .map(([path, value]) => {
      const parts = path
        .split('.')
        .slice(1)
        .filter((part) => part !== 'parameters');
      return `${parts.join(' ')} ${typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value)}`;
    })
    .join(' · ')
    .slice(0, 200);
