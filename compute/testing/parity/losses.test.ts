/**
 * Every loss against PyTorch in float64, over a grid: the loss of a batch and its gradient; and WebGPU and the CPU in float32. One thing
 * is changed at a time in every run; HEBB_FULL=1 (npm run test:full) combines them.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { devicesForTests, testedKinds } from '../../../main/cli/testing/devices';
import { gradients } from '../../autodiff/gradients';
import type { Device } from '../../devices/device';
import { openReferenceDevice } from '../../devices/reference/reference-device';
import { sizeOf } from '../../graph/tensor';
import { losses } from '../../losses/registry';
import { deviationOf } from '../comparison';
import { evaluateOnce } from '../evaluation';
import { lossGrid, type LossGridCase } from '../loss-grid';
import { arrayMessage, runPython } from './python';

/** Both compute in float64; exponentials and sums of some hundred terms differ by some 1e-15 of the greatest. */
const REFERENCE_BOUND = 1e-12;
/** float32 rounds by 6e-8 of the greatest term; a sum over 137 classes, of differences of scores, by some of these. */
const FLOAT32_BOUND = 1e-5;

const full = process.env['HEBB_FULL'] === '1';

/** A number, or how Python writes those that JSON lacks. */
type Written = number | string;
interface TorchResult {
  readonly loss: Written;
  /** The same, from the losses of the samples. */
  readonly together: Written;
  readonly gradient: readonly Written[];
}
const unwritten: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, '-inf': -Infinity };
const numbersOf = (values: readonly Written[]): number[] =>
  values.map((value) => (typeof value === 'number' ? value : (unwritten[value] ?? expect.unreachable(`Python wrote ${value}.`))));

const cases = lossGrid(full);
const results = new Map<LossGridCase, TorchResult>();
const deviceOf = devicesForTests();
beforeAll(async () => {
  const messages = cases.map(({ definition, parameters, output, target, inputs: [outputs, targets] }) => ({
    output: arrayMessage(outputs.shape, outputs.data),
    target: arrayMessage(targets.shape, targets.data),
    labels: target.kind === 'class',
    loss: definition.pytorch(parameters, output, target, 'mean'),
    each: definition.pytorch(parameters, output, target, 'each'),
    weights: definition.classWeights?.(parameters) ?? [],
  }));
  // The script prints one result of this form a case.
  const computed = (await runPython('losses.py', messages)) as TorchResult[];
  cases.forEach((item, place) => {
    const result = computed[place];
    if (result !== undefined) results.set(item, result);
  });
}, 600_000);

/** Greatest deviation of the numbers, of the greatest of them; where PyTorch has none, this must have none too. */
function deviation(actual: Float64Array | undefined, expected: readonly Written[]): number {
  const theirs = numbersOf(expected);
  const ours = Array.from(actual ?? [], (value, place) => (Number.isNaN(value) && Number.isNaN(theirs[place]) ? 0 : value));
  const finite = theirs.filter(Number.isFinite).map(Math.abs);
  return deviationOf(
    ours,
    theirs.map((value) => (Number.isNaN(value) ? 0 : value)),
    Math.max(1, ...finite),
  );
}

async function compare(on: Device, item: LossGridCase, bound: number): Promise<void> {
  const torch = results.get(item) ?? expect.unreachable(`The script gave no result for ${item.name}.`);
  const [loss, gradient] = await evaluateOnce(on, item.inputs, ([output, target]) => {
    if (output === undefined || target === undefined) return expect.unreachable('There are two inputs.');
    const objective = item.build(output, target);
    return [objective, ...gradients(objective, [output])];
  });
  expect(gradient?.length).toBe(sizeOf(item.inputs[0].shape));
  expect(deviation(loss, [torch.loss]), `${item.name}: the loss ${String(loss)} for ${String(torch.loss)}`).toBeLessThan(bound);
  expect(deviation(gradient, torch.gradient), `${item.name}: the gradient ${String(gradient)} for ${String(torch.gradient)}`).toBeLessThan(
    bound,
  );
}

describe.each([...losses.values()])('$kind', ({ kind }) => {
  const own = cases.filter(({ definition }) => definition.kind === kind);

  test('computes what PyTorch computes', { timeout: 600_000 }, async () => {
    expect(own.length).toBeGreaterThan(10);
    for (const item of own) await compare(openReferenceDevice(), item, REFERENCE_BOUND);
  });

  test('says to PyTorch what each sample loses', () => {
    for (const item of own) {
      const { loss, together } = results.get(item) ?? expect.unreachable(`The script gave no result for ${item.name}.`);
      expect(deviation(Float64Array.from(numbersOf([together])), [loss]), item.name).toBeLessThan(REFERENCE_BOUND);
    }
  });

  test.each(testedKinds)('computes it on %s too', { timeout: 1_800_000 }, async (on) => {
    for (const item of own) await compare(deviceOf(on), item, FLOAT32_BOUND);
  });
});
