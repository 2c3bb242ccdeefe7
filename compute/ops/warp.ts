/** Images seen through an affine map, composed of other operations: each element of the result reads its place in the source. */
import { ShapeError, formatShape, sizeOf, type Tensor } from '../graph/tensor';
import { add } from './add.op';
import { cast } from './cast.op';
import { constant } from './constant.op';
import { broadcastTo, type Operand } from './elementwise';
import { gather } from './gather.op';
import { greater } from './greater.op';
import { iota } from './iota.op';
import { maximum } from './maximum.op';
import { minimum } from './minimum.op';
import { multiply } from './multiply.op';
import { reshape } from './reshape.op';
import { select } from './select.op';
import { subtract } from './subtract.op';

/**
 * (a, b, c, d, e, f), numbers or f32 [batch]: the pixel at (x, y) of the result shows what lies at (a·x + b·y + c, d·x + e·y + f)
 * of the source. Both count pixels from the centre of the image, to the right and downwards.
 */
export type AffineMap = readonly [a: Operand, b: Operand, c: Operand, d: Operand, e: Operand, f: Operand];

/** What lies outside of an image: nothing, or its nearest pixel. */
export type Outside = 'zeros' | 'edge';

export interface WarpOptions {
  readonly outside: Outside;
  /** The map leads from whole pixels to whole pixels: one is read, where else four are mixed (bilinear, as PyTorch's grid_sample). */
  readonly whole: boolean;
}

/** ⌊x⌋ as i32, for −2 ≤ x. */
const floorOf = (x: Tensor): Tensor => subtract(cast(add(x, 2), 'i32'), 2);

const asTensor = (x: Operand): Tensor => (typeof x === 'number' ? constant(x, []) : x);

/* Sums and products of which nothing is left where a number decides them. */
const sumOf = (x: Operand, y: Operand): Operand => {
  if (typeof x === 'number' && typeof y === 'number') return x + y;
  if (x === 0) return y;
  return y === 0 ? x : add(x, y);
};
const productOf = (x: Operand, y: Operand): Operand => {
  if (typeof x === 'number' && typeof y === 'number') return x * y;
  if (x === 0 || y === 0) return 0;
  if (x === 1) return y;
  return y === 1 ? x : multiply(x, y);
};

/** `images` f32 [batch, channels, rows, columns]; the result has the same shape. It has no gradient. Throws a ShapeError. */
export function warp(images: Tensor, [a, b, c, d, e, f]: AffineMap, { outside, whole }: WarpOptions): Tensor {
  const { shape } = images;
  const [, channels = 1, rows = 1, columns = 1] = shape;
  if (shape.length !== 4) throw new ShapeError('warp', 'images with 4 axes', formatShape(shape));
  const each = (entry: Operand): Operand => (typeof entry === 'number' ? entry : broadcastTo(reshape(entry, [-1, 1, 1, 1]), shape));
  const x = subtract(cast(iota(shape, 3), 'f32'), (columns - 1) / 2);
  const y = subtract(cast(iota(shape, 2), 'f32'), (rows - 1) / 2);
  const place = (ofX: Operand, ofY: Operand, shift: Operand, size: number): Tensor => {
    const turned = sumOf(productOf(x, each(ofX)), productOf(y, each(ofY)));
    const moved = broadcastTo(asTensor(sumOf(sumOf(turned, each(shift)), (size - 1) / 2)), shape);
    // Beyond the first pixel outside there is nothing to tell apart.
    return outside === 'edge' ? maximum(minimum(moved, size - 1), 0) : maximum(minimum(moved, size), -1);
  };
  const sourceX = place(a, b, c, columns);
  const sourceY = place(d, e, f, rows);
  const plane = add(multiply(iota(shape, 0), channels), iota(shape, 1));
  const flat = reshape(images, [sizeOf(shape)]);
  /** The pixel in this row and column, 0 where there is none. */
  const pixel = (row: Tensor, column: Tensor): Tensor => {
    const index = add(multiply(add(multiply(plane, rows), row), columns), column);
    const value = reshape(gather(flat, reshape(index, [sizeOf(shape)])), shape);
    if (outside === 'edge') return value;
    const inside = [greater(row, -1), greater(rows, row), greater(column, -1), greater(columns, column)].reduce(multiply);
    return select(inside, value, 0);
  };
  if (whole) return pixel(floorOf(add(sourceY, 0.5)), floorOf(add(sourceX, 0.5)));
  const [left, top] = [floorOf(sourceX), floorOf(sourceY)];
  const [right, bottom] = [sourceX, sourceY].map((at, axis) => subtract(at, cast(axis === 0 ? left : top, 'f32')));
  if (right === undefined || bottom === undefined) throw new RangeError('a place has two coordinates');
  // At the last pixel the one after it weighs nothing, and is not read.
  const next = (index: Tensor, size: number): Tensor => (outside === 'edge' ? minimum(add(index, 1), size - 1) : add(index, 1));
  const across = (row: Tensor): Tensor =>
    add(multiply(pixel(row, left), subtract(1, right)), multiply(pixel(row, next(left, columns)), right));
  return add(multiply(across(top), subtract(1, bottom)), multiply(across(next(top, rows)), bottom));
}

/** The map of an image that was seen through `first`, and then through `second`. */
export function after(first: AffineMap, second: AffineMap): AffineMap {
  const row = (x: Operand, y: Operand, shift: Operand): readonly [Operand, Operand, Operand] => [
    sumOf(productOf(x, second[0]), productOf(y, second[3])),
    sumOf(productOf(x, second[1]), productOf(y, second[4])),
    sumOf(sumOf(productOf(x, second[2]), productOf(y, second[5])), shift),
  ];
  return [...row(first[0], first[1], first[2]), ...row(first[3], first[4], first[5])];
}
