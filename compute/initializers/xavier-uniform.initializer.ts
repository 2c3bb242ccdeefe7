/** Uniform in ±√(6 / (inputs + outputs)) (Glorot, Bengio, 2010). */
import { defineInitializer, uniformWithin } from './initializer';

export const initializer = defineInitializer({
  kind: 'xavier-uniform',
  label: 'Xavier, uniform',
  help: 'Keeps the spread of signal and gradient through layers with sigmoid or tanh.',
  value: ({ fanIn, fanOut }, first) => uniformWithin(Math.sqrt(6 / (fanIn + fanOut)), first),
});
