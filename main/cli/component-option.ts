/** Options that take kinds out of a registry, with parameters where they are not the defaults: `adam:beta1=0.8,epsilon=1e-6`. */
import { checkParameters, type ParameterSchema, type ParameterSpecification } from '../../compute/graph/parameter-schema';
import { fillIn } from '../../compute/graph/problem';
import type { TrainingSettings } from '../../compute/graph/training-settings';
import texts from '../../resources/locales/en/problems.compute.json';
import type { Option, Reading } from './options';

type Component = TrainingSettings['optimizer'];
type Value = Component['parameters'][string];

/** What was written, as the parameter takes it; what fits nothing stays text, and is refused by the check that follows. */
function valueOf({ type }: ParameterSpecification, written: string): Value {
  switch (type) {
    case 'integer':
    case 'number':
      return written.trim() === '' ? written : Number(written);
    case 'boolean':
      return written === 'true' ? true : written === 'false' ? false : written;
    case 'choice':
    case 'text':
      return written;
    default:
      return written === '' ? [] : written.split('/').map(Number);
  }
}

type Known = ReadonlyMap<string, { readonly parameters: ParameterSchema }>;

function readComponent(known: Known, given: string): Reading<Component> {
  const [kind = '', ...rest] = given.split(':');
  const definition = known.get(kind);
  if (definition === undefined) return { ok: false, expected: `one of ${[...known.keys()].join(', ')}` };
  const parameters: Record<string, Value> = {};
  for (const pair of rest.join(':').split(',').filter(Boolean)) {
    const [name = '', ...value] = pair.split('=');
    const specification = definition.parameters[name];
    if (specification === undefined)
      return { ok: false, expected: `${kind} with parameters out of ${Object.keys(definition.parameters).join(', ') || 'none'}` };
    parameters[name] = valueOf(specification, value.join('='));
  }
  const checked = checkParameters(definition.parameters, parameters);
  if (checked.ok) return { ok: true, value: { kind, parameters } };
  const { code, values } = checked.problem;
  const text = Object.entries(texts.problems.parameter).find(([name]) => `parameter.${name}` === code)?.[1] ?? code;
  return { ok: false, expected: `right: ${fillIn(text, values)}` };
}

export const component = (known: Known, help: string): Option<Component | null> => ({
  placeholder: 'KIND[:NAME=VALUE,…]',
  help: `${help}: ${[...known.keys()].join(', ')}`,
  required: false,
  absent: null,
  read: (given) => readComponent(known, given),
});

/** Several of a registry with + between them, in their order: `rotation:angle=15+noise`; `none` is an empty list. */
export const componentList = (known: Known, help: string): Option<readonly Component[] | null> => ({
  placeholder: 'KIND[:NAME=VALUE,…][+…]',
  help: `${help}: ${[...known.keys()].join(', ')}`,
  required: false,
  absent: null,
  read: (given) => {
    if (given === 'none') return { ok: true, value: [] };
    const all: Component[] = [];
    // A + within a number stands behind its e.
    for (const part of given.split(/(?<!\de)\+/i)) {
      const reading = readComponent(known, part);
      if (!reading.ok) return reading;
      all.push(reading.value);
    }
    return { ok: true, value: all };
  },
});
