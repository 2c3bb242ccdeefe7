/** Uniform in ±bound. */
import { defineInitializer, uniformWithin } from './initializer';

export const initializer = defineInitializer({
  kind: 'uniform',
  label: 'Uniform',
  help: 'The same chance for every number within a bound.',
  value: ({ bound }, first) => uniformWithin(bound, first),
});
