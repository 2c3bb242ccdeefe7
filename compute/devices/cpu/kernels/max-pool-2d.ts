/**
 * Maximum over windows, its gradient, and the adjoint of that. Four windows of a row are done at once: the rows of a window are read as they
 * lie, and elements that belong to the same place of each window brought together. NaN is the greatest; of equals the first wins.
 */
import { poolSizes, type PoolAttributes, type PoolSizes } from '../../../ops/pool-2d-sizes';
import { f32, f32x4, i32, i32x4, memory, v128, type Int, type Vector } from '../assembly/expression';
import type { FunctionWriter, Local } from '../assembly/function-writer';
import type { OperationPlanner } from '../kernel';
import { bordered, borderedBytes, eachRow, fillBorder, planePlan, remembered, spaced, storeInterleaved } from './planes';
import { along, eachPart, range } from './tile';
import { borderOf, windowPlan } from './windows';

/** The places of a window in row-major order. */
const placesOf = ([height, width]: readonly [number, number]): readonly { readonly row: number; readonly column: number }[] =>
  range(height * width).map((place) => ({ row: Math.floor(place / width), column: place % width }));

/** Gives the elements at a place of so many neighbouring windows, the first of which begins at `corner`. */
function windowReader(
  writer: FunctionWriter,
  corner: Int,
  rowBytes: number,
  step: number,
  windows: number,
): (row: number, column: number) => Vector {
  const rows = new Map<number, (number: number) => Vector>();
  return (row, column) => {
    const known = rows.get(row) ?? remembered(writer, (number) => memory.v128(corner, row * rowBytes + 16 * number));
    rows.set(row, known);
    return spaced(known, column, step, windows);
  };
}

export const planMaxPool2d: OperationPlanner<PoolAttributes> = ({ inputs }, attributes) =>
  windowPlan('maxPool2d', poolSizes('maxPool2d', inputs[0], attributes), {
    padding: -Infinity,
    combine: (best, value) => f32x4.max(best, value),
    finish: (best) => best,
  });

/** Whether `value` wins over the best before it. Both may stand in several places. */
const wins = (value: Vector, best: Vector): Vector => v128.or(f32x4.gt(value, best), f32x4.ne(value, value));

interface Winners {
  /** Byte offsets of the winners from the first element of their planes. */
  readonly offsets: Local<'v128'>;
  /** The first window's column, and how many of the four there are. */
  readonly start: Int;
  readonly size: number;
}

/** Goes through all windows of a plane, four at a time. `beside` is the plane of as many elements as there are windows that `body` gets the row of. */
function eachWinner(
  writer: FunctionWriter,
  sizes: PoolSizes,
  address: Int,
  scratch: Int,
  beside: Int,
  body: (winners: Winners, row: Int) => void,
): void {
  const { input, output, kernelSize, stride, padding } = sizes;
  const border = borderOf(sizes);
  const plane = bordered(writer, address, scratch, border);
  const isPadded = borderedBytes(border) > 0;
  const cursors = [
    { address: plane.address, bytes: stride[0] * plane.rowBytes },
    { address: beside, bytes: 4 * output[1] },
    // The offset of the first window's corner, negative above the plane.
    { address: i32.constant(-4 * (padding[0] * input[1] + padding[1])), bytes: 4 * stride[0] * input[1] },
  ];
  eachRow(writer, output[0], cursors, ([top = address, here = beside, origin = address], row) => {
    eachPart(writer, output[1], 4, (start, size) => {
      const read = windowReader(writer, writer.keep(along(top, start, 4 * stride[1])), plane.rowBytes, stride[1], size);
      const [first, ...others] = placesOf(kernelSize);
      const best = writer.keep(isPadded ? f32x4.constant(-Infinity) : read(first?.row ?? 0, first?.column ?? 0));
      const winner = writer.local('v128');
      if (isPadded) {
        // Where all are −∞ it is the first element that is no padding.
        const above = i32.sub(i32.constant(padding[0]), i32.mul(row, i32.constant(stride[0])));
        const column = i32x4.splat(i32.sub(i32.constant(padding[1]), i32.mul(start, i32.constant(stride[1]))));
        const left = i32x4.sub(column, v128.constantI32(0, stride[1], 2 * stride[1], 3 * stride[1]));
        const rows = i32x4.mul(i32x4.maxS(i32x4.splat(above), i32x4.constant(0)), i32x4.constant(4 * input[1]));
        writer.set(winner, i32x4.add(rows, i32x4.shl(i32x4.maxS(left, i32x4.constant(0)), i32.constant(2))));
      } else writer.set(winner, i32x4.constant(0));
      for (const place of isPadded && first ? [first, ...others] : others) {
        const value = writer.keep(read(place.row, place.column));
        const won = writer.keep(wins(value, best));
        writer.set(best, v128.bitselect(value, best, won));
        writer.set(winner, v128.bitselect(i32x4.constant(4 * (place.row * input[1] + place.column)), winner, won));
      }
      const corner = i32x4.splat(i32.add(origin, i32.mul(start, i32.constant(4 * stride[1]))));
      const corners = i32x4.add(corner, v128.constantI32(0, 4 * stride[1], 8 * stride[1], 12 * stride[1]));
      writer.set(winner, i32x4.add(winner, corners));
      body({ offsets: winner, start, size }, here);
    });
  });
}

const isDisjoint = ({ kernelSize, stride, padding }: PoolSizes): boolean =>
  kernelSize[0] === stride[0] && kernelSize[1] === stride[1] && padding[0] === 0 && padding[1] === 0;

/** Places whose masks are kept at once at most. */
const mostPlaces = 16;

/** Windows that do not overlap: every element of a window gets its cotangent or 0. */
function writeDisjointGradient(writer: FunctionWriter, { input, output, kernelSize }: PoolSizes, x: Int, cotangent: Int, to: Int): void {
  const rowBytes = 4 * input[1];
  const isCovered = output[0] * kernelSize[0] === input[0] && output[1] * kernelSize[1] === input[1];
  if (!isCovered) writer.fillMemory(to, i32.constant(0), i32.constant(input[0] * rowBytes));
  const cursors = [
    { address: x, bytes: kernelSize[0] * rowBytes },
    { address: cotangent, bytes: 4 * output[1] },
    { address: to, bytes: kernelSize[0] * rowBytes },
  ];
  eachRow(writer, output[0], cursors, ([from = x, given = cotangent, target = to]) => {
    eachPart(writer, output[1], 4, (start, size) => {
      const read = windowReader(writer, writer.keep(along(from, start, 4 * kernelSize[1])), rowBytes, kernelSize[1], size);
      const places = placesOf(kernelSize);
      const best = writer.local('v128');
      const won = places.map(({ row, column }, number) => {
        const value = writer.keep(read(row, column));
        if (number === 0) {
          writer.set(best, value);
          return null;
        }
        const mask = writer.keep(wins(value, best));
        if (number < places.length - 1) writer.set(best, v128.bitselect(value, best, mask));
        return mask;
      });
      // The last that won takes it all.
      const rest = writer.keep(memory.v128(along(given, start, 4)));
      const shares = won.toReversed().map((mask) => {
        if (mask === null) return rest;
        const share = writer.keep(v128.and(rest, mask));
        writer.set(rest, v128.andNot(rest, mask));
        return share;
      });
      shares.reverse();
      const corner = writer.keep(along(target, start, 4 * kernelSize[1]));
      for (const row of range(kernelSize[0])) {
        const inRow = shares.slice(row * kernelSize[1], (row + 1) * kernelSize[1]);
        storeInterleaved(writer, inRow, corner, row * rowBytes, size);
      }
    });
  });
}

export const planMaxPool2dGradient: OperationPlanner<PoolAttributes> = ({ inputs }, attributes) => {
  const sizes = poolSizes('maxPool2dGradient', inputs[0], attributes);
  const { planes, input, output, kernelSize } = sizes;
  const border = borderOf(sizes);
  const disjoint = isDisjoint(sizes) && kernelSize[0] * kernelSize[1] <= mostPlaces;
  return planePlan({
    name: 'maxPool2dGradient',
    variant: disjoint ? 'disjoint' : 'scattered',
    planes,
    inputs: [input, output],
    output: input,
    threadScratch: borderedBytes(border),
    before: (writer, scratch) => {
      fillBorder(writer, scratch, border, -Infinity);
    },
    write: (writer, { inputs: [x, cotangent], output: to, scratch }) => {
      if (!x || !cotangent) throw new Error('the gradient of maxPool2d takes two inputs');
      if (disjoint) {
        writeDisjointGradient(writer, sizes, x, cotangent, to);
        return;
      }
      writer.fillMemory(to, i32.constant(0), i32.constant(4 * input[0] * input[1]));
      eachWinner(writer, sizes, x, scratch, cotangent, ({ offsets, start, size }, row) => {
        const given = writer.keep(along(row, start, 4));
        for (const lane of range(size)) {
          const place = writer.keep(i32.add(to, i32x4.extract(offsets, lane)));
          writer.storeF32(place, f32.add(memory.f32(place), memory.f32(given, 4 * lane)));
        }
      });
    },
  });
};

export const planMaxPool2dSelect: OperationPlanner<PoolAttributes> = ({ inputs }, attributes) => {
  const sizes = poolSizes('maxPool2dSelect', inputs[0], attributes);
  const { planes, input, output } = sizes;
  const border = borderOf(sizes);
  return planePlan({
    name: 'maxPool2dSelect',
    variant: 'rows',
    planes,
    inputs: [input, input],
    output,
    threadScratch: borderedBytes(border),
    before: (writer, scratch) => {
      fillBorder(writer, scratch, border, -Infinity);
    },
    write: (writer, { inputs: [x, values], output: to, scratch }) => {
      if (!x || !values) throw new Error('maxPool2dSelect takes two inputs');
      eachWinner(writer, sizes, x, scratch, to, ({ offsets, start, size }, row) => {
        for (const lane of range(size)) {
          const value = memory.f32(i32.add(values, i32x4.extract(offsets, lane)));
          writer.storeF32(along(row, start, 4), value, 4 * lane);
        }
      });
    },
  });
};
