/**
 * The settings of a layer, loss, optimizer or attack: what the inspector's form is made from, what documents are
 * checked against, and what the defaults are. It knows nothing of the things that have settings.
 */
import { failure, success, type Outcome } from './problem';

interface Described {
  /** English, sentence case; other languages stand in the locale files under the owner's kind and the parameter's name. */
  readonly label: string;
  readonly help?: string;
  readonly unit?: string;
  /** It counts only while another parameter of its schema, a choice or a boolean, has this value; forms leave it out else. */
  readonly onlyWhen?: { readonly parameter: string; readonly is: string | boolean };
}

export type ParameterSpecification =
  | (Described & { readonly type: 'integer'; readonly default: number; readonly minimum: number; readonly maximum: number })
  | (Described & {
      readonly type: 'number';
      readonly default: number;
      readonly minimum: number;
      readonly maximum: number;
      readonly scale?: 'linear' | 'logarithmic';
    })
  | (Described & { readonly type: 'boolean'; readonly default: boolean })
  /** One line of text that the layer itself reads, such as a formula. */
  | (Described & { readonly type: 'text'; readonly default: string; readonly maximumLength: number })
  | (Described & {
      readonly type: 'choice';
      readonly default: string;
      readonly options: readonly { readonly value: string; readonly label: string }[];
    })
  /** A fixed number of integers, such as height and width. */
  | (Described & {
      readonly type: 'integers';
      readonly default: readonly number[];
      readonly minimum: number;
      readonly maximum: number;
      readonly names: readonly string[];
    })
  /** Any number of numbers, such as one a class. */
  | (Described & {
      readonly type: 'numbers';
      readonly default: readonly number[];
      readonly minimum: number;
      readonly maximum: number;
      readonly maximumLength: number;
    })
  /** Sizes of the axes of one sample, outermost first; or another list of whole numbers whose length is free. */
  | (Described & {
      readonly type: 'shape';
      readonly default: readonly number[];
      readonly minimumRank: number;
      readonly maximumRank: number;
      /** Of each number; 1 to 65,536 if nothing else is said. */
      readonly minimum?: number;
      readonly maximum?: number;
    });

export type ParameterSchema = Readonly<Record<string, ParameterSpecification>>;

type ValueOf<Specification extends ParameterSpecification> = Specification extends { type: 'integer' | 'number' }
  ? number
  : Specification extends { type: 'boolean' }
    ? boolean
    : Specification extends { type: 'text' }
      ? string
      : Specification extends { type: 'choice'; options: readonly { readonly value: infer Value }[] }
        ? Value
        : readonly number[];

/** The values that a schema describes. */
export type ValuesOf<Schema extends ParameterSchema> = { readonly [Name in keyof Schema]: ValueOf<Schema[Name]> };

export type ParameterValue = number | boolean | string | readonly number[];
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

export const defaultsOf = <Schema extends ParameterSchema>(schema: Schema): ValuesOf<Schema> =>
  // Each default has its specification's type by construction.
  Object.fromEntries(Object.entries(schema).map(([name, { default: value }]) => [name, value])) as ValuesOf<Schema>;

/** Whether a parameter of the schema counts, the others being these; what is missing has its default. */
export function counts(schema: ParameterSchema, name: string, values: Readonly<Record<string, ParameterValue | undefined>>): boolean {
  const condition = schema[name]?.onlyWhen;
  if (condition === undefined) return true;
  return (values[condition.parameter] ?? schema[condition.parameter]?.default) === condition.is;
}

const whole = (value: unknown, minimum: number, maximum: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum;

/** Checks one value; the problem names the parameter and the range. */
export function checkParameter(name: string, specification: ParameterSpecification, value: unknown): Outcome<ParameterValue> {
  const reject = (code: string, values: Record<string, string | number>) =>
    failure(
      code,
      { parameter: specification.label, value: typeof value === 'undefined' ? 'nothing' : JSON.stringify(value), ...values },
      { parameter: name },
    );
  switch (specification.type) {
    case 'integer':
      return whole(value, specification.minimum, specification.maximum)
        ? success(value as number)
        : reject('parameter.integer', { minimum: specification.minimum, maximum: specification.maximum });
    case 'number':
      return typeof value === 'number' && value >= specification.minimum && value <= specification.maximum
        ? success(value)
        : reject('parameter.number', { minimum: specification.minimum, maximum: specification.maximum });
    case 'boolean':
      return typeof value === 'boolean' ? success(value) : reject('parameter.boolean', {});
    case 'text':
      return typeof value === 'string' && value.length <= specification.maximumLength
        ? success(value)
        : reject('parameter.text', { maximum: specification.maximumLength });
    case 'choice':
      return specification.options.some((option) => option.value === value)
        ? success(value as string)
        : reject('parameter.choice', { options: specification.options.map((option) => option.value).join(', ') });
    case 'integers':
      return Array.isArray(value) &&
        value.length === specification.names.length &&
        value.every((item) => whole(item, specification.minimum, specification.maximum))
        ? success(value as number[])
        : reject('parameter.integers', {
            count: specification.names.length,
            minimum: specification.minimum,
            maximum: specification.maximum,
          });
    case 'numbers':
      return Array.isArray(value) &&
        value.length <= specification.maximumLength &&
        value.every((item) => typeof item === 'number' && item >= specification.minimum && item <= specification.maximum)
        ? success(value as number[])
        : reject('parameter.numbers', {
            count: specification.maximumLength,
            minimum: specification.minimum,
            maximum: specification.maximum,
          });
    case 'shape':
      return Array.isArray(value) &&
        value.length >= specification.minimumRank &&
        value.length <= specification.maximumRank &&
        value.every((item) => whole(item, specification.minimum ?? 1, specification.maximum ?? 65_536))
        ? success(value as number[])
        : reject('parameter.shape', {
            minimum: specification.minimumRank,
            maximum: specification.maximumRank,
            least: specification.minimum ?? 1,
            greatest: specification.maximum ?? 65_536,
          });
    default:
      return specification satisfies never;
  }
}

/** Checks all values against the schema; missing ones take their default, unknown ones are refused. */
export function checkParameters<Schema extends ParameterSchema>(
  schema: Schema,
  values: Readonly<Record<string, unknown>>,
): Outcome<ValuesOf<Schema>> {
  const result: Record<string, ParameterValue> = {};
  for (const name of Object.keys(values))
    if (!(name in schema)) return failure('parameter.unknown', { parameter: name }, { parameter: name });
  for (const [name, specification] of Object.entries(schema)) {
    const outcome = checkParameter(name, specification, name in values ? values[name] : specification.default);
    if (!outcome.ok) return outcome;
    result[name] = outcome.value;
  }
  return success(result as ValuesOf<Schema>);
}
