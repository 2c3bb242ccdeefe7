/** `hebb templates`: the networks that one can start from. */
import * as v from 'valibot';
import { modelDocumentSchema } from '../../compute/graph/model-document';
import { analyseNetwork } from '../../compute/layers/network';
import { templates as all } from '../services/templates';
import type { ValuesFor } from './commands';
import { count } from './numbers';
import type { ExitCode, Surroundings } from './surroundings';

export function templates({ json }: ValuesFor<'templates'>, { output }: Pick<Surroundings, 'output'>): ExitCode {
  const rows = all.map(({ id, name, description, content }) => ({
    id,
    name,
    description,
    dataset: content.dataset.id,
    parameters: analyseNetwork(v.parse(modelDocumentSchema, content.document)).parameterCount,
  }));
  const width = Math.max(...rows.map(({ id }) => id.length));
  if (json) output.json(...rows);
  else
    for (const { id, name, description, parameters } of rows)
      output.line(`${id.padEnd(width)}  ${name}, ${count(parameters)} parameters. ${description}`);
  return 0;
}
