import { beforeAll, describe, expect, it } from 'vitest';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { learnable, perceptron, settingsForTests } from '../testing/small-training';
import { sampleValues } from '../training/dataset';
import { createSession, type Session } from '../training/session';
import { activationsOf, predictMany } from './batches';
import { predict } from './prediction';
import { probe } from './probe';

const dataset = learnable();
let session: Session;

beforeAll(async () => {
  session = createSession({ openDevice: () => Promise.resolve(openReferenceDevice()), emit: () => undefined });
  await session.openDevice();
  await session.loadDataset(dataset);
  await session.configure({ document: perceptron, settings: settingsForTests, keepWeights: false });
  await session.step(7);
});

describe('many samples', () => {
  // More than two batches, out of order, one twice.
  const indices = Uint32Array.from({ length: 150 }, (_, index) => (index * 37) % 64);

  it('are predicted as each alone is', async () => {
    const { predicted, confidence } = await session.use((network) => predictMany(network, 'train', indices));
    expect(predicted.length).toBe(150);
    for (const position of [0, 1, 63, 64, 127, 128, 149]) {
      const values = sampleValues(dataset, 'train', indices[position] ?? 0);
      const [alone] = await session.use((network) => predict(network, values));
      expect(predicted[position]).toBe(alone?.predicted);
      // The same sums in the same order, whatever the batch: f32 rounding alone.
      expect(confidence[position]).toBeCloseTo(Math.max(...(alone?.probabilities ?? [])), 6);
    }
  });

  it('have the activations that each alone has', async () => {
    const { shape, width, data } = await session.use((network) => activationsOf(network, 'train', indices, 'tanh'));
    expect([shape, width, data.length]).toEqual([[6], 6, 900]);
    for (const position of [0, 65, 149]) {
      const values = sampleValues(dataset, 'train', indices[position] ?? 0);
      const [alone] = await session.use((network) => probe(network, values, ['tanh']));
      alone?.data.forEach((value, unit) => {
        expect(data[position * 6 + unit]).toBeCloseTo(value, 6);
      });
    }
  });

  it('are sketched where their outputs are long, every number once', async () => {
    const whole = await session.use((network) => activationsOf(network, 'train', indices, 'input'));
    const { width, data } = await session.use((network) => activationsOf(network, 'train', indices, 'input', 3));
    expect([whole.width, width]).toEqual([8, 3]);
    const absolute = (values: Float32Array) => values.reduce((sum, value) => sum + Math.abs(value), 0);
    expect(absolute(data)).toBeGreaterThan(0);
    expect(absolute(data)).toBeLessThanOrEqual(absolute(whole.data) * (1 + 1e-6));
    const again = await session.use((network) => activationsOf(network, 'train', indices.slice(0, 1), 'input', 3));
    expect([...again.data]).toEqual([...data.slice(0, 3)]);
  });

  it('must be in the split, and the node in the network', async () => {
    await expect(session.use((network) => predictMany(network, 'test', Uint32Array.of(10)))).rejects.toMatchObject({
      problem: { code: 'sample.index' },
    });
    await expect(session.use((network) => activationsOf(network, 'test', Uint32Array.of(0), 'nowhere'))).rejects.toMatchObject({
      problem: { code: 'insight.unknown-node' },
    });
  });
});
