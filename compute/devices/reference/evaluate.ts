/**
 * Each kind of operation as a loop over float64 arrays, as its definition says and with nothing clever: this is what other
 * devices are held against. What depends on shapes alone (where views and reductions read) is worked out once.
 */
import {
  attributesOf,
  sizeOf,
  stridesOf,
  type ElementwiseOperation,
  type GatherOperation,
  type IndexAlgebra,
  type KernelOperation,
  type ReduceOperation,
  type Shape,
  type Tensor,
  type ViewOperation,
} from '../../graph/tensor';
import type { Numbers } from './arrays';

/** Fills `output`, of which nothing is assumed, from the inputs. */
export type Evaluation = (inputs: readonly Numbers[], output: Float64Array) => void;

const arithmetic: IndexAlgebra<number> = {
  constant: (value) => value,
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, factor) => a * factor,
  divide: (a, divisor) => Math.floor(a / divisor),
  modulo: (a, divisor) => a % divisor,
  within: (a, minimum, limit) => (a >= minimum && a < limit ? 1 : 0),
  and: (a, b) => a * b,
};

/** Moves a multi-dimensional index to the next element in row-major order. */
function advance(index: number[], shape: Shape): void {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const next = (index[axis] ?? 0) + 1;
    index[axis] = next;
    if (next < (shape[axis] ?? 0)) return;
    index[axis] = 0;
  }
}

const linear = (index: readonly number[], strides: readonly number[]): number =>
  index.reduce((sum, item, axis) => sum + item * (strides[axis] ?? 0), 0);

/** For each element of a view the place in its input, or −1 where it is zero. */
export function viewTable(tensor: Tensor, input: Tensor, operation: ViewOperation<never>): Int32Array {
  const table = new Int32Array(sizeOf(tensor.shape));
  const strides = stridesOf(input.shape);
  const index = tensor.shape.map(() => 0);
  for (let element = 0; element < table.length; element++) {
    const { index: source, valid } = operation.source(index, arithmetic, { input, output: tensor }, attributesOf(tensor));
    table[element] = valid === 0 ? -1 : linear(source, strides);
    advance(index, tensor.shape);
  }
  return table;
}

/** Whether a view is its input under another name. */
export const isIdentity = (table: Int32Array, input: Tensor): boolean =>
  table.length === sizeOf(input.shape) && table.every((place, element) => place === element);

export const view =
  (table: Int32Array): Evaluation =>
  ([input], output) => {
    if (input === undefined) return;
    for (let element = 0; element < table.length; element++) {
      const place = table[element] ?? -1;
      output[element] = place < 0 ? 0 : (input[place] ?? 0);
    }
  };

export function elementwise(tensor: Tensor, operation: ElementwiseOperation<never>): Evaluation {
  const attributes = attributesOf(tensor);
  const operands: [number, number, number] = [0, 0, 0];
  return ([first, second, third], output) => {
    for (let element = 0; element < output.length; element++) {
      if (first !== undefined) operands[0] = first[element] ?? 0;
      if (second !== undefined) operands[1] = second[element] ?? 0;
      if (third !== undefined) operands[2] = third[element] ?? 0;
      output[element] = operation.reference(operands, attributes, element);
    }
  };
}

export function reduce(input: Tensor, axes: readonly number[], operation: ReduceOperation): Evaluation {
  const keptStrides = stridesOf(input.shape.filter((_, axis) => !axes.includes(axis)));
  const strides = input.shape.map((_, axis) =>
    axes.includes(axis) ? 0 : (keptStrides[axis - axes.filter((other) => other < axis).length] ?? 0),
  );
  const targets = new Int32Array(sizeOf(input.shape));
  const index = input.shape.map(() => 0);
  for (let element = 0; element < targets.length; element++) {
    targets[element] = linear(index, strides);
    advance(index, input.shape);
  }
  const { initial, combine } = operation;
  return ([values], output) => {
    if (values === undefined) return;
    output.fill(initial.reference);
    for (let element = 0; element < targets.length; element++) {
      const target = targets[element] ?? 0;
      output[target] = combine.reference(output[target] ?? 0, values[element] ?? 0);
    }
  };
}

export function gather(data: Tensor, _operation: GatherOperation<never>): Evaluation {
  const [rows = 0, ...rest] = data.shape;
  const rowSize = sizeOf(rest);
  return ([values, indices], output) => {
    if (values === undefined || indices === undefined) return;
    for (let pick = 0; pick < indices.length; pick++) {
      const index = indices[pick] ?? 0;
      const row = index >= 0 && index < rows ? index : 0;
      for (let element = 0; element < rowSize; element++) output[pick * rowSize + element] = values[row * rowSize + element] ?? 0;
    }
  };
}

export function kernel(tensor: Tensor, operation: KernelOperation<never>): Evaluation {
  const attributes = attributesOf(tensor);
  return (inputs, output) => {
    const operands = tensor.inputs.map(({ shape }, position) => {
      const data = inputs[position] ?? new Float64Array();
      // Whole numbers are handed on as float64 as well, which holds them exactly.
      return { shape, data: data instanceof Float64Array ? data : Float64Array.from(data) };
    });
    output.fill(0);
    operation.reference(operands, { shape: tensor.shape, data: output }, attributes);
  };
}
