/** Normalising and augmenting as parts of a training: where they act, what a checkpoint keeps of them, and that they repeat. */
import { afterAll, describe, expect, it } from 'vitest';
import { augmentations } from '../augmentations/registry';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { unwrap } from '../graph/problem';
import type { TrainingSettings } from '../graph/training-settings';
import { predict } from '../insight/prediction';
import { saliency } from '../insight/saliency';
import { constant } from '../ops/constant.op';
import { reshape } from '../ops/reshape.op';
import { deviationOf } from '../testing/comparison';
import { evaluateOnce } from '../testing/evaluation';
import { learnable, perceptron, settingsForTests } from '../testing/small-training';
import { checkpointState } from './checkpoint';
import { sampleValues, type Dataset } from './dataset';
import { evaluate } from './evaluation';
import { prepareModel } from './model';
import { batchLoss } from './objective';
import { nextBatch } from './programs';
import { createSession, type Session } from './session';
import { measureStatistics } from './statistics';
import type { StepMetrics } from './progress';

const sessions: Session[] = [];
afterAll(() => {
  for (const session of sessions) session.dispose();
});

async function open(more: Partial<TrainingSettings>, dataset: Dataset = learnable()) {
  const metrics: StepMetrics[] = [];
  const session = createSession({
    openDevice: () => Promise.resolve(openReferenceDevice()),
    emit: (event) => {
      if (event.type === 'progress') metrics.push(...event.metrics);
    },
  });
  sessions.push(session);
  await session.openDevice();
  await session.loadDataset(dataset);
  await session.configure({ document: perceptron, settings: { ...settingsForTests, ...more }, keepWeights: false });
  return { session, metrics };
}

const weightsOf = async (session: Session) => (await session.snapshot(true))?.weights ?? [];
const standardised: Pick<TrainingSettings, 'preparation'> = {
  preparation: { normalization: 'per-channel', standardizeTargets: false, augmentation: [] },
};
const sample = sampleValues(learnable(), 'test', 3);

describe('normalising', () => {
  it('is part of the network: what it predicts of a sample, a network without it predicts of the normalised one', async () => {
    const { session } = await open(standardised);
    await session.step(5);
    const { normalization } = await measureStatistics(learnable(), { normalization: 'per-channel', needsColours: false, targets: 0 });
    const [mean = 0, deviation = 1] = [normalization?.mean[0], normalization?.deviation[0]];
    const plain = await open({});
    await plain.session.loadWeights(await weightsOf(session));
    const normal = sample.map((value) => (value - mean) / deviation);
    const [own] = await session.use((network) => predict(network, sample));
    const [other] = await plain.session.use((network) => predict(network, normal));
    // The normalised sample was rounded to f32 on its way in.
    own?.probabilities.forEach((value, place) => {
      expect(value).toBeCloseTo(other?.probabilities[place] ?? NaN, 6);
    });
    // Slopes are by what the data set holds: the chain rule's 1/deviation more.
    const [here, there] = await Promise.all([
      session.use((network) => saliency(network, sample, 1)),
      plain.session.use((network) => saliency(network, normal, 1)),
    ]);
    here.forEach((value, place) => {
      expect(value).toBeCloseTo((there[place] ?? NaN) / deviation, 5);
    });
  });

  it('goes with a checkpoint: the numbers are those of the training, whatever the data are now', async () => {
    const { session } = await open(standardised);
    await session.step(4);
    const snapshot = await session.snapshot(true);
    if (snapshot === null || session.device === null) throw new Error('no snapshot');
    const state = checkpointState(snapshot, 4, session.device);
    expect(state.statistics?.normalization?.deviation[0]).toBeGreaterThan(0.1);
    const before = await session.use((network) => predict(network, sample));
    const { splits, ...form } = learnable();
    const darker = { ...splits.train, samples: splits.train.samples.map((value) => value >> 2) };
    const other = await open(standardised, { ...form, splits: { ...splits, train: darker } });
    // As it comes back from a file.
    const { statistics = null } = JSON.parse(JSON.stringify(state)) as typeof state;
    await other.session.restore({ ...snapshot, statistics, settings: snapshot.model.settings });
    expect(await other.session.use((network) => predict(network, sample))).toEqual(before);
    // A reset keeps them; new settings measure anew.
    await other.session.reset();
    expect((await other.session.snapshot(false))?.statistics).toEqual(snapshot.statistics);
    await other.session.configure({
      document: perceptron,
      settings: { ...settingsForTests, ...standardised, batchSize: 8 },
      keepWeights: true,
    });
    expect((await other.session.snapshot(false))?.statistics).not.toEqual(snapshot.statistics);
  });
});

const chain = [
  { kind: 'horizontal-reflection', parameters: {} },
  { kind: 'rotation', parameters: { angle: 30 } },
  { kind: 'noise', parameters: {} },
  { kind: 'cutout', parameters: { size: 1 } },
  { kind: 'mixup', parameters: { alpha: 1 } },
];
const augmentedSettings: Pick<TrainingSettings, 'preparation'> = {
  preparation: { normalization: 'none', standardizeTargets: false, augmentation: chain },
};

describe('augmenting', () => {
  it('changes training alone, and repeats itself across a pause', async () => {
    const whole = await open(augmentedSettings);
    await whole.session.step(7);
    const parts = await open(augmentedSettings);
    for (const steps of [1, 4, 2]) await parts.session.step(steps);
    expect(await weightsOf(parts.session)).toEqual(await weightsOf(whole.session));
    const plain = await open({});
    expect((await plain.session.use((network) => evaluate(network, 'test'))).losses).toEqual(
      (await (await open(augmentedSettings)).session.use((network) => evaluate(network, 'test'))).losses,
    );
    await plain.session.step(7);
    expect(await weightsOf(plain.session)).not.toEqual(await weightsOf(whole.session));
  });

  it('is previewed as the step sees it', async () => {
    const { session } = await open({ ...augmentedSettings, order: 'sequential' });
    await session.step(2);
    const seen = await session.use(async (network) => {
      const { samples } = nextBatch(network.model, network.placed, 16);
      const target = { arena: 'seen', offset: 0, shape: samples.shape, type: 'f32' } as const;
      const state = network.createState([{ name: 'seen', type: 'f32', size: 128 }]);
      const executable = await network.compile({ name: 'seen', phases: [{ assignments: [{ target, value: samples }] }] }, [state]);
      executable.run();
      return Float32Array.from(await state.read('seen'));
    });
    const indices = Array.from({ length: 16 }, (_, row) => 32 + row);
    const preview = (step: number) =>
      session.preview({ split: 'train', indices, step, seed: settingsForTests.seed, preparation: augmentedSettings.preparation });
    // Bytes are scaled in float64 there, and in float32 here.
    expect(deviationOf(await preview(2), seen)).toBeLessThan(1e-6);
    expect(deviationOf(await preview(3), seen)).toBeGreaterThan(1e-2);
    await expect(
      session.preview({ split: 'train', indices: [64], step: 0, seed: 1, preparation: augmentedSettings.preparation }),
    ).rejects.toMatchObject({ problem: { code: 'sample.index' } });
  });

  it('asks a mixed sample for both labels, as soft targets would', async () => {
    const model = unwrap(
      prepareModel(
        perceptron,
        { ...settingsForTests, loss: { kind: 'softmax-cross-entropy', parameters: { classWeights: [0.5, 2] } } },
        learnable(),
      ),
    );
    const outputs = [
      [1, -2],
      [0.5, 0.25],
      [-1, 3],
    ];
    const [labels, partner, share] = [
      [0, 1, 1],
      [1, 2, 0],
      [0.9, 0.5, 0.75],
    ];
    const given = (shape: number[], type: 'f32' | 'i32', data: readonly number[]) => ({ shape, type, data: Float64Array.from(data) });
    const [loss] = await evaluateOnce(
      openReferenceDevice(),
      [given([3, 2], 'f32', outputs.flat()), given([3], 'i32', labels), given([3], 'i32', partner), given([3], 'f32', share)],
      ([output, own, other, part]) =>
        output && own && other && part
          ? [
              reshape(
                batchLoss(model, output, { samples: constant(0, [3, 8]), labels: own, mixture: { share: part, partner: other } }),
                [1],
              ),
            ]
          : [],
    );
    const weight = [0.5, 2];
    let [sum, weights] = [0, 0];
    outputs.forEach((row, index) => {
      const total = Math.log(row.reduce((all, value) => all + Math.exp(value), 0));
      const soft = [0, 1].map((label) => {
        const ofOwn = labels[index] === label ? (share[index] ?? 0) : 0;
        return ofOwn + (labels[partner[index] ?? 0] === label ? 1 - (share[index] ?? 0) : 0);
      });
      soft.forEach((part, label) => {
        sum += part * (weight[label] ?? 0) * (total - (row[label] ?? 0));
        weights += part * (weight[label] ?? 0);
      });
    });
    // Both in float64.
    expect(loss?.[0]).toBeCloseTo(sum / weights, 12);
  });

  it('is refused where samples are not such', () => {
    const { splits: _, ...form } = learnable();
    const codeOf = (augmentation: TrainingSettings['preparation']['augmentation'], sampleShape: readonly number[]) => {
      const document = {
        ...perceptron,
        nodes: perceptron.nodes.map((node) => (node.id === 'input' ? { ...node, parameters: { shape: sampleShape } } : node)),
      };
      const outcome = prepareModel(
        document,
        { ...settingsForTests, preparation: { normalization: 'none', standardizeTargets: false, augmentation } },
        { ...form, sampleShape },
      );
      return outcome.ok ? null : outcome.problem.code;
    };
    const of = (kind: string, parameters: Record<string, number> = {}) => [{ kind, parameters }];
    expect(codeOf(of('rotation'), [8])).toBe('augmentation.image');
    expect(codeOf(of('colour-shift'), [1, 2, 4])).toBe('augmentation.colours');
    expect(codeOf([...of('mixup'), ...of('mixup')], [1, 2, 4])).toBe('augmentation.twice');
    expect(codeOf(of('dream'), [1, 2, 4])).toBe('training.unknown-augmentation');
    expect(codeOf(of('rotation', { angle: 900 }), [1, 2, 4])).toBe('parameter.number');
    for (const kind of augmentations.keys()) expect(codeOf(of(kind), [3, 2, 4])).toBeNull();
  });
});
