/** The greatest value of each channel over the whole image. Where several are greatest they share the gradient. */
import { max } from '../ops/max.op';
import { globalPoolLayer } from './global-pool';

export const layer = globalPoolLayer({
  kind: 'global-max-pool',
  label: 'Global max pool',
  help: 'Replaces each channel by its greatest value: whether its pattern is anywhere in the image.',
  formula: 'y[c] = max of x[c, i, j] over i and j',
  reduce: max,
  onnxOperator: 'GlobalMaxPool',
  pytorchFunction: 'torch.amax',
  kerasClass: 'GlobalMaxPooling2D',
});
