/** One number everywhere. An elementwise operation without inputs, so that it costs nothing where it is used. */
import { apply, type DataType, type ElementwiseOperation, type Shape, type Tensor } from '../graph/tensor';
import { floatLiteral, integerLiteral } from './literal';

type ConstantAttributes = { readonly value: number; readonly shape: Shape; readonly type: string };

export const constantOperation: ElementwiseOperation<ConstantAttributes> = {
  kind: 'elementwise',
  name: 'constant',
  infer: (_inputs, { value, shape, type }) => {
    // Throws for a number that the type cannot hold.
    if (type === 'i32') integerLiteral(value);
    else floatLiteral(value);
    return { shape, type: type === 'i32' ? 'i32' : 'f32' };
  },
  gradient: () => [],
  wgsl: (_operands, { value, type }) => (type === 'i32' ? integerLiteral(value) : floatLiteral(value)),
  reference: (_operands, { value }) => value,
  samples: [
    { name: 'a fraction', inputs: [], attributes: { value: -0.375, shape: [2, 3], type: 'f32' } },
    { name: 'a small number', inputs: [], attributes: { value: 1e-8, shape: [3], type: 'f32' } },
    { name: 'a whole number', inputs: [], attributes: { value: -7, shape: [], type: 'i32' } },
  ],
};

/** A tensor filled with `value`, a finite number that the type can hold (RangeError otherwise). */
export const constant = (value: number, shape: Shape, type: DataType = 'f32'): Tensor =>
  apply(constantOperation, [], { value, shape, type });

export const isConstant = (tensor: Tensor, value: number): boolean =>
  tensor.operation === constantOperation && tensor.attributes['value'] === value;
