import { beforeAll, describe, expect, it } from 'vitest';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { ProblemError } from '../graph/problem';
import { sizeOf } from '../graph/tensor';
import { learnable, perceptron, settingsForTests } from '../testing/small-training';
import { sampleValues } from '../training/dataset';
import { createSession, type Session } from '../training/session';
import { readTensors } from './named-tensors';
import { predict } from './prediction';
import { probe } from './probe';
import { saliency } from './saliency';

const dataset = learnable();
const sample = sampleValues(dataset, 'test', 0);
let session: Session;

beforeAll(async () => {
  session = createSession({ openDevice: () => Promise.resolve(openReferenceDevice()), emit: () => undefined });
  await session.openDevice();
  await session.loadDataset(dataset);
  await session.configure({ document: perceptron, settings: settingsForTests, keepWeights: false });
  await session.step(7);
});

const probeAt = (values: Float32Array, node: string) =>
  session.use(async (network) => {
    const [activation] = await probe(network, values, [node]);
    if (activation === undefined) throw new Error('no activation');
    return activation;
  });

describe('a probe', () => {
  it('gives the sample itself at the input', async () => {
    expect(await probeAt(sample, 'input')).toEqual({ node: 'input', shape: [1, 2, 4], data: sample });
  });

  it('gives what the layer computes from the one before', async () => {
    const [input, output] = await session.use((network) => probe(network, sample, ['hidden', 'tanh']));
    expect(output?.shape).toEqual([6]);
    // Both were rounded to f32 on their way out: half a unit in the last place of numbers below 1, and a little for tanh.
    input?.data.forEach((value, unit) => {
      expect(output?.data[unit]).toBeCloseTo(Math.tanh(value), 6);
    });
  });

  it('agrees with the prediction at the output', async () => {
    const { data } = await probeAt(sample, 'output');
    const [prediction] = await session.use((network) => predict(network, sample));
    const exponentials = Array.from(data, Math.exp);
    const total = exponentials.reduce((sum, value) => sum + value, 0);
    exponentials.forEach((value, index) => {
      expect(prediction?.probabilities[index]).toBeCloseTo(value / total, 6);
    });
  });

  it('names a node that is not there', async () => {
    await expect(probeAt(sample, 'nowhere')).rejects.toBeInstanceOf(ProblemError);
  });
});

describe('saliency', () => {
  it.each([0, 1])('is the slope of output %i in each input', async (unit) => {
    const gradient = await session.use((network) => saliency(network, sample, unit));
    expect(gradient).toHaveLength(sample.length);
    const step = 2 ** -7;
    for (let pixel = 0; pixel < sample.length; pixel++) {
      const at = async (offset: number) => (await probeAt(sample.with(pixel, (sample[pixel] ?? 0) + offset), 'output')).data[unit] ?? NaN;
      const slope = ((await at(step)) - (await at(-step))) / (2 * step);
      // Central difference: its error is step²/6 · third derivative (≈ 1e-5 here), and f32 outputs add 6e-8 / step ≈ 8e-6.
      expect(Math.abs((gradient[pixel] ?? NaN) - slope)).toBeLessThan(5e-5);
    }
  });

  it('names an output that is not there', async () => {
    await expect(session.use((network) => saliency(network, sample, 2))).rejects.toMatchObject({
      problem: { code: 'insight.unknown-unit' },
    });
  });
});

describe('tensors by name', () => {
  it('are the weights and the gradients of the latest step', async () => {
    const names = ['hidden.weight', 'output.bias', 'output.bias.gradient'];
    const tensors = await session.use((network) => readTensors(network, names));
    expect(tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ['hidden.weight', [6, 8]],
      ['output.bias', [2]],
      ['output.bias.gradient', [2]],
    ]);
    for (const { shape, data } of tensors) {
      expect(data).toHaveLength(sizeOf(shape));
      expect(data.some((value) => value !== 0)).toBe(true);
    }
    // Softmax minus one-hot: the gradients of the biases of all outputs cancel out, but for f32 rounding.
    const gradient = tensors[2]?.data ?? [];
    expect(Math.abs((gradient[0] ?? 1) + (gradient[1] ?? 1))).toBeLessThan(1e-7);
  });

  it('names one that is not there', async () => {
    await expect(session.use((network) => readTensors(network, ['hidden.weights']))).rejects.toMatchObject({
      problem: { code: 'insight.unknown-tensor' },
    });
  });
});
