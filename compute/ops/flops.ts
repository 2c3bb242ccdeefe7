/** How much arithmetic a tensor takes: what the cost of a network and of its kernels is counted from. */
import { attributesOf, sizeOf, type Tensor } from '../graph/tensor';

/**
 * Floating-point operations that make this tensor from its inputs: two for each multiplication with addition of a product
 * or a convolution, one for each element of anything elementwise and for each element that a reduction takes. Moving
 * numbers costs none.
 */
export function flopsOf(tensor: Tensor): number {
  const { operation, inputs, shape } = tensor;
  switch (operation.kind) {
    case 'leaf':
    case 'view':
    case 'gather':
      return 0;
    case 'elementwise':
      return inputs.length === 0 ? 0 : sizeOf(shape);
    case 'reduce':
      return sizeOf(inputs[0]?.shape ?? []);
    case 'kernel':
      return operation.flops(inputs, attributesOf(tensor), tensor);
    default:
      return operation satisfies never;
  }
}
