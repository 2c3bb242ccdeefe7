/** Normal with variance 2 / inputs (He et al., 2015). */
import { defineInitializer, normal } from './initializer';

export const initializer = defineInitializer({
  kind: 'he-normal',
  label: 'He, normal',
  help: 'Keeps the spread of the signal through layers with ReLU.',
  value: ({ fanIn }, first, second) => Math.sqrt(2 / fanIn) * normal(first, second),
});
