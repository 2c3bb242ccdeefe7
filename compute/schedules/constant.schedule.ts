/** The same rate for every step. */
import { defineSchedule } from './schedule';

export const schedule = defineSchedule({
  kind: 'constant',
  label: 'Constant',
  help: 'The same learning rate from the first step to the last.',
  parameters: {},
  formula: 'η = η₀',
  rate: ({ learningRate }) => learningRate,
  pytorch: () => ({ scheduler: 'S.ConstantLR(optimizer, factor=1.0)', stepped: 'epoch' }),
  samples: [{}],
});
