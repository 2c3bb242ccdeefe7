/** What finite differences cannot see: that the forward pass is right, on numbers worked out by hand, and at the edges. */
import { describe, expect, test } from 'vitest';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { ShapeError, sizeOf, type DataType, type Shape, type Tensor } from '../graph/tensor';
import { evaluateOnce, type GivenTensor } from '../testing/evaluation';
import { absolute } from './absolute.op';
import { add } from './add.op';
import { argMax, oneHot } from './classes';
import { cast } from './cast.op';
import { concatenate } from './concatenate';
import { divide } from './divide.op';
import { broadcastTo } from './elementwise';
import { equal } from './equal.op';
import { expm1 } from './expm1.op';
import { gather } from './gather.op';
import { greater } from './greater.op';
import { iota } from './iota.op';
import { floatLiteral, integerLiteral } from './literal';
import { matrixProduct } from './matrix-product.op';
import { max } from './max.op';
import { maximum } from './maximum.op';
import { mean } from './mean';
import { minimum } from './minimum.op';
import { permute, transpose } from './permute.op';
import { power } from './power.op';
import { reciprocal } from './reciprocal.op';
import { remainder } from './remainder.op';
import { reshape } from './reshape.op';
import { select } from './select.op';
import { sigmoid } from './sigmoid.op';
import { sign } from './sign.op';
import { pad, slice, sliceAxis } from './slice.op';
import { logSoftmax, softmax } from './softmax';
import { subtract } from './subtract.op';
import { sum } from './sum.op';
import { tanh } from './tanh.op';

const tensor = (shape: Shape, data: readonly number[], type: DataType = 'f32'): GivenTensor => ({
  shape,
  type,
  data: Float64Array.from(data),
});
const row = (...data: number[]) => tensor([data.length], data);
const whole = (...data: number[]) => tensor([data.length], data, 'i32');
/** 0, 1, 2 … in the shape. */
const counted = (...shape: number[]) =>
  tensor(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, index) => index),
  );

async function compute(
  inputs: readonly GivenTensor[],
  build: (x: Tensor, y: Tensor, z: Tensor) => Tensor,
): Promise<{ shape: Shape; values: number[] }> {
  let shape: Shape = [];
  const [values = new Float64Array()] = await evaluateOnce(openReferenceDevice(), inputs, ([x, y = x, z = x]) => {
    if (x === undefined || y === undefined || z === undefined) throw new Error('At least one input is needed.');
    const result = build(x, y, z);
    shape = result.shape;
    return [result];
  });
  return { shape, values: [...values] };
}

const elementwise: readonly (readonly [string, readonly GivenTensor[], (x: Tensor, y: Tensor, z: Tensor) => Tensor, readonly number[]])[] =
  [
    ['subtract', [row(5, 2), row(3, 7)], subtract, [2, -5]],
    ['subtract a tensor from a number', [row(5, 2)], (x) => subtract(1, x), [-4, -1]],
    ['divide', [row(6, -1), row(3, 4)], divide, [2, -0.25]],
    ['reciprocal', [row(4, -0.5)], reciprocal, [0.25, -2]],
    ['power', [row(4, 9)], (x) => power(x, 0.5), [2, 3]],
    ['maximum', [row(1, -2), row(0, 3)], maximum, [1, 3]],
    ['minimum', [row(1, -2), row(0, 3)], minimum, [0, -2]],
    ['greater', [row(1, 2, 3), row(2, 2, 2)], greater, [0, 0, 1]],
    ['equal', [row(1, 2, 3), row(2, 2, 2)], equal, [0, 1, 0]],
    ['select', [row(1, 0), row(5, 6), row(7, 8)], select, [5, 8]],
    ['absolute', [row(-3, 0, 2)], absolute, [3, 0, 2]],
    ['sign', [row(-3, 0, 2)], sign, [-1, 0, 1]],
    ['remainder', [whole(7, -7), whole(3, 3)], remainder, [1, -1]],
    ['cast to whole numbers', [row(-1.9, 2.9)], (x) => cast(x, 'i32'), [-1, 2]],
    ['sigmoid far out', [row(-1000, 0, 1000)], sigmoid, [0, 0.5, 1]],
    ['tanh far out', [row(-1000, 0, 1000)], tanh, [-1, 0, 1]],
    ['expm1 near zero', [row(1e-12)], expm1, [Math.expm1(1e-12)]],
  ];

test.each(elementwise)('%s', async (_, inputs, build, expected) => {
  expect((await compute(inputs, build)).values).toEqual(expected);
});

const shaped: readonly (readonly [string, readonly GivenTensor[], (x: Tensor, y: Tensor) => Tensor, Shape, readonly number[]])[] = [
  ['reshape keeps the order', [counted(2, 3)], (x) => reshape(x, [3, -1]), [3, 2], [0, 1, 2, 3, 4, 5]],
  ['transpose', [counted(2, 3)], transpose, [3, 2], [0, 3, 1, 4, 2, 5]],
  ['permute', [counted(2, 1, 3)], (x) => permute(x, [2, 0, 1]), [3, 2, 1], [0, 3, 1, 4, 2, 5]],
  ['views of views', [counted(2, 3)], (x) => reshape(transpose(x), [2, 3]), [2, 3], [0, 3, 1, 4, 2, 5]],
  ['slice', [counted(3, 4)], (x) => slice(x, { starts: [1, 0], sizes: [2, 2], steps: [1, 3] }), [2, 2], [4, 7, 8, 11]],
  ['slice of one axis', [counted(2, 3)], (x) => sliceAxis(x, 1, 1, 2), [2, 2], [1, 2, 4, 5]],
  ['pad', [row(1, 2)], (x) => pad(x, { before: [1], after: [2] }), [5], [0, 1, 2, 0, 0]],
  ['pad between', [row(1, 2)], (x) => pad(x, { before: [0], after: [1], steps: [3] }), [5], [1, 0, 0, 2, 0]],
  ['sum along the first axis', [counted(2, 3)], (x) => sum(x, [0]), [3], [3, 5, 7]],
  ['sum along the last axis', [counted(2, 3)], (x) => sum(x, [-1]), [2], [3, 12]],
  ['mean of all', [counted(2, 3)], (x) => mean(x), [], [2.5]],
  ['max', [tensor([2, 2], [-1, -5, 3, 2])], (x) => max(x, [1]), [2], [-1, 3]],
  ['broadcast of rows and columns', [tensor([2, 1], [10, 20]), row(1, 2, 3)], add, [2, 3], [11, 12, 13, 21, 22, 23]],
  ['broadcast of channels', [row(1, 2)], (x) => broadcastTo(reshape(x, [2, 1]), [1, 2, 2]), [1, 2, 2], [1, 1, 2, 2]],
  ['gather', [counted(3, 2), whole(2, 0)], gather, [2, 2], [4, 5, 0, 1]],
  ['gather out of range', [counted(3, 2), whole(3, -1)], gather, [2, 2], [0, 1, 0, 1]],
  ['concatenate', [tensor([2, 1], [1, 2]), tensor([2, 2], [3, 4, 5, 6])], (x, y) => concatenate([x, y], 1), [2, 3], [1, 3, 4, 2, 5, 6]],
  ['one-hot', [whole(2, 0, 5)], (x) => oneHot(x, 3), [3, 3], [0, 0, 1, 1, 0, 0, 0, 0, 0]],
  ['arg max takes the first', [tensor([3, 3], [1, 3, 3, -1, -2, -3, 0, 0, 0])], argMax, [3], [1, 0, 0]],
  ['iota', [row(0, 0)], (x) => add(x, cast(iota([2], 0), 'f32')), [2], [0, 1]],
  ['softmax of huge logits', [tensor([1, 3], [1e4, 1e4, -1e4])], (x) => softmax(x), [1, 3], [0.5, 0.5, 0]],
  ['log-softmax of huge logits', [tensor([1, 2], [1000, 0])], (x) => logSoftmax(x), [1, 2], [0, -1000]],
  ['matrix product', [counted(2, 2), tensor([2, 1], [10, 100])], (x, y) => matrixProduct(x, y), [2, 1], [100, 320]],
];

test.each(shaped)('%s', async (_, inputs, build, shape, values) => {
  expect(await compute(inputs, build)).toEqual({ shape, values });
});

describe('shapes that do not go together are refused with both sides', () => {
  const refused: readonly (readonly [string, readonly GivenTensor[], (x: Tensor, y: Tensor) => Tensor, RegExp])[] = [
    ['add', [counted(2, 3), counted(2, 2)], add, /2×3 and 2×2/],
    ['reshape', [counted(2, 3)], (x) => reshape(x, [4]), /6 elements like 2×3, got 4/],
    ['slice', [counted(3)], (x) => sliceAxis(x, 0, 2, 2), /within 3/],
    ['sum', [counted(3)], (x) => sum(x, [1]), /axes of 3, got axes 1/],
    ['permute', [counted(3, 2)], (x) => permute(x, [0, 0]), /3×2, got 0, 0/],
    ['concatenate', [counted(2, 2), counted(3, 3)], (x, y) => concatenate([x, y], 0), /2×2 except on axis 0, got 3×3/],
    ['gather', [counted(3), row(1)], gather, /i32/],
    ['add of types', [row(1), whole(1)], add, /f32 and i32/],
  ];
  test.each(refused)('%s', async (_, inputs, build, message) => {
    const attempt = compute(inputs, build);
    await expect(attempt).rejects.toThrow(ShapeError);
    await expect(attempt).rejects.toThrow(message);
  });
});

test('literals read back as the numbers they stand for', () => {
  expect([0, 1, -1.5].map(floatLiteral)).toEqual(['0.0f', '1.0f', '(-1.5f)']);
  for (const value of [1e-8, 3e38, 0.1, -1 / 3, 1e-40, 2 ** 24 + 1]) {
    const literal = floatLiteral(value);
    expect(literal).toMatch(/^\(?-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?f\)?$/);
    expect(Number.parseFloat(literal.replace('(', ''))).toBe(Math.fround(value));
  }
  expect([7, -7, -0x80000000].map(integerLiteral)).toEqual(['7i', '(-7i)', '(-2147483647i - 1i)']);
  expect(() => floatLiteral(Infinity)).toThrow(RangeError);
  expect(() => floatLiteral(1e39)).toThrow(RangeError);
  expect(() => integerLiteral(1.5)).toThrow(RangeError);
});
