/**
 * Every layer with other parameters than those of its samples, by its own schema: what is held against PyTorch beside the
 * samples. What a layer refuses is left out; that it refuses the right things, its own tests say.
 */
import { checkParameters, type ParameterSpecification, type ParameterValue, type ParameterValues } from '../graph/parameter-schema';
import { philox, streamKey } from '../graph/philox';
import type { LayerDefinition, LayerSample } from '../layers/layer';
import { layerCase, type LayerCase } from './layer-cases';

/** How many combinations of all parameters of one sample are tried; of more, so many are drawn. */
const COMBINATIONS = 300;

const within = (minimum: number, maximum: number) => (value: number) => value >= minimum && value <= maximum;

/** The value of the sample first, then others that differ from it in kind: the least, greater ones, uneven ones. */
function alternativesOf(name: string, specification: ParameterSpecification, value: ParameterValue): readonly ParameterValue[] {
  switch (specification.type) {
    case 'boolean':
      return [value, value !== true];
    case 'choice':
      // From where the weights start changes nothing that is computed from them.
      return name.toLowerCase().includes('initializer') ? [value] : [value, ...specification.options.map((option) => option.value)];
    case 'integer':
      return [value, ...[1, 2, 3, 4].filter(within(specification.minimum, specification.maximum))];
    case 'number': {
      const { minimum, maximum, default: usual } = specification;
      return [value, usual, ...[Number(value) + 0.37, Number(value) / 2].filter(within(minimum, maximum))];
    }
    case 'integers': {
      const { minimum, maximum, names } = specification;
      const lists = [
        names.map(() => minimum),
        names.map((_, position) => minimum + position),
        names.map((_, position) => 2 - (position % 2)),
      ];
      return [value, ...lists.filter((list) => list.every(within(minimum, maximum)))];
    }
    case 'shape':
      return Array.isArray(value) ? [value, [...(value as readonly number[])].reverse()] : [value];
    default:
      // Lists of free length and texts have no meaning that could be guessed here.
      return [value];
  }
}

function distinct(values: readonly ParameterValue[]): ParameterValue[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

/** The samples of a layer, each with all combinations of alternative values (`full`) or with one value changed at a time. */
function combinations(definition: LayerDefinition, sample: LayerSample<ParameterValues>, full: boolean): readonly ParameterValues[] {
  const names = Object.keys(definition.parameters);
  const alternatives = names.map((name) => {
    const specification = definition.parameters[name];
    const value = sample.parameters[name];
    if (specification === undefined || value === undefined) throw new TypeError(`${definition.kind}: ${sample.name} lacks ${name}.`);
    return distinct(alternativesOf(name, specification, value));
  });
  if (!full) {
    return names.flatMap((name, position) =>
      (alternatives[position] ?? []).slice(1).map((value) => ({ ...sample.parameters, [name]: value })),
    );
  }
  const total = alternatives.reduce((product, { length }) => product * length, 1);
  const key = streamKey(`${definition.kind}: ${sample.name}`);
  const words = new Uint32Array(4);
  return Array.from({ length: Math.min(total, COMBINATIONS) }, (_, index) => {
    philox(index, 0, 0, 0, key, 0, words);
    let rest = total <= COMBINATIONS ? index : (words[0] ?? 0) % total;
    return Object.fromEntries(
      names.map((name, position) => {
        const values = alternatives[position] ?? [];
        const value = values[rest % values.length];
        rest = Math.floor(rest / values.length);
        return [name, value ?? 0];
      }),
    );
  });
}

/** In training; where that draws random numbers, which no other program repeats, in evaluation; where the modes differ, in both. */
function casesOf(definition: LayerDefinition, sample: LayerSample<ParameterValues>): LayerCase[] {
  const trained = layerCase(definition, sample, 'train');
  const both = trained.random || trained.buffers.length > 0;
  return [...(trained.random ? [] : [trained]), ...(both ? [layerCase(definition, sample, 'evaluate')] : [])];
}

/** Cases beside the samples: one parameter changed at a time, or all combinations (of many, as many as are drawn). */
export function gridOf(definition: LayerDefinition, full: boolean): readonly LayerCase[] {
  const seen = new Set<string>();
  return definition.samples.flatMap((sample) =>
    combinations(definition, sample, full).flatMap((parameters) => {
      const name = `${sample.name} with ${JSON.stringify(parameters)}`;
      const allowed =
        checkParameters(definition.parameters, parameters).ok &&
        definition.shape(sample.inputShapes, parameters).ok &&
        (sample.tokens ?? []).every((token) => token < (definition.tokens?.takes?.(parameters) ?? Infinity));
      if (!allowed || seen.has(name)) return [];
      seen.add(name);
      return casesOf(definition, { ...sample, name, parameters });
    }),
  );
}
