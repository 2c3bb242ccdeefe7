/** A template on a person's own data: what it takes in and gives out follows the data. */
import { proposeFit } from '../../compute/training/fitting/fitting';
import type { Dataset } from '../../compute/training/dataset';
import type { ModelSource } from './model-source';
import type { Output } from './output';

/**
 * The model as it is, where it fits or is somebody's own: that is never changed unasked. A template's ends follow the data, and
 * what was changed is said.
 */
export function fitTemplate(
  source: ModelSource,
  dataset: Dataset,
  output: Pick<Output, 'note'>,
): Pick<ModelSource, 'document' | 'settings'> {
  const { document, settings, isTemplate } = source;
  const fit = isTemplate ? proposeFit(document, settings, dataset) : null;
  if (fit?.kind !== 'ends') return { document, settings };
  const changes = [
    ...fit.adaptations.map(({ node, parameter, value }) => `${node}.${parameter} = ${JSON.stringify(value)}`),
    ...fit.leftOut.map((kind) => `without ${kind}`),
    ...(fit.loss === null ? [] : [`loss = ${fit.loss.kind} of standardised targets`]),
  ];
  output.note(`${document.name} follows ${dataset.name}: ${changes.join(', ')}.`);
  return { document: fit.document, settings: fit.training };
}
