/** Activations far from zero, where f32 overflows easily: outputs and gradients stay numbers, in training too. */
import { describe, expect, test } from 'vitest';
import { devicesForTests, testedKinds } from '../../main/cli/testing/devices';
import { gradients } from '../autodiff/gradients';
import { defaultsOf } from '../graph/parameter-schema';
import type { Shape } from '../graph/tensor';
import { constant } from '../ops/constant.op';
import { iota } from '../ops/iota.op';
import { randomUniform } from '../ops/random-uniform.op';
import { sum } from '../ops/sum.op';
import { evaluateOnce } from '../testing/evaluation';
import { layers } from './registry';

const values = [-1e30, -1e10, -1e4, -200, -89, -30, -1e-30, 0, 1e-30, 30, 89, 200, 1e4, 1e10];
const activations = [...layers.values()].filter(({ group, inputs }) => group === 'activation' && inputs.maximum === 1);

const deviceOf = devicesForTests();

describe.each(testedKinds)('on %s', (on) => {
  test.each(activations)('$kind', async (definition) => {
    const parameters = defaultsOf(definition.parameters);
    const data = Float64Array.from(values, Math.fround);
    const specifications = definition.weights([[values.length]], parameters);
    const [output = [], gradient = []] = await evaluateOnce(deviceOf(on), [{ shape: [1, values.length], type: 'f32', data }], ([x]) => {
      if (x === undefined) throw new Error('There is no input.');
      const weights = Object.fromEntries(specifications.map(({ name, shape }) => [name, constant(0.25, shape)]));
      const random = (shape: Shape) => randomUniform(iota([2], 0), constant(3, [1], 'i32'), 5, shape);
      const result = definition.forward({ mode: 'train', weights, random }, [x], parameters).output;
      return [result, ...gradients(sum(result), [x])];
    });
    const numbers = (found: ArrayLike<number>) => Object.fromEntries(values.map((value, place) => [value, Number.isFinite(found[place])]));
    const all = Object.fromEntries(values.map((value) => [value, true]));
    expect(numbers(output)).toEqual(all);
    expect(numbers(gradient)).toEqual(all);
  });
});
