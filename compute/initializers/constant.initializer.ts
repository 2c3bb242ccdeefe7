/** One number everywhere. */
import { defineInitializer } from './initializer';

export const initializer = defineInitializer({
  kind: 'constant',
  label: 'Constant',
  help: 'The same number everywhere.',
  value: ({ value }) => value,
});
