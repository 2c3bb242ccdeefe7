/** values[index] of a fixed row of numbers, for each whole number of the input; an index past an end takes the number there. */
import { apply, type ElementwiseOperation, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { floatLiteral } from './literal';
import { integers } from './sample';

type TableAttributes = { readonly values: readonly number[] };

export const tableOperation: ElementwiseOperation<TableAttributes> = {
  kind: 'elementwise',
  name: 'table',
  infer: (inputs) => elementwiseType('table', inputs, 1, ['i32'], 'f32'),
  gradient: 'nondifferentiable',
  wgsl: ([index], { values }) =>
    `array<f32, ${String(values.length)}>(${values.map(floatLiteral).join(', ')})[clamp(${index}, 0i, ${String(values.length - 1)}i)]`,
  reference: ([index], { values }) => values[Math.min(values.length - 1, Math.max(0, index))] ?? 0,
  samples: [
    { name: 'within', inputs: [integers([2, 3], [0, 1, 2, 2, 1, 0])], attributes: { values: [0.5, -2, 7] } },
    { name: 'past the ends', inputs: [integers([3], [-4, 1, 9])], attributes: { values: [0.25, 1.5] } },
  ],
};

/** `values` has at least one number; they are rounded to f32 on devices that compute in it. */
export const table = (index: Tensor, values: readonly number[]): Tensor => apply(tableOperation, [index], { values });
