/** Numbers and sizes at the edge: far out, equal, alone, empty. The reference, WebGPU and the CPU must say what mathematics says. */
import { describe, expect, test } from 'vitest';
import { devicesForTests, testedKinds } from '../../main/cli/testing/devices';
import { openReferenceDevice } from '../devices/reference/reference-device';
import type { ParameterValues } from '../graph/parameter-schema';
import { defaultsOf } from '../graph/parameter-schema';
import { sizeOf, type Shape, type Tensor } from '../graph/tensor';
import { gradients } from '../autodiff/gradients';
import { layers } from '../layers/registry';
import { losses } from '../losses/registry';
import { convolution2d } from '../ops/convolution-2d.op';
import { matrixProduct } from '../ops/matrix-product.op';
import { mean } from '../ops/mean';
import { sigmoid } from '../ops/sigmoid.op';
import { softmax } from '../ops/softmax';
import { softplus } from '../ops/softplus.op';
import { sum } from '../ops/sum.op';
import { tanh } from '../ops/tanh.op';
import { draw } from './draw';
import { deviationOf } from './comparison';
import { evaluateOnce, type GivenTensor } from './evaluation';

/** float32 rounds by 6e-8 an operation; exp and tanh of WGSL err by a few units in the last place more. */
const BOUND = 1e-5;

const deviceOf = devicesForTests();

const f32 = (shape: Shape, data: readonly number[] | Float64Array): GivenTensor => ({ shape, type: 'f32', data: Float64Array.from(data) });
const i32 = (data: readonly number[]): GivenTensor => ({ shape: [data.length], type: 'i32', data: Float64Array.from(data) });

/** The input at a place of those given; there are as many as the test gave. */
const at = (inputs: readonly Tensor[], place: number): Tensor => inputs[place] ?? expect.unreachable('There is no such input.');

/** What all devices compute; every number must be finite and the same on each. */
async function onAll(
  inputs: readonly GivenTensor[],
  build: (inputs: readonly Tensor[]) => readonly Tensor[],
): Promise<readonly Float64Array[]> {
  const expected = await evaluateOnce(openReferenceDevice(), inputs, build);
  for (const [place, values] of expected.entries()) {
    expect(values.every(Number.isFinite), `result ${String(place)} on the reference: ${values.join()}`).toBe(true);
  }
  for (const kind of testedKinds) {
    const actual = await evaluateOnce(deviceOf(kind), inputs, build);
    for (const [place, values] of expected.entries())
      expect(deviationOf(actual[place] ?? [], values), `result ${String(place)} on ${kind}`).toBeLessThan(BOUND);
  }
  return expected;
}

describe('far out', () => {
  const far = f32([2, 3], [1e4, 0, -1e4, 80, -80, 3e38]);

  test('tanh, sigmoid and softplus saturate, and their gradients vanish', async () => {
    const [flat, slope, half, smooth] = await onAll([f32([4], [-1e4, -90, 90, 1e4])], (inputs) => {
      const x = at(inputs, 0);
      return [tanh(x), ...gradients(sum(tanh(x)), [x]), sigmoid(x), softplus(x), ...gradients(sum(softplus(x)), [x])];
    });
    expect(flat).toEqual(Float64Array.of(-1, -1, 1, 1));
    expect(Math.max(...(slope ?? [NaN]))).toBeLessThan(1e-30);
    expect(half?.[0]).toBeCloseTo(0, 12);
    expect(half?.[3]).toBeCloseTo(1, 12);
    expect(smooth?.[3]).toBe(1e4);
  });

  test('softmax puts everything on the greatest, and adds up to 1', async () => {
    const [probabilities] = await onAll([far], (inputs) => {
      const x = at(inputs, 0);
      return [softmax(x, 1), ...gradients(sum(tanh(softmax(x, 1))), [x])];
    });
    expect([...(probabilities ?? [])]).toEqual([1, 0, 0, 0, 0, 1]);
  });

  test.each([...losses.values()].map((loss) => [loss.kind, loss] as const))(
    '%s of extreme scores is a number, and so is its gradient',
    async (_kind, loss) => {
      // Squares of 1e4 are far within float32; what squares 3e38 overflows by right.
      const scores = f32([3, 3], [1e4, 0, -1e4, -1e4, 1e4, 0, 100, -100, 1e4]);
      const parameters = defaultsOf(loss.parameters);
      const [perSample, gradient] = await onAll([scores, i32([0, 0, 1])], (inputs) => {
        const output = at(inputs, 0);
        const values = loss.forward(output, at(inputs, 1), parameters);
        return [values, ...gradients(mean(values), [output])];
      });
      expect(perSample).toHaveLength(3);
      expect(Math.min(...(perSample ?? [NaN]))).toBeGreaterThanOrEqual(0);
      expect(gradient?.some((value) => value !== 0)).toBe(true);
    },
  );

  test('cross-entropy of a sure and right answer is 0, of a sure and wrong one the difference of the scores', async () => {
    const loss = losses.get('softmax-cross-entropy');
    if (loss === undefined) throw new Error('There is no cross-entropy.');
    const [perSample] = await onAll([f32([2, 2], [1e4, -1e4, 1e4, -1e4]), i32([0, 1])], (inputs) => [
      loss.forward(at(inputs, 0), at(inputs, 1), defaultsOf(loss.parameters)),
    ]);
    expect(perSample?.[0]).toBeCloseTo(0, 12);
    expect(perSample?.[1]).toBe(2e4);
  });
});

/** Output and input gradient of a layer in training, with its first weights set to 0.5 and nothing drawn. */
async function layerOnAll(kind: string, input: GivenTensor, parameters: ParameterValues = {}): Promise<readonly Float64Array[]> {
  const definition = layers.get(kind);
  if (definition === undefined) throw new Error(`There is no layer ${kind}.`);
  const values = { ...defaultsOf(definition.parameters), ...parameters };
  const weights = definition.weights([input.shape.slice(1)], values);
  const given = weights.map(({ shape }) => f32(shape, new Float64Array(sizeOf(shape)).fill(0.5)));
  return onAll([input, ...given], (inputs) => {
    const own = Object.fromEntries(weights.map(({ name }, place) => [name, at(inputs, place + 1)]));
    const random = (): Tensor => expect.unreachable('Nothing is drawn here.');
    const { output, buffers = {} } = definition.forward({ mode: 'train', weights: own, random }, [at(inputs, 0)], values);
    return [output, ...Object.values(buffers), ...gradients(sum(tanh(output)), [at(inputs, 0)])];
  });
}

describe('equal and alone', () => {
  test('a constant batch leaves batch norm at its bias, with a finite gradient', async () => {
    const [output] = await layerOnAll('batch-norm', f32([4, 2, 3, 3], new Float64Array(72).fill(7)));
    expect(output?.every((value) => value === 0.5)).toBe(true);
  });

  test('a batch of one has no variance in batch norm over features', async () => {
    const [output] = await layerOnAll('batch-norm', f32([1, 3], [5, -2, 1e4]));
    expect([...(output ?? [])]).toEqual([0.5, 0.5, 0.5]);
  });

  test.each(['layer-norm', 'group-norm', 'local-response-norm'])('%s of equal numbers is finite', async (kind) => {
    const groups = kind === 'group-norm' ? { groups: 2 } : {};
    await layerOnAll(kind, f32([1, 4, 2, 2], new Float64Array(16).fill(3)), groups);
  });

  test.each([
    ['max-pool', { kernelSize: [1, 1], stride: [1, 1] }],
    ['average-pool', { kernelSize: [1, 1], stride: [1, 1] }],
    ['global-average-pool', {}],
    ['global-max-pool', {}],
    ['conv2d', { outChannels: 3, kernelSize: [3, 3], padding: [1, 1] }],
    ['flatten', {}],
  ])('%s takes images of one pixel, one at a time', async (kind, parameters) => {
    await layerOnAll(kind, f32([1, 2, 1, 1], [1.5, -2]), parameters);
  });
});

test('an image that the window leaves nothing of is refused with the sizes', () => {
  for (const kind of ['conv2d', 'max-pool', 'average-pool']) {
    const definition = layers.get(kind);
    const parameters = { ...defaultsOf(definition?.parameters ?? {}), kernelSize: [3, 3], padding: [0, 0] };
    expect(definition?.shape([[1, 2, 5]], parameters), kind).toMatchObject({ ok: false, problem: { code: 'network.window-too-large' } });
  }
});

describe('sizes that nothing divides', () => {
  test.each([
    [127, 131, 137],
    [1, 257, 1],
    [61, 1, 67],
  ])('a product of %i×%i and %i columns', async (rows, depth, columns) => {
    const inputs = [
      f32([rows, depth], draw('prime a', [rows, depth], [-1, 1])),
      f32([depth, columns], draw('prime b', [depth, columns], [-1, 1])),
    ];
    await onAll(inputs, (given) => [
      matrixProduct(at(given, 0), at(given, 1)),
      ...gradients(sum(tanh(matrixProduct(at(given, 0), at(given, 1)))), given),
    ]);
  });

  test('a convolution of 5 channels of 31×37 to 7', async () => {
    const inputs = [
      f32([3, 5, 31, 37], draw('prime x', [3, 5, 31, 37], [-1, 1])),
      f32([7, 5, 3, 3], draw('prime w', [7, 5, 3, 3], [-0.3, 0.3])),
    ];
    await onAll(inputs, (given) => {
      const output = convolution2d(at(given, 0), at(given, 1), { padding: [1, 1], stride: [2, 2] });
      return [output, ...gradients(mean(tanh(output)), given)];
    });
  });
});
