/** Another type of number: bytes and whole numbers to f32, f32 to i32 towards zero. */
import { ShapeError, apply, type ElementwiseOperation, type Tensor } from '../graph/tensor';
import { bytes, floats, given, integers } from './sample';

type CastAttributes = { readonly to: string };

export const castOperation: ElementwiseOperation<CastAttributes> = {
  kind: 'elementwise',
  name: 'cast',
  infer: ([input], { to }) => {
    if (input === undefined) throw new ShapeError('cast', '1 input', '0 inputs');
    if (to !== 'f32' && to !== 'i32') throw new ShapeError('cast', 'f32 or i32 to cast to', to);
    return { shape: input.shape, type: to };
  },
  gradient: ({ inputs, cotangent }) => inputs.map((input) => (input.type === 'f32' && cotangent.type === 'f32' ? cotangent : null)),
  wgsl: ([x], { to }) => `${to}(${x})`,
  reference: ([x], { to }) => (to === 'i32' ? Math.trunc(x) : x),
  samples: [
    { name: 'bytes', inputs: [bytes([5], [0, 1, 128, 254, 255])], attributes: { to: 'f32' } },
    { name: 'whole numbers', inputs: [integers([3], [-5, 0, 70_000])], attributes: { to: 'f32' } },
    { name: 'towards zero', inputs: [given([4], [-1.75, -0.5, 0.5, 2.25])], attributes: { to: 'i32' } },
    { name: 'the same type', inputs: [floats([2, 2])], attributes: { to: 'f32' } },
  ],
};

export const cast = (x: Tensor, to: 'f32' | 'i32'): Tensor => (x.type === to ? x : apply(castOperation, [x], { to }));
