/** Turns each picture about its centre. */
import { defineAugmentation } from './augmentation';
import { cosine, sine } from '../ops/sine.op';
import { negate } from '../ops/negate.op';
import { outsideParameter, symmetric } from './draws';
import { warpLine } from './pytorch';

export const augmentation = defineAugmentation({
  kind: 'rotation',
  label: 'Rotation',
  help: 'Turns each picture about its centre by a random angle.',
  parameters: {
    angle: { type: 'number', label: 'Angle', unit: '°', help: 'At most, to either side.', default: 10, minimum: 0, maximum: 180 },
    outside: outsideParameter,
  },
  needs: 'image',
  effect: {
    type: 'geometry',
    outside: ({ outside }) => outside,
    whole: false,
    map: (context, { angle }) => {
      const turn = symmetric(context, (angle * Math.PI) / 180);
      const [along, across] = [cosine(turn), sine(turn)];
      return [along, negate(across), 0, across, along, 0];
    },
  },
  pytorch: ({ angle, outside }) => [
    `turn = (2 * uniform(len(x)) - 1) * ${String((angle * Math.PI) / 180)}`,
    warpLine(['torch.cos(turn)', '-torch.sin(turn)', '0', 'torch.sin(turn)', 'torch.cos(turn)', '0'], outside),
  ],
});
