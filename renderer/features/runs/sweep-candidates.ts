/** What a sweep can go over: the numbers and choices of the training settings and of every layer, with what they may be. Pure. */
import type { ModelDocument } from '../../../compute/graph/model-document';
import type { ParameterSchema, ParameterSpecification } from '../../../compute/graph/parameter-schema';
import type { SweepValue, SweepValues } from '../../../compute/graph/sweep';
import type { TrainingSettings } from '../../../compute/graph/training-settings';
import { layers } from '../../../compute/layers/registry';
import { losses } from '../../../compute/losses/registry';
import { optimizers } from '../../../compute/optimizers/registry';
import { schedules } from '../../../compute/schedules/registry';

export interface SweepCandidate {
  readonly path: string;
  readonly current: SweepValue;
  /** Null for choices. */
  readonly range: { readonly minimum: number; readonly maximum: number; readonly whole: boolean; readonly logarithmic: boolean } | null;
  /** Empty for numbers. */
  readonly choices: readonly SweepValue[];
}

const numbers = [
  { name: 'learningRate', minimum: 0, maximum: 1000, whole: false, logarithmic: true },
  { name: 'batchSize', minimum: 1, maximum: 65_536, whole: true, logarithmic: true },
  { name: 'epochs', minimum: 1, maximum: 1_000_000, whole: true, logarithmic: false },
  { name: 'weightDecay', minimum: 0, maximum: 1000, whole: false, logarithmic: true },
  { name: 'l1', minimum: 0, maximum: 1000, whole: false, logarithmic: true },
  { name: 'seed', minimum: 0, maximum: 0xffffffff, whole: true, logarithmic: false },
] as const;

function candidateOf(path: string, specification: ParameterSpecification, value: unknown): SweepCandidate | null {
  const current = typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : specification.default;
  if (typeof current === 'object') return null;
  switch (specification.type) {
    case 'integer':
    case 'number': {
      const { minimum, maximum } = specification;
      const whole = specification.type === 'integer';
      const logarithmic = specification.type === 'number' && specification.scale === 'logarithmic';
      return { path, current, range: { minimum, maximum, whole, logarithmic }, choices: [] };
    }
    case 'boolean':
      return { path, current, range: null, choices: [false, true] };
    case 'choice':
      return { path, current, range: null, choices: specification.options.map((option) => option.value) };
    case 'text':
    case 'integers':
    case 'numbers':
    case 'shape':
      return null;
    default:
      return specification satisfies never;
  }
}

const ofSchema = (
  path: string,
  schema: ParameterSchema | undefined,
  values: Readonly<Record<string, unknown>>,
): readonly SweepCandidate[] =>
  Object.entries(schema ?? {}).flatMap(([name, specification]) => candidateOf(`${path}.${name}`, specification, values[name]) ?? []);

export function candidatesOf(document: ModelDocument, settings: TrainingSettings): readonly SweepCandidate[] {
  const { optimizer, schedule, loss } = settings;
  const kinds: readonly SweepCandidate[] =
    // Another optimizer has other parameters: only one without any can be exchanged.
    Object.keys(optimizer.parameters).length > 0
      ? []
      : [{ path: 'settings.optimizer.kind', current: optimizer.kind, range: null, choices: [...optimizers.keys()] }];
  return [
    ...numbers.map(({ name, ...range }): SweepCandidate => ({ path: `settings.${name}`, current: settings[name], range, choices: [] })),
    ...kinds,
    ...ofSchema('settings.optimizer.parameters', optimizers.get(optimizer.kind)?.parameters, optimizer.parameters),
    ...ofSchema('settings.schedule.parameters', schedules.get(schedule.kind)?.parameters, schedule.parameters),
    ...ofSchema('settings.loss.parameters', losses.get(loss.kind)?.parameters, loss.parameters),
    ...document.nodes.flatMap((node) =>
      node.kind === 'input' ? [] : ofSchema(`network.${node.id}`, layers.get(node.kind)?.parameters, node.parameters),
    ),
  ];
}

/** Values to begin with: around the one there is. */
export function usualValues({ current, range, choices }: SweepCandidate): SweepValues {
  if (range === null || typeof current !== 'number') return { kind: 'choices', choices: [...choices] };
  const { minimum, maximum, whole, logarithmic } = range;
  const bounded = (value: number): number => Math.min(maximum, Math.max(minimum, whole ? Math.round(value) : Number(value.toPrecision(6))));
  if (logarithmic) {
    const middle = current > 0 ? current : 1e-4;
    const factor = whole ? 4 : 10;
    return { kind: 'logarithmic', minimum: bounded(middle / factor), maximum: bounded(middle * factor), count: 3, whole };
  }
  const [low, high] = [bounded(current / 2), bounded(current === 0 ? Math.min(1, maximum) : current * 2)];
  return { kind: 'linear', minimum: Math.min(low, high), maximum: Math.max(low, high), count: 3, whole };
}

/** Choices as they are typed, divided by commas: numbers, `true` and `false`, else words. */
export const readChoices = (text: string): readonly SweepValue[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => (part === 'true' ? true : part === 'false' ? false : Number.isFinite(Number(part)) ? Number(part) : part));
