/** The plan of `hebb sweep`: read from a file, or from the options. */
import * as v from 'valibot';
import { sweepPlanSchema, type SweepPlan, type SweepValue, type SweepValues } from '../../compute/graph/sweep';
import { isBetterHigher } from '../contract/run-records';
import { describeIssues, readJson } from '../services/json-file';
import { ServiceError } from '../services/service-error';
import type { ValuesFor } from './commands';
import type { Surroundings } from './surroundings';

/** The queue, in the folder of --out. */
export const sweepFileName = 'sweep.json';
const usualCount = 5;

/** `true`, `8`, `1e-3`, else a word. */
const valueOf = (text: string): SweepValue =>
  text === 'true' ? true : text === 'false' ? false : text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;

const rangePattern = /^([^.]\S*?)\.\.([^:]+)(?::(linear|log))?(?::(\d{1,4}))?$/;

/** `8,16,32`, or `0.001..0.1:log:5` with scale and number of values. Null for what is neither. */
export function readValues(text: string): SweepValues | null {
  const range = rangePattern.exec(text);
  if (range !== null) {
    const [minimum, maximum] = [Number(range[1]), Number(range[2])];
    if (!Number.isFinite(minimum) || !Number.isFinite(maximum)) return null;
    const kind = range[3] === 'log' ? 'logarithmic' : 'linear';
    return { kind, minimum, maximum, count: range[4] === undefined ? usualCount : Number(range[4]), whole: false };
  }
  const choices = text.split(',').map((part) => part.trim());
  return choices.some((part) => part === '' || part.includes('..')) ? null : { kind: 'choices', choices: choices.map(valueOf) };
}

/** `PATH=VALUES;PATH=VALUES`. Error: cli.sweep-over. */
export function readParameters(text: string): SweepPlan['parameters'] {
  return text.split(';').map((part) => {
    const place = part.indexOf('=');
    const path = part.slice(0, place).trim();
    const values = place < 1 ? null : readValues(part.slice(place + 1).trim());
    if (path === '' || values === null) throw new ServiceError('cli.sweep-over', { given: part.trim() });
    return { path, values };
  });
}

/** Null where neither a file nor `--over` says what varies. Errors: cli.sweep-over, cli.no-file, sweep.invalid. */
export async function readPlan(values: ValuesFor<'sweep'>, { fileSystem, resolvePath }: Surroundings): Promise<SweepPlan | null> {
  let given: unknown;
  if (values.plan !== null) {
    const file = await readJson(fileSystem, resolvePath(values.plan));
    if (file.state === 'missing') throw new ServiceError('disk.missing', { path: values.plan });
    if (file.state === 'broken') throw new ServiceError('sweep.invalid', { reason: file.reason });
    given = file.value;
  } else if (values.over === null) return null;
  else {
    const { method, measure } = values;
    const trials = values.trials ?? 10;
    given = {
      method:
        method === 'grid'
          ? { kind: 'grid' }
          : method === 'random'
            ? { kind: 'random', trials }
            : { kind: 'halving', trials, factor: values.factor ?? 3, epochs: values['first-epochs'] ?? 1 },
      seed: values.seed ?? 1,
      parameters: readParameters(values.over),
      measure,
      goal: isBetterHigher(measure.slice(measure.indexOf('/') + 1)) ? 'highest' : 'lowest',
    };
  }
  const parsed = v.safeParse(sweepPlanSchema, given);
  if (!parsed.success) throw new ServiceError('sweep.invalid', { reason: describeIssues(parsed.issues) });
  return parsed.output;
}
