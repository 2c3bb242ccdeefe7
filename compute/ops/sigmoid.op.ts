/** 1 / (1 + e⁻ˣ), computed from e^(−|x|), which cannot overflow. */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { multiply } from './multiply.op';
import { subtract } from './subtract.op';
import { keepNaN } from './not-a-number';
import { floats, given } from './sample';

function stableSigmoid(x: number): number {
  const decay = Math.exp(-Math.abs(x));
  return (x < 0 ? decay : 1) / (1 + decay);
}

const wgslFunctions = {
  stableSigmoid: `fn stableSigmoid(x: f32) -> f32 {
  let decay = exp(-abs(x));
  return ${keepNaN('select(1.0f, decay, x < 0.0f) / (1.0f + decay)', 'x')};
}`,
};

export const sigmoidOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'sigmoid',
  infer: (inputs) => elementwiseType('sigmoid', inputs, 1),
  gradient: ({ output, cotangent }) => [multiply(cotangent, multiply(output, subtract(1, output)))],
  wgsl: ([x]) => `stableSigmoid(${x})`,
  wgslFunctions,
  reference: ([x]) => stableSigmoid(x),
  samples: [
    { name: 'numbers', inputs: [floats([2, 3], [-4, 4])], attributes: {} },
    { name: 'far out', inputs: [given([4], [-90, -20, 20, 90])], attributes: {} },
  ],
};

export const sigmoid = (x: Tensor): Tensor => apply(sigmoidOperation, [x], {});
