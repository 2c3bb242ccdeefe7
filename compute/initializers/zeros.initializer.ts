/** All zeros. */
import { defineInitializer } from './initializer';

export const initializer = defineInitializer({
  kind: 'zeros',
  label: 'Zeros',
  help: 'Every weight starts at zero.',
  value: () => 0,
});
