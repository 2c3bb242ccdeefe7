/** Uniform in ±√(6 / inputs) (He et al., 2015). */
import { defineInitializer, uniformWithin } from './initializer';

export const initializer = defineInitializer({
  kind: 'he-uniform',
  label: 'He, uniform',
  help: 'Keeps the spread of the signal through layers with ReLU.',
  value: ({ fanIn }, first) => uniformWithin(Math.sqrt(6 / fanIn), first),
});
