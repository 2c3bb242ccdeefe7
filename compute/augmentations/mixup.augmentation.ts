/** Each sample becomes a mixture of two, and so does its label (Zhang, Cissé, Dauphin, Lopez-Paz: mixup; ICLR 2018). */
import { defineAugmentation } from './augmentation';
import { add } from '../ops/add.op';
import { cast } from '../ops/cast.op';
import { minimum } from '../ops/minimum.op';
import { multiply } from '../ops/multiply.op';
import { subtract } from '../ops/subtract.op';
import { table } from '../ops/table.op';
import { upperBetaQuantiles } from './beta-quantiles';

/** Entries of the table of quantiles, between which it is straight: the share is off by less than 0.003. */
const ENTRIES = 128;
/** Nine digits of each, which are told to PyTorch as well. */
const quantilesOf = (alpha: number): number[] => upperBetaQuantiles(alpha, ENTRIES).map((value) => Number(value.toPrecision(9)));

/** So many that a line of Python stays short. */
const A_ROW = 8;
const rowsOf = (numbers: readonly number[]): string =>
  Array.from(
    { length: Math.ceil(numbers.length / A_ROW) },
    (_, row) => `    ${numbers.slice(row * A_ROW, (row + 1) * A_ROW).join(', ')},`,
  ).join('\n');

export const augmentation = defineAugmentation({
  kind: 'mixup',
  label: 'Mixup',
  help: 'Mixes each sample with another of its batch, and asks for both labels in the same proportion. The larger part is the sample itself.',
  parameters: {
    alpha: {
      type: 'number',
      label: 'α',
      help: 'The shares are drawn from Beta(α, α): small numbers mix little, 1 draws all shares alike, large ones mix half and half.',
      default: 0.2,
      minimum: 0.05,
      maximum: 100,
      scale: 'logarithmic',
    },
  },
  needs: 'numbers',
  effect: {
    type: 'mix',
    share: ({ uniform, batch }, { alpha }) => {
      const quantiles = quantilesOf(alpha);
      const at = multiply(uniform([batch]), ENTRIES);
      const entry = minimum(cast(at, 'i32'), ENTRIES - 1);
      const before = table(entry, quantiles);
      return add(before, multiply(subtract(table(add(entry, 1), quantiles), before), subtract(at, cast(entry, 'f32'))));
    },
  },
  pytorch: ({ alpha }) => [
    // torch.distributions has no quantiles of it; the share of the sample itself is the larger one.
    `quantiles = torch.tensor([\n${rowsOf(quantilesOf(alpha))}\n], dtype=x.dtype, device=x.device)`,
    `at = uniform(len(x)) * ${String(ENTRIES)}`,
    `entry = torch.clamp(at.long(), max=${String(ENTRIES - 1)})`,
    'share = quantiles[entry] + (quantiles[entry + 1] - quantiles[entry]) * (at - entry)',
    'steps = 1 + torch.clamp((uniform(1) * (len(x) - 1)).long(), max=max(0, len(x) - 2))',
    'partner = (torch.arange(len(x), device=x.device) + steps) % len(x)',
    'mixed = share.view(-1, *[1] * (x.dim() - 1))',
    'x = mixed * x + (1 - mixed) * x[partner]',
  ],
});
