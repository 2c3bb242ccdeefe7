/** The pair of operations of a recurrent cell, over all steps of a sequence: forward and gradient. It knows cells by their interface. */
import {
  ShapeError,
  apply,
  formatShape,
  sameShape,
  type KernelContext,
  type KernelOperation,
  type KernelSource,
  type OperationSample,
  type Shape,
  type Tensor,
  type TensorType,
} from '../graph/tensor';
import { concatenate } from './concatenate';
import { constant } from './constant.op';
import { matrixProduct } from './matrix-product.op';
import { permute } from './permute.op';
import { backwardKernel, forwardKernel, type RecurrenceSizes } from './recurrence-kernels';
import { backwardQuadKernel, forwardQuadKernel } from './recurrence-quad-kernels';
import type { RecurrentCell } from './recurrent-cell';
import { reshape } from './reshape.op';
import { floats } from './sample';
import { pad, padOperation, sliceAxis } from './slice.op';
import { sum } from './sum.op';

export type RecurrenceAttributes = { readonly reverse: boolean };

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

function requireShapes(name: string, inputs: readonly TensorType[], expected: readonly Shape[]): void {
  const fits =
    inputs.length === expected.length &&
    inputs.every(({ shape, type }, position) => type === 'f32' && sameShape(shape, expected[position] ?? []));
  if (!fits) throw new ShapeError(name, expected.map(formatShape).join(', '), inputs.map(({ shape }) => formatShape(shape)).join(', '));
}

/** The cotangent of the hidden values alone, where that of the planes is nothing else. */
function hiddenCotangent(cotangent: Tensor, [, ...shape]: Shape): Tensor {
  const [inner] = cotangent.inputs;
  const { before } = cotangent.attributes as { readonly before?: readonly number[] };
  const alone =
    cotangent.operation === padOperation &&
    inner !== undefined &&
    sameShape(inner.shape, [1, ...shape]) &&
    before?.every((zeros) => zeros === 0);
  return alone === true ? reshape(inner, shape) : cotangent;
}

/** The hidden values of the step before, zeros at the first: [N, T, H]. */
function previousHidden(planes: Tensor, reverse: boolean): Tensor {
  const [, batch = 1, steps = 1, units = 1] = planes.shape;
  const hidden = reshape(sliceAxis(planes, 0, 0, 1), [batch, steps, units]);
  if (steps === 1) return constant(0, hidden.shape);
  const kept = sliceAxis(hidden, 1, reverse ? 1 : 0, steps - 1);
  return pad(kept, { before: [0, reverse ? 0 : 1, 0], after: [0, reverse ? 1 : 0, 0] });
}

const sizesOf = ([, batch = 1, steps = 1, units = 1]: Shape, { reverse }: RecurrenceAttributes): RecurrenceSizes => ({
  batch,
  steps,
  units,
  reverse,
});

/** The steps in the order of time, and the step before each. */
const walk = ({ steps, reverse }: RecurrenceSizes): { readonly t: number; readonly before: number }[] =>
  range(steps).map((s) => (reverse ? { t: steps - 1 - s, before: steps - s } : { t: s, before: s - 1 }));

/** The kernel for quads first, where the adapter has them and the sizes suit them. */
function withQuads({ profile }: KernelContext, plain: KernelSource, quads: () => KernelSource | null): readonly KernelSource[] {
  const kernel = profile.software && profile.quads ? quads() : null;
  return kernel === null ? [plain] : [kernel, plain];
}

export interface Recurrence {
  /** Projections [N, T, G·H], recurrent weights [H, G·H] and their bias [G·H] to planes [P, N, T, H]. */
  readonly forward: KernelOperation<RecurrenceAttributes>;
  /** Planes, recurrent weights [G·H, H] and ∂L/∂hidden [N, T, H] (or ∂L/∂planes) to the gradients of the gates [N, T, R·H]. */
  readonly gradient: KernelOperation<RecurrenceAttributes>;
}

export function recurrenceOf(cell: RecurrentCell): Recurrence {
  const { name, gates, planes, carried, gradients, ofProduct } = cell;

  const gradient: KernelOperation<RecurrenceAttributes> = {
    kind: 'kernel',
    name: `${name}-gradient`,
    infer: (inputs) => {
      const [, batch = 0, steps = 0, units = 0] = inputs[0]?.shape ?? [];
      const whole = [planes, batch, steps, units];
      requireShapes(`${name}-gradient`, inputs, [whole, [gates * units, units], inputs[2]?.shape.length === 4 ? whole : whole.slice(1)]);
      return { shape: [batch, steps, gradients * units], type: 'f32' };
    },
    gradient: 'nondifferentiable',
    kernels: (context, attributes) => {
      const sizes = sizesOf(context.inputs[0]?.shape ?? [], attributes);
      return withQuads(context, backwardKernel(context, cell, sizes), () => backwardQuadKernel(context, cell, sizes));
    },
    flops: ([values]) => recurrenceFlops(values?.shape ?? []),
    reference: ([values, weight, cotangent], output, attributes) => {
      if (!values || !weight || !cotangent) return;
      const sizes = sizesOf(values.shape, attributes);
      const { batch, steps, units } = sizes;
      const whole = cotangent.shape.length === 4;
      const at = (plane: number, n: number, t: number, unit: number) => ((plane * batch + n) * steps + t) * units + unit;
      for (let n = 0; n < batch; n++) {
        let flowing = new Float64Array(units);
        const handed = new Float64Array(units);
        for (const { t, before } of walk(sizes).reverse()) {
          const products = new Float64Array(gates * units);
          for (let unit = 0; unit < units; unit++) {
            const p = range(planes).map((plane) => values.data[at(plane, n, t, unit)] ?? 0);
            const d = range(planes).map((plane) => (plane === 0 || whole ? (cotangent.data[at(plane, n, t, unit)] ?? 0) : 0));
            d[0] = (d[0] ?? 0) + (flowing[unit] ?? 0);
            const previous = carried === null || before < 0 || before >= steps ? 0 : (values.data[at(carried, n, before, unit)] ?? 0);
            const result = cell.backwardReference(p, previous, d, handed[unit] ?? 0);
            handed[unit] = result.passed;
            result.gradients.forEach((value, number) => {
              output.data[(n * steps + t) * gradients * units + number * units + unit] = value;
            });
            ofProduct.forEach((number, gate) => {
              products[gate * units + unit] = result.gradients[number] ?? 0;
            });
          }
          const next = new Float64Array(units);
          products.forEach((value, row) => {
            for (let unit = 0; unit < units; unit++) next[unit] = (next[unit] ?? 0) + value * (weight.data[row * units + unit] ?? 0);
          });
          flowing = next;
        }
      }
    },
    samples: gradientSamples(),
  };

  const forward: KernelOperation<RecurrenceAttributes> = {
    kind: 'kernel',
    name,
    infer: (inputs) => {
      const [batch = 0, steps = 0, columns = 0] = inputs[0]?.shape ?? [];
      const units = Math.floor(columns / gates);
      requireShapes(name, inputs, [[batch, steps, gates * units], [units, gates * units], [gates * units]]);
      return { shape: [planes, batch, steps, units], type: 'f32' };
    },
    gradient: ({ inputs: [projected, weight], output, cotangent, attributes }) => {
      if (!projected || !weight) return [];
      const [, batch = 1, steps = 1, units = 1] = output.shape;
      const ofGates = apply(gradient, [output, permute(weight, [1, 0]), hiddenCotangent(cotangent, output.shape)], attributes);
      const inOrder = gradients === gates;
      const parts = ofProduct.map((number) => sliceAxis(ofGates, 2, number * units, units));
      const products = reshape(inOrder ? ofGates : concatenate(parts, 2), [batch * steps, gates * units]);
      const before = reshape(previousHidden(output, attributes.reverse), [batch * steps, units]);
      return [
        inOrder ? ofGates : sliceAxis(ofGates, 2, 0, gates * units),
        permute(matrixProduct(products, before, { transposeA: true }), [1, 0]),
        sum(products, [0]),
      ];
    },
    kernels: (context, attributes) => {
      const sizes = sizesOf(context.output.shape, attributes);
      return withQuads(context, forwardKernel(context, cell, sizes), () => forwardQuadKernel(context, cell, sizes));
    },
    flops: (_inputs, _attributes, { shape }) => recurrenceFlops(shape),
    reference: ([projected, weight, bias], output, attributes) => {
      if (!projected || !weight || !bias) return;
      const sizes = sizesOf(output.shape, attributes);
      const { batch, steps, units } = sizes;
      const columns = gates * units;
      const at = (plane: number, n: number, t: number, unit: number) => ((plane * batch + n) * steps + t) * units + unit;
      for (let n = 0; n < batch; n++) {
        for (const { t, before } of walk(sizes)) {
          const known = before >= 0 && before < steps;
          for (let unit = 0; unit < units; unit++) {
            const x = range(gates).map((gate) => projected.data[(n * steps + t) * columns + gate * units + unit] ?? 0);
            const r = range(gates).map((gate) => {
              let total = bias.data[gate * units + unit] ?? 0;
              for (let k = 0; known && k < units; k++)
                total += (output.data[at(0, n, before, k)] ?? 0) * (weight.data[k * columns + gate * units + unit] ?? 0);
              return total;
            });
            const previous = carried === null || !known ? 0 : (output.data[at(carried, n, before, unit)] ?? 0);
            cell.forwardReference(x, r, previous).forEach((value, plane) => {
              output.data[at(plane, n, t, unit)] = value;
            });
          }
        }
      }
    },
    samples: forwardSamples(),
  };

  /** The product with the hidden values is all but a few percent. */
  const recurrenceFlops = ([, batch = 1, steps = 1, units = 1]: Shape): number => 2 * batch * steps * units * units * gates;

  function forwardSamples(): OperationSample[] {
    const sample = (title: string, batch: number, steps: number, units: number, reverse: boolean): OperationSample => ({
      name: title,
      inputs: [floats([batch, steps, gates * units]), floats([units, gates * units], [-1, 1]), floats([gates * units], [-1, 1])],
      attributes: { reverse },
    });
    return [
      sample('three steps', 2, 3, 4, false),
      sample('from the last step to the first', 3, 3, 2, true),
      sample('one step of one sample', 1, 1, 3, false),
      sample('more units than invocations, samples that fill no group', 5, 2, 17, false),
      sample('several groups of samples', 18, 3, 6, false),
    ];
  }

  function gradientSamples(): OperationSample[] {
    const sample = (title: string, batch: number, steps: number, units: number, reverse: boolean, whole: boolean): OperationSample => ({
      name: title,
      inputs: [
        // Values of gates: between 0 and 1.
        floats([planes, batch, steps, units], [0.1, 0.9]),
        floats([gates * units, units], [-1, 1]),
        floats(whole ? [planes, batch, steps, units] : [batch, steps, units]),
      ],
      attributes: { reverse },
    });
    return [
      sample('of the hidden values', 3, 3, 2, false, false),
      sample('of all planes, reversed', 2, 3, 5, true, true),
      sample('more units than invocations, samples that fill no group', 5, 2, 19, true, false),
      sample('several groups of samples', 18, 3, 6, false, true),
    ];
  }

  return { forward, gradient };
}

/** The hidden values [N, T, H] of all steps. */
export function runRecurrence({ forward }: Recurrence, projected: Tensor, weight: Tensor, bias: Tensor, reverse: boolean): Tensor {
  const planes = apply(forward, [projected, weight, bias], { reverse });
  return reshape(sliceAxis(planes, 0, 0, 1), planes.shape.slice(1));
}
