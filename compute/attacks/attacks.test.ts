import { beforeAll, describe, expect, it } from 'vitest';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { ProblemError } from '../graph/problem';
import { predict } from '../insight/prediction';
import { saliency } from '../insight/saliency';
import { createSession, type Session } from '../training/session';
import { sampleValues } from '../training/dataset';
import { learnable, perceptron, settingsForTests } from '../testing/small-training';
import { attackSample, robustAccuracy } from './attack-samples';
import { attacks } from './registry';

const dataset = learnable();
let session: Session;

beforeAll(async () => {
  session = createSession({ openDevice: () => Promise.resolve(openReferenceDevice()), emit: () => undefined });
  await session.openDevice();
  await session.loadDataset(dataset);
  await session.configure({ document: perceptron, settings: { ...settingsForTests, epochs: 100 }, keepWeights: false });
  await session.step(400);
});

const kinds = [...attacks.keys()];
const attack = (kind: string, epsilon: number) =>
  session.use((network) =>
    attackSample(network, { kind, parameters: { epsilon } }, sampleValues(dataset, 'test', 2), dataset.splits.test.labels[2] ?? 0),
  );
const silent = { progress: () => undefined, cancelled: () => false };
const robustness = (kind: string, epsilon: number) =>
  session.use((network) => robustAccuracy(network, { kind, parameters: { epsilon } }, 'validation', 40, silent));

describe('attacks', () => {
  it('are those of the folder', () => {
    expect(kinds).toEqual(['fgsm', 'pgd']);
  });

  it.each(kinds)('%s stays in the ball and in the range, and changes the sample', async (kind) => {
    const epsilon = 0.3;
    const original = sampleValues(dataset, 'test', 2);
    const { sample, perturbation } = await attack(kind, epsilon);
    expect(Array.from(perturbation)).toEqual(Array.from(sample, (value, index) => Math.fround(value - (original[index] ?? 0))));
    // Samples are rounded to f32 on their way out: half a unit in the last place of 1 on either side.
    for (const value of perturbation) expect(Math.abs(value)).toBeLessThanOrEqual(epsilon + 2 ** -23);
    for (const value of sample) expect(value >= 0 && value <= 1).toBe(true);
    expect(Math.max(...perturbation.map(Math.abs))).toBeGreaterThan(epsilon / 2);
  });

  it.each(kinds)('%s with ε = 0 changes nothing', async (kind) => {
    const { sample, clean, adversarial } = await attack(kind, 0);
    expect(sample).toEqual(sampleValues(dataset, 'test', 2));
    expect(adversarial).toEqual(clean);
  });

  it.each(kinds)('%s makes the true class less likely', async (kind) => {
    const label = dataset.splits.test.labels[2] ?? 0;
    const { clean, adversarial } = await attack(kind, 0.2);
    expect(adversarial.probabilities[label]).toBeLessThan(clean.probabilities[label] ?? 0);
  });

  it('moves as the sign of the gradient says', async () => {
    const { perturbation } = await attack('fgsm', 0.001);
    const original = sampleValues(dataset, 'test', 2);
    const label = dataset.splits.test.labels[2] ?? 0;
    // The loss falls with the true output and grows with the others: with two classes, opposite to the saliency of their difference.
    const [own, other] = await Promise.all([label, 1 - label].map((unit) => session.use((network) => saliency(network, original, unit))));
    perturbation.forEach((value, index) => {
      const slope = (other?.[index] ?? 0) - (own?.[index] ?? 0);
      const atEdge = (original[index] === 0 && slope < 0) || (original[index] === 1 && slope > 0);
      expect(Math.sign(value)).toBe(atEdge ? 0 : Math.sign(slope));
    });
  });

  it.each(kinds)('%s lowers the accuracy, the more the greater ε', async (kind) => {
    const small = await robustness(kind, 0);
    const large = await robustness(kind, 0.5);
    expect(small.clean).toBeGreaterThan(0.9);
    expect(small.robust).toBe(small.clean);
    expect(large.clean).toBe(small.clean);
    expect(large.robust).toBeLessThan(0.3);
    expect(large).toMatchObject({ count: 40, cancelled: false });
  });

  it('repeats a random start with its seed, whatever the batch', async () => {
    const sample = sampleValues(dataset, 'validation', 0);
    const label = dataset.splits.validation.labels[0] ?? 0;
    const run = (seed: number) =>
      session.use((network) =>
        attackSample(network, { kind: 'pgd', parameters: { epsilon: 0.2, steps: 1, stepSize: 0.01, seed } }, sample, label),
      );
    const first = await run(3);
    expect((await run(3)).sample).toEqual(first.sample);
    expect((await run(4)).sample).not.toEqual(first.sample);
  });

  it('reports progress and ends when cancelled', async () => {
    const seen: number[] = [];
    const options = { progress: (done: number) => void seen.push(done), cancelled: () => seen.length > 0 };
    const result = await session.use((network) => robustAccuracy(network, { kind: 'fgsm', parameters: {} }, 'validation', 40, options));
    expect(seen).toEqual([32]);
    expect(result).toMatchObject({ count: 32, cancelled: true });
  });

  it('predicts with the weights as they are', async () => {
    const [prediction] = await session.use((network) => predict(network, sampleValues(dataset, 'test', 2)));
    expect(prediction?.predicted).toBe(dataset.splits.test.labels[2]);
    expect(prediction?.probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
  });

  it.each([
    [{ kind: 'magic', parameters: {} }, 'attack.unknown'],
    [{ kind: 'fgsm', parameters: { epsilon: 2 } }, 'parameter.number'],
    [{ kind: 'fgsm', parameters: { strength: 1 } }, 'parameter.unknown'],
  ])('says what is wrong with %o', async (request, code) => {
    const error = await session
      .use((network) => robustAccuracy(network, request, 'validation', 4, silent))
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ problem: { code } });
  });
});
