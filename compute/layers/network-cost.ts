/** What a network costs: how many numbers it learns and how much arithmetic one sample takes. */
import type { ModelDocument } from '../graph/model-document';
import { sizeOf, type Tensor } from '../graph/tensor';
import { constant } from '../ops/constant.op';
import { flopsOf } from '../ops/flops';
import { analyseNetwork, buildNetwork, weightsOf } from './network';

export interface NetworkCost {
  /** Numbers that training learns. */
  readonly parameters: number;
  /** Floating-point operations of the forward pass of one sample, in evaluation; a multiplication and an addition are one each. */
  readonly flops: number;
}

/** Stands for a tensor of which only the form matters: neither 0 nor 1, so that nothing is simplified away. */
const PLACEHOLDER = 0.5;

/** Counts what the operations of the forward pass do. Throws a ProblemError if the document has an error. */
export function networkCost(document: ModelDocument): NetworkCost {
  const weights = weightsOf(document);
  const { input, nodes } = analyseNetwork(document);
  const { outputShape, vocabulary = null } = nodes.get(input ?? '') ?? {};
  const shape = [1, ...(outputShape ?? [])];
  const { output } = buildNetwork(document, {
    mode: 'evaluate',
    input: vocabulary === null ? constant(PLACEHOLDER, shape) : constant(0, shape, 'i32'),
    weights: new Map(weights.map(({ name, specification }) => [name, constant(PLACEHOLDER, specification.shape)])),
    random: (_key, drawn) => constant(PLACEHOLDER, drawn),
  });
  const seen = new Set<Tensor>();
  const waiting = [output];
  let flops = 0;
  for (let tensor = waiting.pop(); tensor !== undefined; tensor = waiting.pop()) {
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    flops += flopsOf(tensor);
    waiting.push(...tensor.inputs);
  }
  const learned = weights.filter(({ specification }) => specification.role === 'parameter');
  return { parameters: learned.reduce((sum, { specification }) => sum + sizeOf(specification.shape), 0), flops };
}
