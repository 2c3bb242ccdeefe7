/** Squared near the target and absolute far from it (Huber, 1964), as PyTorch's huber_loss. */
import { absolute } from '../ops/absolute.op';
import { minimum } from '../ops/minimum.op';
import { multiply } from '../ops/multiply.op';
import { subtract } from '../ops/subtract.op';
import { defineLoss } from './loss';
import { meanOfSample, outputsForNumbers, pytorchCall, pytorchNumbers, scoresOfClasses, targetNumbers } from './targets';

const label = 'Huber';

export const loss = defineLoss({
  kind: 'huber',
  label,
  help: 'Squared error for errors up to δ and absolute error beyond: smooth near the target, calm about samples that are far off.',
  formula: '1/n · Σ h(|x − y|), h(d) = d²/2 if d ≤ δ, else δ·(d − δ/2)',
  parameters: {
    delta: {
      type: 'number',
      label: 'δ',
      help: 'The error from which it counts by its size and no longer by its square.',
      default: 1,
      minimum: 1e-6,
      maximum: 1e6,
      scale: 'logarithmic',
    },
  },
  accepts: (output, target) => outputsForNumbers(label, output, target),
  forward: (output, target, { delta }) => {
    const distance = absolute(subtract(output, targetNumbers(output, target)));
    // With m = min(d, δ) both branches are m·(d − m/2).
    const near = minimum(distance, delta);
    return meanOfSample(multiply(near, subtract(distance, multiply(near, 0.5))));
  },
  probabilities: (output) => scoresOfClasses(output),
  decision: 0.5,
  pytorch: ({ delta }, output, target, reduction) =>
    pytorchCall('huber_loss', pytorchNumbers(output, target), [`delta=${String(delta)}`], reduction),
  samples: [
    { name: 'classes', output: [4], target: { kind: 'class', classes: 4 }, parameters: { delta: 1 } },
    { name: 'a single output', output: [1], target: { kind: 'class', classes: 2 }, parameters: { delta: 0.25 } },
    { name: 'numbers', output: [2, 3, 3], target: { kind: 'values', shape: [2, 3, 3] }, parameters: { delta: 0.5 } },
  ],
});
