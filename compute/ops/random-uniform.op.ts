/**
 * Uniform random numbers in [0, 1), multiples of 2⁻²⁴: the first word of Philox4x32-10 for the counter (element, step,
 * key, 0) under the seed. The bits are those of graph/philox.ts on every device.
 */
import { ShapeError, apply, formatShape, type ElementwiseOperation, type Shape, type Tensor } from '../graph/tensor';
import { philox, uniformOf } from '../graph/philox';
import { broadcastTo, elementwiseType } from './elementwise';
import { reshape } from './reshape.op';
import { integers } from './sample';
import { sliceAxis } from './slice.op';

type RandomUniformAttributes = { readonly key: number };

// WGSL has no 64-bit product: the high word is put together from products of 16-bit halves.
const wgslFunctions = {
  philoxMultiplyHigh: `fn philoxMultiplyHigh(a: u32, b: u32) -> u32 {
  let first = (a >> 16u) * (b & 0xffffu) + (((a & 0xffffu) * (b & 0xffffu)) >> 16u);
  let second = (a & 0xffffu) * (b >> 16u) + (first & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (first >> 16u) + (second >> 16u);
}`,
  philoxUniform: `fn philoxUniform(element: u32, step: i32, stream: u32, seed0: i32, seed1: i32) -> f32 {
  var counter0 = element;
  var counter1 = bitcast<u32>(step);
  var counter2 = stream;
  var counter3 = 0u;
  var key0 = bitcast<u32>(seed0);
  var key1 = bitcast<u32>(seed1);
  for (var round = 0u; round < 10u; round++) {
    let high0 = philoxMultiplyHigh(0xd2511f53u, counter0);
    let low0 = 0xd2511f53u * counter0;
    counter0 = philoxMultiplyHigh(0xcd9e8d57u, counter2) ^ counter1 ^ key0;
    counter1 = 0xcd9e8d57u * counter2;
    counter2 = high0 ^ counter3 ^ key1;
    counter3 = low0;
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }
  return f32(counter0 >> 8u) * 5.9604644775390625e-8f;
}`,
};

const words = new Uint32Array(4);

/** Inputs: both words of the seed and the step, i32, of the result's shape. */
export const randomUniformOperation: ElementwiseOperation<RandomUniformAttributes> = {
  kind: 'elementwise',
  name: 'random-uniform',
  infer: (inputs, { key }) => {
    if (!Number.isInteger(key) || key < 0 || key > 0xffffffff) throw new ShapeError('random-uniform', 'a key of 32 bits', String(key));
    return elementwiseType('random-uniform', inputs, 3, ['i32'], 'f32');
  },
  gradient: 'nondifferentiable',
  wgsl: ([seed0, seed1, step], { key }, linearIndex) => `philoxUniform(${linearIndex}, ${step}, ${String(key)}u, ${seed0}, ${seed1})`,
  wgslFunctions,
  reference: ([seed0, seed1, step], { key }, linearIndex) => {
    philox(linearIndex, step, key, 0, seed0, seed1, words);
    return uniformOf(words[0] ?? 0);
  },
  samples: [
    {
      name: 'one seed',
      inputs: [integers([3], [1, 1, 1]), integers([3], [0, 0, 0]), integers([3], [5, 5, 5])],
      attributes: { key: 0xdeadbeef },
    },
    {
      name: 'several seeds',
      inputs: [integers([4], [-1, 2, 3, 4]), integers([4], [9, -8, 7, 6]), integers([4], [0, 1, 2, 2147483647])],
      attributes: { key: 7 },
    },
  ],
};

/**
 * Uniform numbers of the shape. `seed` is i32 [2], `step` i32 with one element; `key` (u32, see streamKey) tells apart
 * the streams of one step.
 */
export function randomUniform(seed: Tensor, step: Tensor, key: number, shape: Shape): Tensor {
  if (formatShape(seed.shape) !== '2') throw new ShapeError('random-uniform', 'a seed of shape 2', formatShape(seed.shape));
  const everywhere = (scalar: Tensor) => broadcastTo(reshape(scalar, []), shape);
  return apply(randomUniformOperation, [everywhere(sliceAxis(seed, 0, 0, 1)), everywhere(sliceAxis(seed, 0, 1, 1)), everywhere(step)], {
    key,
  });
}
