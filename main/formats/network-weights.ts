/** Weights held against the network that they are for, before they are written anywhere. Pure. */
import type { ModelDocument } from '../../compute/graph/model-document';
import { failure, success, type Outcome } from '../../compute/graph/problem';
import type { SafetensorsEntry } from '../../compute/graph/safetensors';
import { formatShape, sameShape } from '../../compute/graph/tensor';
import { analyseNetwork, weightsOf } from '../../compute/layers/network';

/**
 * The weights that the document asks for, in its order. Problems: the first of the document's own, export.weight-missing,
 * export.weight-shape, export.weight-unknown; all but the last name the node.
 */
export function matchWeights(document: ModelDocument, weights: readonly SafetensorsEntry[]): Outcome<readonly SafetensorsEntry[]> {
  const problem = analyseNetwork(document).problems.find(({ severity }) => severity === 'error');
  if (problem !== undefined) return { ok: false, problem };
  const byName = new Map(weights.map((weight) => [weight.name, weight]));
  const found: SafetensorsEntry[] = [];
  for (const { name, node, specification } of weightsOf(document)) {
    const weight = byName.get(name);
    if (weight === undefined) return failure('export.weight-missing', { name, node }, { node });
    if (!sameShape(weight.shape, specification.shape))
      return failure(
        'export.weight-shape',
        { name, node, expected: formatShape(specification.shape), actual: formatShape(weight.shape) },
        { node },
      );
    found.push(weight);
    byName.delete(name);
  }
  const [left] = byName.keys();
  return left === undefined ? success(found) : failure('export.weight-unknown', { name: left });
}
