/** Every loss against PyTorch in float64: the mean loss and its gradient, for each sample of each loss. */
import { beforeAll, describe, expect, test } from 'vitest';
import { gradients } from '../../autodiff/gradients';
import { openReferenceDevice } from '../../devices/reference/reference-device';
import { mean } from '../../ops/mean';
import { deviationOf } from '../comparison';
import { evaluateOnce } from '../evaluation';
import { lossCases, outputsOf } from '../loss-cases';
import { arrayMessage, runPython } from './python';

/** Both compute in float64; exponentials and sums of a few terms differ by some 1e-16. */
const BOUND = 1e-12;

interface TorchResult {
  readonly loss: number;
  readonly gradient: readonly number[];
}

let results: readonly TorchResult[] = [];
beforeAll(async () => {
  // The script prints one result of this form a case.
  results = (await runPython(
    'losses.py',
    lossCases.map(({ definition, sample, inputs: [output, target] }) => ({
      output: arrayMessage(output?.shape ?? [], output?.data ?? []),
      target: arrayMessage(target?.shape ?? [], target?.data ?? []),
      labels: sample.target.kind === 'class',
      loss: definition.pytorch(sample.parameters, sample.output, sample.target),
    })),
  )) as TorchResult[];
});

describe.each(lossCases.map((item, place) => ({ ...item, place })))('$name', (item) => {
  test('computes what PyTorch computes', async () => {
    const torch = results[item.place];
    if (torch === undefined) throw new Error('The script gave no result for this case.');
    const [loss, gradient] = await evaluateOnce(openReferenceDevice(), item.inputs, (tensors) => {
      const [losses] = item.build(tensors);
      const [output] = tensors;
      if (losses === undefined || output === undefined) throw new Error('The loss gave nothing.');
      const objective = mean(losses);
      return [objective, ...gradients(objective, [output])];
    });
    expect(gradient?.length).toBe(outputsOf(item));
    expect(deviationOf(loss ?? [], [torch.loss])).toBeLessThan(BOUND);
    expect(deviationOf(gradient ?? [], torch.gradient)).toBeLessThan(BOUND);
  });
});
