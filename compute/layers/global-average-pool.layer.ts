/** The mean of each channel over the whole image (Lin, Chen, Yan, 2013). */
import { mean } from '../ops/mean';
import { globalPoolLayer } from './global-pool';

export const layer = globalPoolLayer({
  kind: 'global-average-pool',
  label: 'Global average pool',
  help: 'Replaces each channel by its average: a row of numbers for Dense, whatever the size of the image.',
  formula: 'y[c] = mean of x[c, i, j] over i and j',
  reduce: mean,
  onnxOperator: 'GlobalAveragePool',
  pytorchFunction: 'torch.mean',
  kerasClass: 'GlobalAveragePooling2D',
});
