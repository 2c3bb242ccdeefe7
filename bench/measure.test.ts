/** The rounds with engines whose speeds and losses are known, and the elements that products are compared with. */
import { describe, expect, test } from 'vitest';
import type { Entrant } from './entrant';
import { elementOf, measure, type Effort } from './measure';
import { operand } from './numbers';
import { lineOf, reaches } from './results';
import { shapesOf, workloadOf, type ConvolutionWorkload, type ProductWorkload } from './workloads';

const effort: Effort = { rounds: 3, seconds: 0.1, checkSeconds: 1 };
const losses = Array.from({ length: 20 }, (_, step) => 2 - step / 20);

/** Takes so many milliseconds a run, by its own account; its losses are off by a factor. */
function entrant(name: string, milliseconds: number, factor: number, turns: string[] = []): Entrant {
  return {
    name,
    version: '1',
    prepare: () => {
      let done = 0;
      return Promise.resolve({
        milliseconds: 5,
        run: (times) => {
          turns.push(name);
          return Promise.resolve(times * milliseconds);
        },
        losses: (steps) => {
          done += steps;
          return Promise.resolve(losses.slice(done - steps, done).map((loss) => loss * factor));
        },
        elements: () => Promise.resolve([]),
        details: () => Promise.resolve({ dispatches: 3 }),
        dispose: () => Promise.resolve(),
      });
    },
  };
}

const report = () => undefined;

describe('rounds', () => {
  test('go from one engine to the next, and compare each with Hebb', async () => {
    const turns: string[] = [];
    const entrants = [entrant('Hebb', 10, 1, turns), entrant('jax-js', 40, 1, turns)];
    const results = await measure(workloadOf('mlp'), entrants, losses, effort, report);
    expect(turns).toEqual(['Hebb', 'jax-js', 'Hebb', 'jax-js', 'Hebb', 'jax-js']);
    expect(results.map(({ milliseconds }) => milliseconds)).toEqual([10, 40]);
    expect(results.map(({ againstHebb }) => againstHebb)).toEqual([1, 4]);
    expect(results.map(({ compared }) => compared)).toEqual([20, 20]);
  });

  test('are as many for an engine that takes long', async () => {
    const [quick, slow] = await measure(
      workloadOf('dispatches-10'),
      [entrant('Hebb', 10, 1), entrant('jax-js', 60_000, 1)],
      [],
      effort,
      report,
    );
    expect([quick?.rounds, slow?.rounds]).toEqual([3, 3]);
  });

  test('say which losses differ from the referee', async () => {
    const entrants = [entrant('Hebb', 10, 1 + 1e-5), entrant('jax-js', 10, 1.01)];
    const results = await measure(workloadOf('mlp'), entrants, losses, effort, report);
    expect(results.map(({ agrees }) => agrees)).toEqual([true, false]);
  });

  test('allow a network that amplifies rounding four times what PyTorch itself differs by', async () => {
    const entrants = [entrant('Hebb', 10, 1.009), entrant('jax-js', 10, 1.013), entrant('PyTorch CPU', 10, 1.003)];
    const results = await measure(workloadOf('mlp'), entrants, losses, effort, report);
    expect(results.map(({ agrees }) => agrees)).toEqual([true, false, true]);
  });

  test('go on without an engine that cannot do the work, and give its reason', async () => {
    const broken: Entrant = { name: 'jax-js', version: '1', prepare: () => Promise.reject(new Error('no such layer')) };
    const results = await measure(workloadOf('mlp'), [broken, entrant('Hebb', 10, 1)], losses, effort, report);
    expect(results).toContainEqual({ workload: 'mlp', entrant: 'jax-js', version: '1', milliseconds: null, reason: 'no such layer' });
    expect(results.find(({ entrant: name }) => name === 'Hebb')?.milliseconds).toBe(10);
  });
});

describe('what is asked', () => {
  const results = async (jax: number, factor = 1, others = [entrant('TensorFlow.js', 500, 1)]) =>
    measure(workloadOf('lenet-5'), [entrant('Hebb', 10, factor), entrant('jax-js', jax, 1), ...others], losses, effort, report);

  test('is reached at the ratio, missed below it, and never by wrong losses', async () => {
    expect(reaches(workloadOf('lenet-5'), await results(40), 'webgpu')).toBe(true);
    expect(reaches(workloadOf('lenet-5'), await results(39), 'webgpu')).toBe(false);
    expect(reaches(workloadOf('lenet-5'), await results(400, 1.1), 'webgpu')).toBe(false);
  });

  test('is not known while a peer was not measured', async () => {
    expect(reaches(workloadOf('lenet-5'), await results(40, 1, []), 'webgpu')).toBe(null);
    expect(reaches(workloadOf('lenet-5'), await results(39, 1, []), 'webgpu')).toBe(false);
  });

  test('is the time of PyTorch with CUDA as well, where it was at hand', async () => {
    const beside = (milliseconds: number) => [entrant('TensorFlow.js', 500, 1), entrant('PyTorch CUDA', milliseconds, 1)];
    expect(reaches(workloadOf('lenet-5'), await results(40, 1, beside(10)), 'webgpu')).toBe(true);
    expect(reaches(workloadOf('lenet-5'), await results(40, 1, beside(9)), 'webgpu')).toBe(false);
  });
});

test('a product is told as a share of plain multiply-adds, training in steps a second', () => {
  const result = { workload: '', entrant: 'Hebb', version: '1', milliseconds: 4, best: 4, worst: 4, rounds: 1 };
  expect(lineOf(workloadOf('product-256-nn'), { ...result, rate: 6e11 }, 1e12)).toContain('600 GFLOP/s (60 % of plain multiply-adds)');
  expect(lineOf(workloadOf('fma'), { ...result, rate: 6e11 }, 1e12)).not.toContain('%');
  expect(lineOf(workloadOf('mlp'), result, 1e12)).toContain('250 steps/s');
});

describe('elements', () => {
  test.each([
    ['NN', [2, 3], [3, 2]],
    ['NT', [2, 3], [2, 3]],
    ['TN', [3, 2], [3, 2]],
  ] as const)('of a product %s are sums over the inner axis', (form, a, b) => {
    const workload: ProductWorkload = { kind: 'product', name: 'p', title: 'p', form, m: 2, k: 3, n: 2 };
    expect(shapesOf(workload)).toEqual({ a, b, result: [2, 2] });
    const [left, right] = [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(1, 0, 0, 1, 1, 1)];
    const expected = { NN: [4, 5, 10, 11], NT: [1, 6, 4, 15], TN: [6, 8, 8, 10] }[form];
    expect([0, 1, 2, 3].map((place) => elementOf(workload, left, right, place).value)).toEqual(expected);
  });

  test('of the three products of a convolution belong together', () => {
    const shape = { batch: 2, inChannels: 2, outChannels: 3, size: 4, kernel: 3, padding: 1 };
    const workload = (pass: ConvolutionWorkload['pass']): ConvolutionWorkload => ({
      kind: 'convolution',
      name: 'c',
      title: 'c',
      pass,
      ...shape,
    });
    const { a: inputShape, b: weightShape, result: outputShape } = shapesOf(workload('forward'));
    const [x, weight, cotangent] = [operand(inputShape, 1), operand(weightShape, 2), operand(outputShape, 3)];
    // ⟨conv(x, w), g⟩ = ⟨x, ∂x⟩ = ⟨w, ∂w⟩, for it is linear in each.
    const inner = (pass: ConvolutionWorkload['pass'], a: Float32Array, b: Float32Array, other: Float32Array): number =>
      other.reduce((sum, value, place) => sum + value * elementOf(workload(pass), a, b, place).value, 0);
    const forward = inner('forward', x, weight, cotangent);
    // Only rounding in float64 separates them.
    expect(inner('input gradient', cotangent, weight, x)).toBeCloseTo(forward, 9);
    expect(inner('weight gradient', x, cotangent, weight)).toBeCloseTo(forward, 9);
  });
});
