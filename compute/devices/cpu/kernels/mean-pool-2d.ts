/**
 * Means over windows, of fixed size or as many as are asked for, and their adjoints. An adjoint spreads the shares of a row of windows over
 * one row of elements, and adds that to all rows of the windows.
 */
import { sizeOf, type TensorType } from '../../../graph/tensor';
import type { AveragePoolGradientAttributes } from '../../../ops/average-pool-2d.op';
import { poolSizes, type PoolAttributes } from '../../../ops/pool-2d-sizes';
import { f32, f32x4, i32, memory, select, type Float, type Int } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import type { OperationPlan, OperationPlanner } from '../kernel';
import { planePlan, type Extent } from './planes';
import { along, eachPart, storeLanes } from './tile';
import { windowPlan } from './windows';

/** Where the windows of one axis begin and end, within the elements that there are. */
interface Axis {
  readonly elements: number;
  readonly windows: number;
  readonly first: (window: Int) => Int;
  readonly end: (window: Int) => Int;
  /** Whether the windows neither overlap nor leave anything between them or after. */
  readonly tiles: boolean;
}

const greater = (a: Int, b: Int): Int => select(a, b, i32.gtS(a, b));
const lesser = (a: Int, b: Int): Int => select(a, b, i32.ltS(a, b));

function regularAxis(elements: number, windows: number, size: number, stride: number, padding: number): Axis {
  const start = (window: Int): Int => i32.sub(i32.mul(window, i32.constant(stride)), i32.constant(padding));
  const end = (window: Int): Int => i32.add(start(window), i32.constant(size));
  return {
    elements,
    windows,
    first: padding === 0 ? start : (window) => greater(start(window), i32.constant(0)),
    end: padding === 0 ? end : (window) => lesser(end(window), i32.constant(elements)),
    tiles: size === stride && padding === 0 && windows * size === elements,
  };
}

/** Window i of n along s elements is [⌊i·s/n⌋, ⌈(i + 1)·s/n⌉). */
function adaptiveAxis(elements: number, windows: number): Axis {
  const by = i32.constant(windows);
  return {
    elements,
    windows,
    first: (window) => i32.divU(i32.mul(window, i32.constant(elements)), by),
    end: (window) => i32.divU(i32.add(i32.mul(i32.add(window, i32.constant(1)), i32.constant(elements)), i32.constant(windows - 1)), by),
    tiles: elements % windows === 0,
  };
}

/** What a sum over a window is divided by. */
type Count = (rows: Int, columns: Int) => Float;
const elementsIn: Count = (rows, columns) => f32.convertI32(i32.mul(rows, columns));

/** Goes through the windows of an axis; the bounds of each are computed once. */
function eachWindow(writer: FunctionWriter, axis: Axis, body: (window: Int, first: Int, end: Int) => void): void {
  const window = writer.local('i32');
  writer.for(window, i32.constant(0), i32.constant(axis.windows), 1, () => {
    body(window, writer.keep(axis.first(window)), writer.keep(axis.end(window)));
  });
}

const extentOf = (rows: Axis, columns: Axis, of: 'elements' | 'windows'): Extent => [rows[of], columns[of]];

/** Room for a row of elements that is written in whole vectors. */
const rowScratch = (columns: Axis): number => 4 * columns.elements + 16;

function meanPlan(name: string, planes: number, rows: Axis, columns: Axis): OperationPlan {
  const rowBytes = 4 * columns.elements;
  return planePlan({
    name,
    variant: 'rows',
    planes,
    inputs: [extentOf(rows, columns, 'elements')],
    output: extentOf(rows, columns, 'windows'),
    threadScratch: rowScratch(columns),
    write: (writer, { inputs: [from], output, scratch }) => {
      if (!from) throw new Error(`${name} takes an input`);
      const to = writer.keep(output);
      eachWindow(writer, rows, (_row, top, bottom) => {
        eachPart(writer, columns.elements, 4, (start) => {
          const place = writer.keep(i32.add(along(from, top, rowBytes), i32.mul(start, i32.constant(4))));
          const last = writer.keep(i32.add(place, i32.mul(i32.sub(bottom, top), i32.constant(rowBytes))));
          const sum = writer.keep(f32x4.constant(0));
          writer.while(i32.ltU(place, last), () => {
            writer.set(sum, f32x4.add(sum, memory.v128(place)));
            writer.increase(place, rowBytes);
          });
          writer.storeVector(along(scratch, start, 4), sum);
        });
        eachWindow(writer, columns, (_column, left, right) => {
          const place = writer.keep(along(scratch, left, 4));
          const last = writer.keep(along(scratch, right, 4));
          const sum = writer.keep(f32.constant(0));
          writer.while(i32.ltU(place, last), () => {
            writer.set(sum, f32.add(sum, memory.f32(place)));
            writer.increase(place, 4);
          });
          writer.storeF32(to, f32.div(sum, elementsIn(i32.sub(bottom, top), i32.sub(right, left))));
          writer.increase(to, 4);
        });
      });
    },
  });
}

function adjointPlan(name: string, planes: number, rows: Axis, columns: Axis, count: Count): OperationPlan {
  const rowBytes = 4 * columns.elements;
  const output = extentOf(rows, columns, 'elements');
  return planePlan({
    name,
    variant: 'rows',
    planes,
    inputs: [extentOf(rows, columns, 'windows')],
    output,
    threadScratch: rowScratch(columns),
    write: (writer, { inputs: [from], output: to, scratch }) => {
      if (!from) throw new Error(`${name} takes an input`);
      if (!rows.tiles) writer.fillMemory(to, i32.constant(0), i32.constant(4 * sizeOf(output)));
      const given = writer.keep(from);
      eachWindow(writer, rows, (_row, top, bottom) => {
        if (!columns.tiles) writer.fillMemory(scratch, i32.constant(0), i32.constant(rowScratch(columns)));
        eachWindow(writer, columns, (_column, left, right) => {
          const share = writer.keep(f32.div(memory.f32(given), count(i32.sub(bottom, top), i32.sub(right, left))));
          const place = writer.keep(along(scratch, left, 4));
          const last = writer.keep(along(scratch, right, 4));
          writer.while(i32.ltU(place, last), () => {
            writer.storeF32(place, columns.tiles ? share : f32.add(memory.f32(place), share));
            writer.increase(place, 4);
          });
          writer.increase(given, 4);
        });
        const target = writer.keep(along(to, top, rowBytes));
        const end = writer.keep(along(to, bottom, rowBytes));
        writer.while(i32.ltU(target, end), () => {
          eachPart(writer, columns.elements, 4, (start, size) => {
            const place = writer.keep(along(target, start, 4));
            const share = memory.v128(along(scratch, start, 4));
            const value = writer.keep(rows.tiles ? share : f32x4.add(memory.v128(place), share));
            storeLanes(writer, { address: place, offset: 0 }, value, size);
          });
          writer.increase(target, rowBytes);
        });
      });
    },
  });
}

export const planAveragePool2d: OperationPlanner<PoolAttributes> = ({ inputs }, attributes) => {
  const { kernelSize } = attributes;
  return windowPlan('averagePool2d', poolSizes('averagePool2d', inputs[0], attributes), {
    padding: 0,
    combine: (sum, value) => f32x4.add(sum, value),
    finish: (sum) => f32x4.div(sum, f32x4.constant(kernelSize[0] * kernelSize[1])),
  });
};

export const planAveragePool2dGradient: OperationPlanner<AveragePoolGradientAttributes> = ({ output: type }, attributes) => {
  const { planes, input, output, kernelSize, stride, padding } = poolSizes('averagePool2dGradient', type, attributes);
  const axis = (number: 0 | 1): Axis => regularAxis(input[number], output[number], kernelSize[number], stride[number], padding[number]);
  const area = f32.constant(kernelSize[0] * kernelSize[1]);
  return adjointPlan('averagePool2dGradient', planes, axis(0), axis(1), () => area);
};

/** The axes of means over as many windows as there are elements of `pooled`. */
function adaptiveAxes(whole: TensorType | undefined, pooled: TensorType | undefined): readonly [planes: number, rows: Axis, columns: Axis] {
  const [batch = 0, channels = 0, height = 1, width = 1] = whole?.shape ?? [];
  const [, , rows = 1, columns = 1] = pooled?.shape ?? [];
  return [batch * channels, adaptiveAxis(height, rows), adaptiveAxis(width, columns)];
}

export const planAdaptiveAveragePool2d: OperationPlanner<never> = ({ inputs, output }) =>
  meanPlan('adaptiveAveragePool2d', ...adaptiveAxes(inputs[0], output));

export const planAdaptiveAveragePool2dGradient: OperationPlanner<never> = ({ inputs, output }) =>
  adjointPlan('adaptiveAveragePool2dGradient', ...adaptiveAxes(output, inputs[0]), elementsIn);
