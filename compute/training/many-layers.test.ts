/** One network with a great many kinds of layers, trained on WebGPU and on the CPU: that they work together, learn, and give the same bytes again. */
import { expect, test } from 'vitest';
import { devicesForTests, testedKinds } from '../../main/cli/testing/devices';
import type { Device } from '../devices/device';
import type { ModelDocument, ModelNode } from '../graph/model-document';
import { learnable, settingsForTests } from '../testing/small-training';
import { encodeCheckpoint } from './checkpoint';
import type { StepMetrics } from './progress';
import { createSession } from './session';

const chain: readonly (readonly [kind: string, parameters?: ModelNode['parameters']])[] = [
  ['gaussian-noise', { deviation: 0.05 }],
  ['upsample', { scale: [4, 2] }],
  ['gabor-filters', { orientations: 4, kernelSize: [5, 5] }],
  ['conv2d', { outChannels: 6, kernelSize: [3, 2], paddingMode: 'same' }],
  ['group-norm', { groups: 2 }],
  ['parametric-relu'],
  ['depthwise-conv2d', { multiplier: 2, stride: [2, 2] }],
  ['local-response-norm', { size: 3, alpha: 0.1 }],
  ['noisy-relu'],
  ['conv-transpose2d', { outChannels: 4 }],
  ['pad', { padding: [0, 1, 0, 1] }],
  ['spatial-dropout', { probability: 0.1 }],
  ['adaptive-average-pool', { outputSize: [4, 4] }],
  ['layer-norm', { over: 'all' }],
  ['gelu'],
  ['slice', { start: 1, length: 3 }],
  ['permute', { order: [1, 2, 0] }],
  ['reshape', { shape: [12, 4] }],
  ['silu'],
  ['elu'],
  ['softplus'],
  ['flatten'],
  ['dense', { units: 12 }],
  ['sigmoid', { slope: 2 }],
  ['dense', { units: 8 }],
  ['sign', { straightThrough: true }],
  ['dense', { units: 2 }],
];

const nodes: readonly ModelNode[] = [
  { id: 'n0', kind: 'input', version: 1, parameters: { shape: [1, 2, 4] } },
  ...chain.map(([kind, parameters = {}], index): ModelNode => ({ id: `n${String(index + 1)}`, kind, version: 1, parameters })),
];
const document: ModelDocument = {
  format: 'hebb-model',
  version: 1,
  name: 'many layers',
  nodes,
  edges: nodes.slice(1).map(({ id }, index) => ({ from: `n${String(index)}`, to: id, port: 0 })),
};

const deviceOf = devicesForTests();

async function train(
  device: Device,
): Promise<{ readonly losses: readonly number[]; readonly checkpoint: ReturnType<typeof encodeCheckpoint> }> {
  const metrics: StepMetrics[] = [];
  const session = createSession({
    openDevice: () => Promise.resolve({ ...device, dispose: () => undefined }),
    emit: (event) => {
      if (event.type === 'progress') metrics.push(...event.metrics);
    },
  });
  await session.openDevice();
  await session.loadDataset(learnable());
  await session.configure({ document, settings: { ...settingsForTests, batchSize: 8 }, keepWeights: false });
  await session.step(48);
  const snapshot = await session.snapshot(true);
  if (snapshot === null) throw new Error('Nothing was trained.');
  session.dispose();
  return { losses: metrics.map(({ loss }) => loss), checkpoint: encodeCheckpoint(snapshot) };
}

test.each(testedKinds)(
  'a network of many kinds of layers learns on %s, and ends in the same bytes each time',
  async (kind) => {
    const first = await train(deviceOf(kind));
    const mean = (losses: readonly number[]) => losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    expect(first.losses.length).toBe(48);
    expect(first.losses.every(Number.isFinite)).toBe(true);
    // Six epochs of 64 samples: the last is better than the first by far more than the noise in it.
    expect(mean(first.losses.slice(-8))).toBeLessThan(0.8 * mean(first.losses.slice(0, 8)));
    const second = await train(deviceOf(kind));
    // Checkpoints hold weights, slots of the optimizer and buffers as bytes.
    expect(second.losses).toEqual(first.losses);
    expect(second.checkpoint).toEqual(first.checkpoint);
  },
  120_000,
);
