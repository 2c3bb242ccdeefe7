/** Normal around 0 with a given standard deviation. */
import { defineInitializer, normal } from './initializer';

export const initializer = defineInitializer({
  kind: 'normal',
  label: 'Normal',
  help: 'Small random numbers, most of them near zero.',
  value: ({ deviation }, first, second) => deviation * normal(first, second),
});
