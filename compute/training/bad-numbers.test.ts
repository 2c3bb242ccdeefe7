/** NaN and infinities in any weight of many kinds of networks, on WebGPU and on the CPU: training pauses within two steps and names the weight. */
import { afterAll, describe, expect, it } from 'vitest';
import { devicesForTests, testedKinds } from '../../main/cli/testing/devices';
import type { Device } from '../devices/device';
import type { ModelDocument, ModelNode } from '../graph/model-document';
import { drawDataset } from '../testing/parity/drawn-dataset';
import { settingsForTests } from '../testing/small-training';
import type { BadNumber, TrainingEvent } from './progress';
import { createSession, type Session } from './session';
import type { Snapshot } from './snapshot';

type Layer = readonly [kind: string, parameters?: ModelNode['parameters'], frozen?: boolean];

function network(name: string, ...layers: readonly Layer[]): ModelDocument {
  // The first of a kind is called as the kind.
  const ids = layers.map(([kind], place) => (layers.findIndex(([other]) => other === kind) === place ? kind : `${kind}-${String(place)}`));
  return {
    format: 'hebb-model',
    version: 1,
    name,
    nodes: layers.map(([kind, parameters = {}, frozen = false], place) => ({
      id: ids[place] ?? '',
      kind,
      version: 1,
      parameters,
      ...(frozen ? { frozen } : {}),
    })),
    edges: ids.slice(1).map((to, place) => ({ from: ids[place] ?? '', to, port: 0 })),
  };
}

/** Of the six tokens the first four are in the data alone. */
const tokens: Layer = ['input', { shape: [6], content: 'tokens', vocabulary: 6 }];
const embedding: Layer = ['embedding', { vocabulary: 6, features: 4 }];
const picture: Layer = ['input', { shape: [1, 8, 8] }];
const classes: Layer = ['dense', { units: 2 }];

const networks: readonly ModelDocument[] = [
  network(
    'convolution, ReLU and max pool',
    picture,
    ['conv2d', { outChannels: 3, kernelSize: [3, 3] }],
    ['relu'],
    ['max-pool'],
    ['flatten'],
    classes,
  ),
  network(
    'convolution, overlapping max pool and global max pool',
    picture,
    ['conv2d', { outChannels: 3, kernelSize: [3, 3] }],
    ['max-pool', { kernelSize: [3, 3], stride: [2, 2] }],
    ['conv2d', { outChannels: 4, kernelSize: [2, 2] }],
    ['global-max-pool'],
    classes,
  ),
  network(
    'batch norm and a frozen layer',
    picture,
    ['conv2d', { outChannels: 3, kernelSize: [3, 3] }, true],
    ['batch-norm'],
    ['elu'],
    ['global-average-pool'],
    classes,
  ),
  network('LSTM', tokens, embedding, ['lstm', { units: 5, output: 'last' }], classes),
  network('GRU, both directions', tokens, embedding, ['gru', { units: 3, output: 'last', bidirectional: true }], classes),
  network('simple RNN with ReLU', tokens, embedding, ['simple-rnn', { units: 5, output: 'last', activation: 'relu' }], classes),
  network(
    'transformer',
    tokens,
    embedding,
    ['positional-encoding', { encoding: 'learned' }],
    ['layer-norm'],
    ['multi-head-attention', { heads: 2, causal: true }],
    ['dense', { units: 6 }],
    ['gelu'],
    ['slice', { axis: 1, start: 5, length: 1 }],
    ['flatten'],
    classes,
  ),
];

const rates = { ...settingsForTests, batchSize: 4 };

const deviceOf = devicesForTests();
const sessions: Session[] = [];
afterAll(() => {
  for (const session of sessions) session.dispose();
});

async function open(document: ModelDocument, device: Device) {
  const drawn = drawDataset({ name: document.name, document, samples: 16, classes: 2 });
  const { train } = drawn.splits;
  // Rows of the embedding that no sample asks for are not seen by the loss.
  const samples = train.samples instanceof Int32Array ? train.samples.map((token) => token % 4) : train.samples;
  const events: TrainingEvent[] = [];
  const session = createSession({
    openDevice: () => Promise.resolve({ ...device, dispose: () => undefined }),
    emit: (event) => void events.push(event),
  });
  sessions.push(session);
  await session.openDevice();
  await session.loadDataset({ ...drawn, splits: { ...drawn.splits, train: { ...train, samples } } });
  await session.configure({ document, settings: rates, keepWeights: false });
  const snapshot = async (): Promise<Snapshot> => (await session.snapshot(true)) ?? expect.unreachable('There is no snapshot.');
  const finding = (): BadNumber | undefined => events.find((event) => event.type === 'bad-number')?.finding;
  return { session, events, snapshot, finding };
}

describe.each(networks)('$name', (document) => {
  it.each(testedKinds)(
    'pauses on %s at a NaN or an infinity in any weight, and names it',
    async (kind) => {
      const { session, events, snapshot, finding } = await open(document, deviceOf(kind));
      await session.step(2);
      expect(finding()).toBeUndefined();
      const { weights } = await snapshot();
      for (const { name } of weights) {
        const isWeight = !name.includes('running_');
        for (const value of isWeight ? [NaN, Infinity, -Infinity] : [NaN]) {
          // The last element: for an embedding, of a row that no sample asks for.
          const planted = weights.map((entry) =>
            entry.name === name
              ? { ...entry, data: Float32Array.from(entry.data, (own, index) => (index === entry.data.length - 1 ? value : own)) }
              : entry,
          );
          await session.loadWeights(planted);
          events.length = 0;
          await session.step(2);
          const what = `${name} with ${String(value)}`;
          expect(session.status, what).toBe('paused');
          expect(finding(), what).toMatchObject({
            tensor: name,
            what: isWeight ? 'weight' : 'buffer',
            node: name.slice(0, name.lastIndexOf('.')),
            value: Number.isNaN(value) ? 'NaN' : 'infinity',
          });
          expect(finding()?.step, what).toBeLessThanOrEqual(2);
        }
      }
    },
    120_000,
  );
});

it.each(testedKinds)('pauses on %s before the weights move where a gradient alone is no number', async (kind) => {
  // Where ReLU gives 0 the root has an infinite slope, times the 0 of ReLU; the loss is finite.
  const document = network(
    'root',
    picture,
    ['flatten'],
    ['dense', { units: 6 }],
    ['relu'],
    ['expression', { formula: 'sqrt(x)' }],
    ['dense', { units: 2 }],
  );
  const { session, finding, snapshot } = await open(document, deviceOf(kind));
  const before = (await snapshot()).weights;
  await session.step(2);
  expect(finding()).toMatchObject({ step: 1, what: 'gradient', tensor: 'dense.bias', node: 'dense', value: 'NaN' });
  expect((await snapshot()).weights).toEqual(before);
});
