/** The reference page docs/layers.md, made from the registries. Pure. */
import { layerGroups } from '../../compute/layers/layer';
import type { ParameterEntry, ReferenceEntry } from './reference';

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
/** A vertical bar would end the cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

const parameterRow = ({ name, label, values, default: value, help }: ParameterEntry): string =>
  `| \`${name}\` | ${cell(label)} | ${cell(values)} | ${cell(value)} | ${cell(help)} |`;

function section({ kind, label, help, formula, parameters, shapes, weights }: ReferenceEntry): string {
  const table = [
    '| Parameter | Name | Values | Default | What it does |',
    '| --- | --- | --- | --- | --- |',
    ...parameters.map(parameterRow),
  ];
  return [
    `### ${label} (\`${kind}\`)`,
    help,
    ...(formula === null ? [] : [`    ${formula}`]),
    ...(parameters.length === 0 ? [] : [table.join('\n')]),
    ...(shapes.length === 0 ? [] : [`Shapes of a sample, for example: ${shapes.join('; ')}.`]),
    ...(weights.length === 0 ? [] : [`Weights, in the first example: ${weights.join('; ')}.`]),
  ].join('\n\n');
}

const sectionsOf = (title: string, entries: readonly ReferenceEntry[]): string[] =>
  entries.length === 0 ? [] : [`## ${title}`, ...entries.map(section)];

/** The whole page; ends with a line break. */
export function referenceMarkdown(entries: readonly ReferenceEntry[]): string {
  const ofType = (type: string): ReferenceEntry[] => entries.filter((entry) => entry.type === type);
  const layers = ofType('layer');
  return `${[
    '# Layers, blocks, losses, optimizers, schedules, initializers',
    'Made by `npx hebb layers --markdown > docs/layers.md` from the definitions in compute/; a test fails where they differ.',
    'Shapes are those of one sample, channels first. In formulas x is the input and y the output.',
    ...layerGroups.flatMap((group) =>
      sectionsOf(
        `Layers: ${group}`,
        layers.filter((entry) => entry.group === group),
      ),
    ),
    ...['block', 'loss', 'optimizer', 'schedule', 'initializer'].flatMap((type) =>
      sectionsOf(`${capital(type)}${type === 'loss' ? 'es' : 's'}`, ofType(type)),
    ),
  ].join('\n\n')}\n`;
}
