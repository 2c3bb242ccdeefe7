/** Convolution over two axes and the gradient of its input, as correlations. */
import { sizeOf, type TensorType } from '../../../graph/tensor';
import {
  convolution2dSizes,
  type Convolution2dAttributes,
  type Convolution2dSizes,
  type InputGradientAttributes,
} from '../../../ops/convolution-2d-sizes';
import type { OperationPlan, OperationPlanner } from '../kernel';
import { planCorrelation } from './correlation';
import type { PhaseAxis } from './correlation-row';
import { planNothing, planZeros } from './empty-plans';
import { planMatrixProduct } from './matrix-product';
import { range } from './tile';

/** Multiplications and additions of any of the three products. */
const flopsOf = ({ batch, outputChannels, output, inputChannelsPerGroup, kernel }: Convolution2dSizes): number =>
  2 * batch * outputChannels * output[0] * output[1] * inputChannelsPerGroup * kernel[0] * kernel[1];

/** Whether a window is the whole image, so that all is one product of matrices. */
export const isProduct = ({ output, padding, groups, input, kernel }: Convolution2dSizes): boolean =>
  groups === 1 && [0, 1].every((axis) => output[axis] === 1 && padding[axis] === 0 && input[axis] === kernel[axis]);

/** A tensor [a, b, …] as the matrix of its first axis by all others. */
export const asMatrix = ({ shape, type }: TensorType): TensorType => ({
  shape: [shape[0]!, shape.slice(1).reduce((a, b) => a * b, 1)],
  type,
});

const noSum = ({ inputChannelsPerGroup, kernel }: Convolution2dSizes): boolean => inputChannelsPerGroup * kernel[0] * kernel[1] === 0;

export const planConvolution2d: OperationPlanner<Convolution2dAttributes> = ({ inputs, output, features }, attributes) => {
  const [x, weight] = [inputs[0]!, inputs[1]!];
  const sizes = convolution2dSizes('convolution2d', { input: x.shape, weight: weight.shape }, attributes);
  if (sizeOf(output.shape) === 0) return planNothing();
  if (noSum(sizes)) return planZeros(sizeOf(output.shape));
  if (isProduct(sizes)) {
    const given = { inputs: [asMatrix(x), asMatrix(weight)], output: asMatrix(output), features };
    return planMatrixProduct(given, { transposeA: false, transposeB: true });
  }
  const { batch, groups, outputChannelsPerGroup, inputChannelsPerGroup, kernel, stride, padding, dilation } = sizes;
  const axis = (number: 0 | 1): PhaseAxis => ({
    first: 0,
    count: sizes.output[number],
    taps: range(kernel[number]).map((weight) => ({ offset: weight * dilation[number] - padding[number], weight })),
  });
  const taps = kernel[0] * kernel[1];
  return planCorrelation(
    {
      ...{ batch, groups, outputs: outputChannelsPerGroup, inputs: inputChannelsPerGroup, source: sizes.input, output: sizes.output },
      ...{ sourceStep: stride, outputStep: [1, 1], vertical: [axis(0)], horizontal: [axis(1)] },
      ...{ outputBytes: 4 * inputChannelsPerGroup * taps, inputBytes: 4 * taps, tapRowBytes: 4 * kernel[1] },
      groupBytes: 4 * outputChannelsPerGroup * inputChannelsPerGroup * taps,
    },
    features,
    flopsOf(sizes),
  );
};

/**
 * Input y is seen by output i through weight k where y + padding = i · stride + k · dilation: inputs y = first + j · stride, j = 0, 1, …,
 * are seen through the same weights, each by output j + (first + padding − k · dilation) / stride.
 */
function phasesOf(sizes: Convolution2dSizes, number: 0 | 1): PhaseAxis[] {
  const { stride, padding, dilation, kernel, input } = sizes;
  return range(Math.min(stride[number], input[number])).map((first) => ({
    first,
    count: Math.ceil((input[number] - first) / stride[number]),
    taps: range(kernel[number])
      .map((weight) => ({ offset: (first + padding[number] - weight * dilation[number]) / stride[number], weight }))
      .filter(({ offset }) => Number.isInteger(offset))
      .reverse(),
  }));
}

export const planInputGradient: OperationPlanner<InputGradientAttributes> = ({ inputs, output, features }, attributes): OperationPlan => {
  const [gradient, weight] = [inputs[0]!, inputs[1]!];
  const sizes = convolution2dSizes('convolution2dInputGradient', { input: output.shape, weight: weight.shape }, attributes);
  if (sizeOf(output.shape) === 0) return planNothing();
  if (noSum(sizes) || sizes.outputChannels === 0) return planZeros(sizeOf(output.shape));
  if (isProduct(sizes)) {
    const given = { inputs: [asMatrix(gradient), asMatrix(weight)], output: asMatrix(output), features };
    return planMatrixProduct(given, { transposeA: false, transposeB: false });
  }
  const { batch, groups, outputChannelsPerGroup, inputChannelsPerGroup, kernel, stride } = sizes;
  const taps = kernel[0] * kernel[1];
  return planCorrelation(
    {
      ...{ batch, groups, outputs: inputChannelsPerGroup, inputs: outputChannelsPerGroup, source: sizes.output, output: sizes.input },
      ...{ sourceStep: [1, 1], outputStep: stride, vertical: phasesOf(sizes, 0), horizontal: phasesOf(sizes, 1) },
      ...{ outputBytes: 4 * taps, inputBytes: 4 * inputChannelsPerGroup * taps, tapRowBytes: 4 * kernel[1] },
      groupBytes: 4 * outputChannelsPerGroup * inputChannelsPerGroup * taps,
    },
    features,
    flopsOf(sizes),
  );
};
