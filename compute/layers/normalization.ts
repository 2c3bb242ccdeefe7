/** What the layers share that normalise each sample by itself. */

export const epsilonParameter = {
  type: 'number',
  label: 'Epsilon',
  help: 'Added to the variance, so that nothing is divided by zero.',
  default: 1e-5,
  minimum: 1e-12,
  maximum: 1,
  scale: 'logarithmic',
} as const;

export const affineParameter = {
  type: 'boolean',
  label: 'Scale and shift',
  help: 'Whether a scale and a shift are learned.',
  default: true,
} as const;
