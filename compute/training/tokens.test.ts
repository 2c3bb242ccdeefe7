/** Tokens from the data set to the prediction: a class for every position of a sequence, learned by a recurrent network. */
import { describe, expect, it } from 'vitest';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { defaultTrainingSettings } from '../graph/training-settings';
import type { ModelDocument, ModelNode } from '../graph/model-document';
import { predict } from '../insight/prediction';
import { probe } from '../insight/probe';
import { saliency } from '../insight/saliency';
import { analyseNetwork } from '../layers/network';
import { draw } from '../testing/draw';
import { checkDataset, sampleValues, type Dataset } from './dataset';
import { evaluate } from './evaluation';
import { createSession } from './session';

const VOCABULARY = 4;
const STEPS = 5;

/** The label of a position is the token before it (0 at the first): it takes a memory of one step. */
function shifted(): Dataset {
  const part = (name: string, count: number) => {
    const samples = Int32Array.from(draw(name, [count, STEPS], [0, VOCABULARY]), (value) => Math.min(VOCABULARY - 1, Math.floor(value)));
    return { count, samples, labels: samples.map((_, place) => (place % STEPS === 0 ? 0 : (samples[place - 1] ?? 0))) };
  };
  return {
    name: 'shifted',
    sampleShape: [STEPS],
    sampleType: 'i32',
    vocabulary: VOCABULARY,
    labelShape: [STEPS],
    classes: ['a', 'b', 'c', 'd'],
    splits: { train: part('train', 48), validation: part('validation', 10), test: part('test', 6) },
  };
}

const node = (id: string, kind: string, parameters: ModelNode['parameters'] = {}): ModelNode => ({ id, kind, version: 1, parameters });
const network = (...nodes: ModelNode[]): ModelDocument => ({
  format: 'hebb-model',
  version: 1,
  name: 'sequence',
  nodes,
  edges: nodes.slice(1).map(({ id }, index) => ({ from: nodes[index]?.id ?? '', to: id, port: 0 })),
});
const tokens = (vocabulary: number) => node('input', 'input', { shape: [STEPS], content: 'tokens', vocabulary });
const rest = [node('gru', 'gru', { units: 8 }), node('dense', 'dense', { units: VOCABULARY })];
const document = network(tokens(VOCABULARY), node('embedding', 'embedding', { vocabulary: VOCABULARY, features: 4 }), ...rest);

describe('a network that reads tokens', () => {
  it('learns a class for every position, and is evaluated and asked by position', async () => {
    const dataset = shifted();
    const session = createSession({ openDevice: () => Promise.resolve(openReferenceDevice()), emit: () => undefined });
    await session.openDevice();
    await session.loadDataset(dataset);
    const settings = { ...defaultTrainingSettings, batchSize: 16, epochs: 40, learningRate: 0.03 };
    await session.configure({ document, settings, keepWeights: false });
    const before = await session.use((trained) => evaluate(trained, 'validation'));
    await session.step(120);
    const after = await session.use((trained) => evaluate(trained, 'validation'));
    expect(before.accuracy).toBeLessThan(0.6);
    expect(after.accuracy).toBe(1);
    expect(after.loss).toBeLessThan(0.3 * before.loss);
    expect(after).toMatchObject({ count: 10, losses: { length: 10 }, predictions: { length: 10 * STEPS } });
    expect(after.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(10 * STEPS);

    const sample = sampleValues(dataset, 'test', 0);
    // The label of a position is the token before it, and 0 at the first.
    const predictions = await session.use((trained) => predict(trained, sample));
    expect(predictions.map(({ probabilities }) => probabilities.length)).toEqual(new Array<number>(STEPS).fill(VOCABULARY));
    expect(predictions.map(({ predicted }) => predicted)).toEqual([0, ...sample.subarray(0, -1)]);
    const [seen] = await session.use((trained) => probe(trained, sample, ['input']));
    expect(seen?.data).toEqual(sample);
    await expect(session.use((trained) => saliency(trained, sample, 0))).rejects.toMatchObject({ problem: { code: 'insight.tokens' } });
  }, 60_000);

  it('needs a network made for these tokens', async () => {
    const session = createSession({ openDevice: () => Promise.resolve(openReferenceDevice()), emit: () => undefined });
    await session.openDevice();
    await session.loadDataset(shifted());
    const configure = (drawn: ModelDocument) =>
      session.configure({ document: drawn, settings: { ...defaultTrainingSettings, batchSize: 16 }, keepWeights: false });
    const embedding = node('embedding', 'embedding', { vocabulary: 9, features: 4 });
    await expect(configure(network(tokens(9), embedding, ...rest))).rejects.toMatchObject({
      problem: { code: 'training.input-vocabulary' },
    });
    await expect(
      configure(network(node('input', 'input', { shape: [STEPS] }), node('dense', 'dense', { units: 4 }))),
    ).rejects.toMatchObject({
      problem: { code: 'training.input-tokens' },
    });
    const last = [node('gru', 'gru', { units: 8, output: 'last' }), node('dense', 'dense', { units: VOCABULARY })];
    await expect(
      configure(network(tokens(VOCABULARY), node('embedding', 'embedding', { vocabulary: VOCABULARY }), ...last)),
    ).rejects.toMatchObject({
      problem: { code: 'training.positions' },
    });
  });
});

describe('what does not fit is said', () => {
  it.each([
    ['tokens into a layer of numbers', network(tokens(4), node('dense', 'dense')), 'network.numbers-expected'],
    [
      'numbers into an embedding',
      network(node('input', 'input', { shape: [4] }), node('embedding', 'embedding')),
      'network.tokens-expected',
    ],
    ['more tokens than an embedding knows', network(tokens(9), node('embedding', 'embedding', { vocabulary: 8 })), 'network.vocabulary'],
  ])('%s', (_name, drawn, code) => {
    expect(analyseNetwork(drawn).problems.map((problem) => problem.code)).toContain(code);
  });

  it('of a data set: a token outside of the vocabulary, labels that are too few, no vocabulary', () => {
    const dataset = shifted();
    const { vocabulary: _, ...without } = dataset;
    const fewer = { ...dataset.splits.test, labels: dataset.splits.test.labels.slice(1) };
    expect(checkDataset(dataset).ok).toBe(true);
    expect(checkDataset({ ...dataset, vocabulary: 3 })).toMatchObject({ problem: { code: 'dataset.token', values: { token: 3 } } });
    expect(checkDataset({ ...dataset, splits: { ...dataset.splits, test: fewer } })).toMatchObject({ problem: { code: 'dataset.size' } });
    expect(checkDataset(without)).toMatchObject({ problem: { code: 'dataset.vocabulary' } });
  });
});
