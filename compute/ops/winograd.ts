/**
 * Convolutions of 3×3 with fewer multiplications: tiles of 2×2 results take sixteen instead of thirty-six (Winograd, Arithmetic
 * Complexity of Computations, 1980; Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016). Tiles and weights are
 * transformed, sixteen products of matrices sum over the channels (over the tiles in the gradient of the weights), and the sums are
 * transformed back. In float32 the rounding is that of the sums, as it is without: the factors are 1 and ½.
 */
import { type DeviceProfile, type Tensor } from '../graph/tensor';
import type { Convolution2dSizes } from './convolution-2d-sizes';
import { matrixProduct } from './matrix-product.op';
import { tileProduct } from './tile-product.op';
import { tileAssembly, tileTransform } from './tile-transform.op';

type Four<T> = readonly [T, T, T, T];
type Factors = Four<number>;

/** Bᵀ: of four neighbouring inputs. */
const inputMatrix: Four<Factors> = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
];
/** G of three weights. */
const weightMatrix = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
];
/** Aᵀ for two results. */
const resultMatrix: readonly Factors[] = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
];
/** The same of a filter of two that gives three results: what the gradient of the weights is, with ∂y as the filter. */
const gradientMatrix = [
  [1, 0],
  [0.5, 0.5],
  [0.5, -0.5],
  [0, 1],
];
const weightGradientMatrix = [
  [1, 1, 1, 0],
  [0, 1, -1, 0],
  [0, 1, 1, -1],
];

/** The first and the last in each other's place. */
const exchanged = <T>([first, second, third, last]: Four<T>): Four<T> => [last, second, third, first];

/** Channels on both sides from which on the transforms paid where it was measured (SwiftShader). */
const least = { products: 8, weightGradient: 12 };
/** Bytes that every device binds at once (WebGPU's default limit). */
const bindable = 2 ** 27;

/**
 * Whether the transforms pay. They take loads and stores for each channel, the products what they save for each pair of channels;
 * only where the four invocations of a quad swap values are products near to what a machine computes.
 */
function pays(
  { software, quads }: DeviceProfile,
  sizes: Convolution2dSizes,
  [height, width]: readonly [number, number],
  leastChannels: number,
): boolean {
  const { batch, inputChannels, outputChannels, groups, kernel, stride, dilation } = sizes;
  const plain = groups === 1 && [...stride, ...dilation].every((step) => step === 1) && kernel.every((size) => size === 3);
  const tiles = batch * Math.ceil(height / 2) * Math.ceil(width / 2);
  const bytes = 4 * 16 * tiles * Math.max(inputChannels, outputChannels);
  // Tiles that reach far over the edge of a small image multiply more than they save.
  const fewer = 16 * tiles < 9 * batch * height * width;
  return software && quads && plain && fewer && Math.min(inputChannels, outputChannels) >= leastChannels && bytes <= bindable;
}

const whole = { padding: [0, 0], tiles: [1, 1], step: 3 } as const;

/** y = w ∗ x, or null where the kernels of the convolution are faster. */
export function winogradConvolution(x: Tensor, weight: Tensor, sizes: Convolution2dSizes, profile: DeviceProfile): Tensor | null {
  const { batch, output, padding } = sizes;
  if (!pays(profile, sizes, output, least.products)) return null;
  const weights = tileTransform(weight, { matrix: weightMatrix, ...whole });
  const tiles = tileTransform(x, { matrix: inputMatrix, step: 2, padding, tiles: [Math.ceil(output[0] / 2), Math.ceil(output[1] / 2)] });
  return tileProduct(weights, tiles, { matrix: resultMatrix, images: [batch, ...output], transposeA: true });
}

/**
 * ∂x: the convolution of ∂y with the weights turned around; or null where the kernels of the convolution are faster. Turned weights are
 * transformed into the same numbers with the first and the last in each axis exchanged, so that those of y serve.
 */
export function winogradInputGradient(gradient: Tensor, weight: Tensor, sizes: Convolution2dSizes, profile: DeviceProfile): Tensor | null {
  const { batch, input, padding } = sizes;
  if (!pays(profile, sizes, input, least.products)) return null;
  const weights = tileTransform(weight, { matrix: weightMatrix, ...whole });
  const tiles = tileTransform(gradient, {
    ...{ matrix: exchanged(inputMatrix), step: 2, padding: [2 - padding[0], 2 - padding[1]] },
    tiles: [Math.ceil(input[0] / 2), Math.ceil(input[1] / 2)],
  });
  return tileProduct(weights, tiles, { matrix: resultMatrix.map(exchanged), images: [batch, ...input], transposeA: false });
}

/** ∂w: of each tile of x and ∂y the nine weights' part; or null where the kernels of the convolution are faster. */
export function winogradWeightGradient(x: Tensor, gradient: Tensor, sizes: Convolution2dSizes, profile: DeviceProfile): Tensor | null {
  const { output, padding, outputChannels } = sizes;
  if (!pays(profile, sizes, output, least.weightGradient)) return null;
  const tiles = [Math.ceil(output[0] / 2), Math.ceil(output[1] / 2)] as const;
  const inputs = tileTransform(x, { matrix: inputMatrix, step: 2, padding, tiles });
  const filters = tileTransform(gradient, { matrix: gradientMatrix, step: 2, padding: [0, 0], tiles });
  return tileAssembly(matrixProduct(inputs, filters, { transposeB: true }), {
    ...{ matrix: weightGradientMatrix, images: [outputChannels, 3, 3] },
  });
}
