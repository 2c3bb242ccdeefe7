/**
 * The English names of layers, losses, optimizers, initializers, attacks and augmentations, taken from their own definitions, so that
 * they stand in one place; other languages override them in their locale files under the same keys.
 */
import type { ParameterSchema } from '../../compute/graph/parameter-schema';
import { literalMessage, type Messages } from './messages';

export interface Named {
  readonly kind: string;
  readonly label: string;
  readonly help?: string;
  readonly parameters?: ParameterSchema;
}

function parameterMessages(schema: ParameterSchema): Messages {
  return Object.fromEntries(
    Object.entries(schema).map(([name, specification]) => [
      name,
      {
        label: literalMessage(specification.label),
        help: literalMessage(specification.help ?? ''),
        unit: literalMessage(specification.unit ?? ''),
        ...(specification.type === 'choice'
          ? { options: Object.fromEntries(specification.options.map((option) => [option.value, literalMessage(option.label)])) }
          : {}),
        ...(specification.type === 'integers'
          ? { names: Object.fromEntries(specification.names.map((axis, index) => [String(index), literalMessage(axis)])) }
          : {}),
      },
    ]),
  );
}

/** `<kind>.label`, `.help`, `.parameters.<name>.label` …, for each definition. */
export const registryMessages = (definitions: Iterable<Named>): Messages =>
  Object.fromEntries(
    [...definitions].map((definition) => [
      definition.kind,
      {
        label: literalMessage(definition.label),
        help: literalMessage(definition.help ?? ''),
        parameters: parameterMessages(definition.parameters ?? {}),
      },
    ]),
  );
