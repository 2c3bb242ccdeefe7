/** Numbers for tests, drawn from a name: the same in every run and on every machine. */
import { philox, streamKey, uniformOf } from '../graph/philox';
import { sizeOf, type OperationSample, type Shape } from '../graph/tensor';

/** Uniform numbers in the range, rounded to f32 so that all devices get the same. */
export function draw(name: string, shape: Shape, [least, greatest]: readonly [number, number]): Float64Array {
  const key = streamKey(name);
  const words = new Uint32Array(4);
  return Float64Array.from({ length: sizeOf(shape) }, (_, index) => {
    philox(index, 0, 0, 0, key, 0, words);
    return Math.fround(least + (greatest - least) * uniformOf(words[0] ?? 0));
  });
}

/** The values of one input of a sample: those it gives, or drawn from its range. */
export const drawInput = (name: string, { shape, values, range = [-2, 2] }: OperationSample['inputs'][number]): Float64Array =>
  values === undefined ? draw(name, shape, range) : Float64Array.from(values, Math.fround);
