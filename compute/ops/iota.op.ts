/** Each element's own index along one axis, as i32. */
import { ShapeError, apply, formatShape, stridesOf, type ElementwiseOperation, type Shape, type Tensor } from '../graph/tensor';

type IotaAttributes = { readonly shape: Shape; readonly axis: number };

export const iotaOperation: ElementwiseOperation<IotaAttributes> = {
  kind: 'elementwise',
  name: 'iota',
  infer: (_inputs, { shape, axis }) => {
    if (shape[axis] === undefined) throw new ShapeError('iota', `an axis of ${formatShape(shape)}`, String(axis));
    return { shape, type: 'i32' };
  },
  gradient: 'nondifferentiable',
  wgsl: (_operands, { shape, axis }, linearIndex) =>
    `i32((${linearIndex} / ${String(stridesOf(shape)[axis] ?? 1)}u) % ${String(shape[axis] ?? 1)}u)`,
  reference: (_operands, { shape, axis }, linearIndex) => Math.floor(linearIndex / (stridesOf(shape)[axis] ?? 1)) % (shape[axis] ?? 1),
  samples: [
    { name: 'one axis', inputs: [], attributes: { shape: [5], axis: 0 } },
    { name: 'the middle axis', inputs: [], attributes: { shape: [2, 3, 2], axis: 1 } },
  ],
};

export const iota = (shape: Shape, axis: number): Tensor => apply(iotaOperation, [], { shape, axis });
