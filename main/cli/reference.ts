/** What the engine can do, as plain data: every layer, block, loss, optimizer, schedule and initializer of the registries. Pure. */
import type { ParameterSchema, ParameterSpecification, ParameterValues } from '../../compute/graph/parameter-schema';
import { formatShape, type Shape } from '../../compute/graph/tensor';
import { initializers } from '../../compute/initializers/registry';
import type { LayerDefinition, LayerSample } from '../../compute/layers/layer';
import { blocks } from '../../compute/layers/block-registry';
import { layers } from '../../compute/layers/registry';
import { losses } from '../../compute/losses/registry';
import { optimizers } from '../../compute/optimizers/registry';
import { schedules } from '../../compute/schedules/registry';

export interface ParameterEntry {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  /** What it may be, such as `0 … 1`, `true or false`, `2 whole numbers 1 … 1024`. */
  readonly values: string;
  readonly default: string;
}

export interface ReferenceEntry {
  /** `layer`, `block` (several layers, drawn at once), `loss`, `optimizer`, `schedule` or `initializer`. */
  readonly type: string;
  readonly kind: string;
  readonly label: string;
  /** The group of a layer in the palette. */
  readonly group: string | null;
  readonly help: string;
  readonly formula: string | null;
  readonly parameters: readonly ParameterEntry[];
  /** Of a layer, per sample: examples from inputs to output, such as `2×5×6 → 3×3×5`. */
  readonly shapes: readonly string[];
  /** Of a layer: names and shapes of what it learns or keeps, in the first example. */
  readonly weights: readonly string[];
}

const interval = (minimum: number, maximum: number): string => `${String(minimum)} … ${String(maximum)}`;

function valuesOf(specification: ParameterSpecification): string {
  const unit = specification.unit === undefined ? '' : ` ${specification.unit}`;
  switch (specification.type) {
    case 'integer':
      return `whole, ${interval(specification.minimum, specification.maximum)}${unit}`;
    case 'number':
      return interval(specification.minimum, specification.maximum) + unit;
    case 'boolean':
      return 'true or false';
    case 'text':
      return `text of up to ${String(specification.maximumLength)} characters`;
    case 'choice':
      return specification.options.map(({ value }) => value).join(', ');
    case 'integers':
      return `${specification.names.map((name) => name.toLowerCase()).join(', ')}: whole, ${interval(specification.minimum, specification.maximum)}${unit}`;
    case 'numbers':
      return `up to ${String(specification.maximumLength)} numbers, ${interval(specification.minimum, specification.maximum)}${unit}`;
    case 'shape':
      return `sizes of ${interval(specification.minimumRank, specification.maximumRank)} axes`;
    default:
      return specification satisfies never;
  }
}

const parametersOf = (schema: ParameterSchema): ParameterEntry[] =>
  Object.entries(schema).map(([name, specification]) => ({
    name,
    label: specification.label,
    help: specification.help ?? '',
    values: valuesOf(specification),
    default: Array.isArray(specification.default) ? specification.default.join(', ') : String(specification.default),
  }));

const shapeList = (shapes: readonly Shape[]): string => shapes.map(formatShape).join(', ');

/** `3×4×4 → 8×2×2`. */
function shapeExample({ shape }: LayerDefinition, { inputShapes, parameters }: LayerSample<ParameterValues>): string {
  const outcome = shape(inputShapes, parameters);
  return outcome.ok ? `${inputShapes.length === 0 ? 'data' : shapeList(inputShapes)} → ${formatShape(outcome.value)}` : '';
}

function layerEntry(definition: LayerDefinition): ReferenceEntry {
  const { kind, label, group, help, formula, parameters, samples } = definition;
  const examples = samples.map((sample) => shapeExample(definition, sample));
  const weights = samples.slice(0, 1).flatMap((first) => definition.weights(first.inputShapes, first.parameters));
  return {
    ...{ type: 'layer', kind, label, group, help, formula },
    parameters: parametersOf(parameters),
    shapes: [...new Set(examples)],
    weights: weights.map(({ name, shape, role }) => `${name} ${formatShape(shape)}${role === 'buffer' ? ' (kept, not learned)' : ''}`),
  };
}

interface Described {
  readonly kind: string;
  readonly label: string;
  readonly help: string;
  readonly formula?: string;
  readonly parameters?: ParameterSchema;
}

const entriesOf = (type: string, definitions: Iterable<Described>): ReferenceEntry[] =>
  [...definitions].map(({ kind, label, help, formula = null, parameters = {} }) => ({
    ...{ type, kind, label, group: null, help, formula },
    parameters: parametersOf(parameters),
    shapes: [],
    weights: [],
  }));

/** Everything, layers first, each type in the order in which the screen offers it. */
export const reference = (): readonly ReferenceEntry[] => [
  ...[...layers.values()].map(layerEntry),
  ...entriesOf('block', blocks.values()),
  ...entriesOf('loss', losses.values()),
  ...entriesOf('optimizer', optimizers.values()),
  ...entriesOf('schedule', schedules.values()),
  ...entriesOf('initializer', initializers.values()),
];
