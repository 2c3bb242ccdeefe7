import { describe, expect, test } from 'vitest';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { ShapeError, type Tensor } from '../graph/tensor';
import { add } from '../ops/add.op';
import { greater } from '../ops/greater.op';
import { multiply } from '../ops/multiply.op';
import { relu } from '../ops/relu.op';
import { stopGradient } from '../ops/stop-gradient.op';
import { sum } from '../ops/sum.op';
import { evaluateOnce } from '../testing/evaluation';
import { gradients } from './gradients';

const given = (...numbers: number[]) => ({ shape: [numbers.length], type: 'f32' as const, data: Float64Array.from(numbers) });

/** ∂/∂x and ∂/∂y of a scalar of two vectors, at x and y. */
async function at(x: readonly number[], y: readonly number[], objective: (x: Tensor, y: Tensor) => Tensor): Promise<number[][]> {
  const results = await evaluateOnce(openReferenceDevice(), [given(...x), given(...y)], ([a, b]) => {
    if (a === undefined || b === undefined) throw new Error('Two inputs were given.');
    return gradients(objective(a, b), [a, b]);
  });
  return results.map((values) => [...values]);
}

describe('gradients', () => {
  test('add up over all uses of a tensor', async () => {
    expect(await at([3], [5], (x, y) => sum(add(multiply(x, multiply(x, y)), x)))).toEqual([[2 * 3 * 5 + 1], [9]]);
  });

  test('are zeros where the result does not depend on the tensor', async () => {
    expect(await at([3, 4], [5], (x) => sum(x))).toEqual([[1, 1], [0]]);
  });

  test('do not pass comparisons and stopped tensors', async () => {
    expect(await at([3, 1], [2, 2], (x, y) => sum(multiply(greater(x, y), stopGradient(x))))).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('sum over axes along which a tensor was repeated', async () => {
    expect(await at([1, 2, 3], [4], (x, y) => sum(multiply(x, y)))).toEqual([[4, 4, 4], [6]]);
  });

  test('of relu at 0 are 0', async () => {
    expect(await at([-1, 0, 2], [0], (x) => sum(relu(x)))).toEqual([[0, 0, 1], [0]]);
  });

  test('of gradients are second derivatives', async () => {
    const twice = (x: Tensor) => {
      const [first] = gradients(sum(multiply(x, multiply(x, x))), [x]);
      return first === undefined ? x : sum(first);
    };
    expect(await at([2, -1], [0], (x) => twice(x))).toEqual([[12, -6], [0]]);
  });

  test('are taken of scalars only', async () => {
    await expect(at([1, 2], [1], (x) => x)).rejects.toThrow(ShapeError);
  });

  test('reach through a graph deeper than the stack', async () => {
    const deep = (x: Tensor) => Array.from({ length: 20_000 }).reduce<Tensor>((tensor) => add(tensor, 1), x);
    expect(await at([1], [0], (x) => sum(deep(x)))).toEqual([[1], [0]]);
  });
});
