/** x to the power of a fixed number, for x > 0. For squares see `square`, for roots sqrt. */
import { apply, type ElementwiseOperation, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { floatLiteral } from './literal';
import { multiply } from './multiply.op';
import { keepNaN } from './not-a-number';
import { floats } from './sample';

type PowerAttributes = { readonly exponent: number };

export const powerOperation: ElementwiseOperation<PowerAttributes> = {
  kind: 'elementwise',
  name: 'power',
  infer: (inputs) => elementwiseType('power', inputs, 1),
  gradient: ({ inputs, cotangent, attributes: { exponent } }) =>
    inputs.map((input) => multiply(multiply(cotangent, exponent), power(input, exponent - 1))),
  wgsl: ([x], { exponent }) => keepNaN(`pow(${x}, ${floatLiteral(exponent)})`, x),
  reference: ([x], { exponent }) => x ** exponent,
  samples: [
    { name: 'cubes', inputs: [floats([2, 3], [0.2, 2])], attributes: { exponent: 3 } },
    { name: 'a negative fraction', inputs: [floats([2, 3], [0.2, 2])], attributes: { exponent: -0.75 } },
  ],
};

export const power = (x: Tensor, exponent: number): Tensor => apply(powerOperation, [x], { exponent });
