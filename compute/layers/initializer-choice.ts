/** How a layer with weights lets a person choose their first values, and what PyTorch does by default. */
import type { WeightInitializer } from './layer';

export const initializerParameter = {
  type: 'choice',
  label: 'Initial weights',
  help: 'From where training starts. Uniform is ±1/√inputs, the default of PyTorch; He suits ReLU, Xavier suits sigmoid and tanh. Small and constant are 0.01; truncated normal has a deviation of 1/√inputs.',
  default: 'uniform',
  options: [
    { value: 'uniform', label: 'Uniform' },
    { value: 'he-uniform', label: 'He, uniform' },
    { value: 'he-normal', label: 'He, normal' },
    { value: 'xavier-uniform', label: 'Xavier, uniform' },
    { value: 'xavier-normal', label: 'Xavier, normal' },
    { value: 'normal', label: 'Small, normal' },
    { value: 'truncated-normal', label: 'Truncated normal' },
    { value: 'orthogonal', label: 'Orthogonal' },
    { value: 'constant', label: 'Constant' },
    { value: 'zeros', label: 'Zeros' },
    { value: 'ones', label: 'Ones' },
  ],
} as const;

/** Deviation or value of those that look at no fan: the small random numbers of older texts. */
const SMALL = 0.01;

type InitializerChoice = (typeof initializerParameter.options)[number]['value'];

/** The weight's initializer; fans count the weights that enter and leave a unit. */
export function weightInitializer(kind: InitializerChoice, fanIn: number, fanOut: number): WeightInitializer {
  switch (kind) {
    case 'uniform':
      return { kind, bound: 1 / Math.sqrt(fanIn) };
    case 'he-uniform':
    case 'he-normal':
    case 'xavier-uniform':
    case 'xavier-normal':
      return { kind, fanIn, fanOut };
    case 'normal':
      return { kind, deviation: SMALL };
    case 'truncated-normal':
      return { kind, deviation: 1 / Math.sqrt(fanIn) };
    case 'constant':
      return { kind, value: SMALL };
    case 'orthogonal':
    case 'zeros':
    case 'ones':
      return { kind };
    default:
      return kind satisfies never;
  }
}

/** The bias starts as PyTorch's does beside uniform weights, and at zero beside all others. */
export const biasInitializer = (kind: InitializerChoice, fanIn: number): WeightInitializer =>
  kind === 'uniform' ? { kind, bound: 1 / Math.sqrt(fanIn) } : { kind: 'zeros' };
