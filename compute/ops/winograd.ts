/**
 * Convolutions of 3×3 with fewer multiplications: tiles of 4×4 results take 36 instead of 144 (Winograd, Arithmetic Complexity of
 * Computations, 1980; Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016). Tiles and weights are transformed, 36
 * products of matrices sum over the channels, and the sums are transformed back. The gradients are the adjoints of the same steps: with
 * V the transformed tiles of x, U the transformed weights and Z = A ∂y Aᵀ, ∂w = Gᵀ (Z Vᵀ) G and ∂x is the sum of the tiles B (Uᵀ Z) Bᵀ.
 * So V, U and Z serve twice.
 */
import { type DeviceProfile, type Tensor } from '../graph/tensor';
import type { Convolution2dSizes } from './convolution-2d-sizes';
import { matrixProduct } from './matrix-product.op';
import { reshape } from './reshape.op';
import { tileFold } from './tile-fold.op';
import { tileAssembly, tileTransform, transposed, type Matrix, type Pair } from './tile-transform.op';

/** Results of a tile, and weights, along an axis. */
const side = 4;
const taps = 3;

/**
 * Where the polynomials of tiles and weights are multiplied, besides infinity. All that comes of these is exact in float32 but for the
 * weights' scale; of the sets that were tried, 0, ±1, ±2 and 0, ±1, 2, −½ among them, they round least (decision 7).
 */
const points = [0, 0.75, -0.75, 1.5, -1.5];

/** Coefficients, constant first, of the product of x − p over these points. */
const polynomial = (roots: readonly number[]): number[] =>
  roots.reduce<number[]>(
    (product, root) => [...product, 0].map((_, power) => (product[power - 1] ?? 0) - root * (product[power] ?? 0)),
    [1],
  );

const others = points.map((point) => points.filter((other) => other !== point));
const scales = points.map((point, index) => (others[index] ?? []).reduce((product, other) => product * (point - other), 1));
/** The values of a polynomial of so many coefficients at the points, each divided by its number; at infinity the leading coefficient. */
const values = (coefficients: number, divisors?: readonly number[]): Matrix => [
  ...points.map((point, index) => Array.from({ length: coefficients }, (_, power) => point ** power / (divisors?.[index] ?? 1))),
  Array.from({ length: coefficients }, (_, power) => (power === coefficients - 1 ? 1 : 0)),
];

/** Toom and Cook's algorithm, transposed (Blahut, Fast Algorithms for Signal Processing, 2010): Bᵀ of six inputs. */
const inputMatrix: Matrix = [...others.map((roots) => [...polynomial(roots), 0]), polynomial(points)];
/** G of three weights. */
const weightMatrix = values(taps, scales);
/** A of four results' gradients; transposed, of the sums that become four results. */
const gradientMatrix = values(side);

/** Channels on both sides from which on it was measured. */
const leastChannels = 8;
/** Bytes that every device binds at once (WebGPU's default limit). */
const bindable = 2 ** 27;

const tilesOf = ({ output }: Convolution2dSizes): Pair => [Math.ceil(output[0] / side), Math.ceil(output[1] / side)];

/**
 * Whether the transforms pay. They cost for each channel, and save for each pair of channels; a row of tiles takes whole vectors of four.
 */
function pays({ tileCost }: DeviceProfile, sizes: Convolution2dSizes): boolean {
  const { batch, inputChannels, outputChannels, groups, kernel, stride, dilation, output } = sizes;
  const plain = groups === 1 && [...stride, ...dilation].every((step) => step === 1) && kernel.every((size) => size === taps);
  const [vertical, horizontal] = tilesOf(sizes);
  const items = (side + taps - 1) ** 2;
  const bytes = 4 * items * batch * vertical * horizontal * Math.max(inputChannels, outputChannels);
  if (tileCost === null || !plain || Math.min(inputChannels, outputChannels) < leastChannels || bytes > bindable) return false;
  const saved = taps ** 2 * output[0] * output[1] - items * vertical * horizontal;
  const transformed = vertical * 4 * Math.ceil(horizontal / 4);
  return inputChannels * outputChannels * saved > tileCost * transformed * (inputChannels + outputChannels);
}

const transformedWeights = (weight: Tensor): Tensor =>
  tileTransform(weight, { matrix: weightMatrix, padding: [0, 0], tiles: [1, 1], step: taps });

const transformedInput = (x: Tensor, sizes: Convolution2dSizes): Tensor =>
  tileTransform(x, { matrix: inputMatrix, step: side, padding: sizes.padding, tiles: tilesOf(sizes) });

const transformedGradient = (gradient: Tensor, sizes: Convolution2dSizes): Tensor =>
  tileTransform(gradient, { matrix: gradientMatrix, step: side, padding: [0, 0], tiles: tilesOf(sizes) });

/** y = w ∗ x, or null where the kernels of the convolution are faster. */
export function winogradConvolution(x: Tensor, weight: Tensor, sizes: Convolution2dSizes, profile: DeviceProfile): Tensor | null {
  if (!pays(profile, sizes)) return null;
  const sums = matrixProduct(transformedWeights(weight), transformedInput(x, sizes), { transposeA: true });
  return tileAssembly(sums, { matrix: transposed(gradientMatrix), images: [sizes.batch, ...sizes.output] });
}

/** ∂x, or null where the kernels of the convolution are faster. */
export function winogradInputGradient(gradient: Tensor, weight: Tensor, sizes: Convolution2dSizes, profile: DeviceProfile): Tensor | null {
  if (!pays(profile, sizes)) return null;
  const { batch, inputChannels, input, padding } = sizes;
  const [vertical, horizontal] = tilesOf(sizes);
  const matrix = transposed(inputMatrix);
  const parts = matrix.length;
  const sums = matrixProduct(transformedWeights(weight), transformedGradient(gradient, sizes));
  const rows = tileFold(reshape(sums, [parts, parts, inputChannels, batch, vertical, horizontal]), {
    ...{ matrix, step: side, padding: padding[0], length: input[0] },
  });
  const folded = tileFold(reshape(rows, [parts, 1, 1, batch * inputChannels * input[0], horizontal, 1]), {
    ...{ matrix, step: side, padding: padding[1], length: input[1] },
  });
  return reshape(folded, [batch, inputChannels, ...input]);
}

/** ∂w: of each tile of x and ∂y the nine weights' part; or null where the kernels of the convolution are faster. */
export function winogradWeightGradient(x: Tensor, gradient: Tensor, sizes: Convolution2dSizes, profile: DeviceProfile): Tensor | null {
  if (!pays(profile, sizes)) return null;
  const sums = matrixProduct(transformedInput(x, sizes), transformedGradient(gradient, sizes), { transposeB: true });
  return tileAssembly(sums, { matrix: transposed(weightMatrix), images: [sizes.outputChannels, taps, taps] });
}
