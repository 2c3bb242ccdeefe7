/** The first weights of a network, by PyTorch's names: drawn once from a seed and given to every engine. */
import type { ModelDocument } from '../compute/graph/model-document';
import type { Shape } from '../compute/graph/tensor';
import { initialValues } from '../compute/initializers/registry';
import { weightsOf } from '../compute/layers/network';

export interface InitialWeight {
  readonly shape: Shape;
  readonly data: Float32Array;
  /** Learned, or kept up by the forward pass. */
  readonly role: 'parameter' | 'buffer';
}

export const initialWeights = (document: ModelDocument): ReadonlyMap<string, InitialWeight> =>
  new Map(
    weightsOf(document).map(({ name, specification: { initializer, shape, role } }) => [
      name,
      { shape, role, data: Float32Array.from(initialValues(initializer, shape, 1, name)) },
    ]),
  );
