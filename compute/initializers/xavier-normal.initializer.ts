/** Normal with variance 2 / (inputs + outputs) (Glorot, Bengio, 2010). */
import { defineInitializer, normal } from './initializer';

export const initializer = defineInitializer({
  kind: 'xavier-normal',
  label: 'Xavier, normal',
  help: 'Keeps the spread of signal and gradient through layers with sigmoid or tanh.',
  value: ({ fanIn, fanOut }, first, second) => Math.sqrt(2 / (fanIn + fanOut)) * normal(first, second),
});
