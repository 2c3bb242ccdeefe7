/** All ones. */
import { defineInitializer } from './initializer';

export const initializer = defineInitializer({
  kind: 'ones',
  label: 'Ones',
  help: 'Every weight starts at one.',
  value: () => 1,
});
