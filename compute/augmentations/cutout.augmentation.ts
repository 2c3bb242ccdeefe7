/** Covers a square of each picture (DeVries, Taylor: Improved regularization of convolutional neural networks with cutout; 2017). */
import { defineAugmentation, type AugmentationContext } from './augmentation';
import { add } from '../ops/add.op';
import { broadcastTo } from '../ops/elementwise';
import { cast } from '../ops/cast.op';
import { greater } from '../ops/greater.op';
import { iota } from '../ops/iota.op';
import { minimum } from '../ops/minimum.op';
import { multiply } from '../ops/multiply.op';
import { reshape } from '../ops/reshape.op';
import { select } from '../ops/select.op';
import { subtract } from '../ops/subtract.op';
import type { Tensor } from '../graph/tensor';

/** 1 in the rows (or columns) that the square covers: its middle is one of them, drawn evenly, and it may reach beyond the edge. */
function covered({ uniform, batch, sampleShape }: AugmentationContext, axis: 1 | 2, size: number): Tensor {
  const shape = [batch, ...sampleShape];
  const count = sampleShape[axis] ?? 1;
  const middle = minimum(cast(multiply(uniform([batch]), count), 'i32'), count - 1);
  const fromFirst = add(subtract(iota(shape, axis + 1), broadcastTo(reshape(middle, [batch, 1, 1, 1]), shape)), Math.floor(size / 2));
  return multiply(greater(fromFirst, -1), greater(size, fromFirst));
}

export const augmentation = defineAugmentation({
  kind: 'cutout',
  label: 'Cutout',
  help: 'Covers a square at a random place of each picture with one value, so that no single part is relied on.',
  parameters: {
    size: { type: 'integer', label: 'Size', unit: 'px', help: 'Of each side of the square.', default: 8, minimum: 1, maximum: 1024 },
    value: {
      type: 'number',
      label: 'Value',
      help: 'What the square is filled with; pixels go from 0 to 1.',
      default: 0,
      minimum: -1e6,
      maximum: 1e6,
    },
  },
  needs: 'image',
  effect: {
    type: 'values',
    apply: (samples, context, { size, value }) => select(multiply(covered(context, 1, size), covered(context, 2, size)), value, samples),
  },
  pytorch: ({ size, value }) => [
    'middles = [torch.clamp((uniform(len(x)) * n).floor(), max=n - 1) for n in x.shape[2:]]',
    'places = [torch.arange(n, device=x.device)[None, :] - m[:, None] for n, m in zip(x.shape[2:], middles)]',
    `rows, columns = [(p >= ${String(-Math.floor(size / 2))}) & (p < ${String(size - Math.floor(size / 2))}) for p in places]`,
    `x = torch.where((rows[:, :, None] & columns[:, None, :])[:, None], torch.tensor(${String(value)}, dtype=x.dtype, device=x.device), x)`,
  ],
});
