/** Numbers that the layer has computed itself, such as a bank of filters. */
import { defineInitializer } from './initializer';

export const initializer = defineInitializer({
  kind: 'fixed',
  label: 'Fixed',
  help: 'The layer knows the numbers itself.',
  value: ({ valueAt }, _first, _second, index) => valueAt(index),
});
