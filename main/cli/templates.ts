/** `hebb templates`: the networks that one can start from. */
import * as v from 'valibot';
import { modelDocumentSchema } from '../../compute/graph/model-document';
import { networkCost } from '../../compute/layers/network-cost';
import { templates as all } from '../services/templates';
import type { ValuesFor } from './commands';
import { count, magnitude } from './numbers';
import type { ExitCode, Surroundings } from './surroundings';

export function templates({ json }: ValuesFor<'templates'>, { output }: Pick<Surroundings, 'output'>): ExitCode {
  const rows = all.map(({ id, name, description, content }) => ({
    id,
    name,
    description,
    dataset: content.dataset.id,
    ...networkCost(v.parse(modelDocumentSchema, content.document)),
  }));
  const width = Math.max(...rows.map(({ id }) => id.length));
  if (json) output.json(...rows);
  else
    for (const { id, name, description, dataset, parameters, flops } of rows)
      output.line(
        `${id.padEnd(width)}  ${name}, ${count(parameters)} parameters, ${magnitude(flops)}FLOPs a sample, trained on ${dataset}. ${description}`,
      );
  return 0;
}
