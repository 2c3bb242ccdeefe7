/** `hebb layers`: what networks can be made of and how they can be trained. */
import type { ValuesFor } from './commands';
import { reference, type ParameterEntry, type ReferenceEntry } from './reference';
import { referenceMarkdown } from './reference-markdown';
import type { ExitCode, Surroundings } from './surroundings';

const parameterText = ({ name, values, default: value }: ParameterEntry): string => `    ${name} = ${value}  (${values})`;

const entryText = ({ type, kind, label, group, formula, help, parameters, shapes }: ReferenceEntry): string =>
  [
    `${kind}  ${label}, ${group === null ? type : `layer, ${group}`}`,
    `    ${formula ?? help}`,
    ...(shapes.length === 0 ? [] : [`    ${shapes.join('; ')}`]),
    ...parameters.map(parameterText),
  ].join('\n');

export function layers({ json, markdown }: ValuesFor<'layers'>, { output }: Pick<Surroundings, 'output'>): ExitCode {
  const entries = reference();
  if (json) output.json(...entries);
  else if (markdown) output.line(referenceMarkdown(entries).trimEnd());
  else output.line(entries.map(entryText).join('\n\n'));
  return 0;
}
