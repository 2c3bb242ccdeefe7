/** Two convolutions beside a short cut (He et al., 2016): the block of ResNet. */
import { BEFORE_BLOCK, type BlockDefinition } from './block';

export const block: BlockDefinition = {
  kind: 'residual-block',
  label: 'Residual block',
  group: 'convolution',
  help: 'Two convolutions with batch norm whose result is added to what came in. The short cut lets gradients pass, so that many blocks can follow each other.',
  layers: (input) => {
    const [channels = 16] = input ?? [];
    const convolution = { outChannels: channels, kernelSize: [3, 3], padding: [1, 1], bias: false, initializer: 'he-normal' };
    return [
      { name: 'conv1', kind: 'conv2d', parameters: convolution, inputs: [BEFORE_BLOCK] },
      { name: 'norm1', kind: 'batch-norm', parameters: {}, inputs: ['conv1'] },
      { name: 'relu1', kind: 'relu', parameters: {}, inputs: ['norm1'] },
      { name: 'conv2', kind: 'conv2d', parameters: convolution, inputs: ['relu1'] },
      { name: 'norm2', kind: 'batch-norm', parameters: {}, inputs: ['conv2'] },
      { name: 'sum', kind: 'add', parameters: {}, inputs: ['norm2', BEFORE_BLOCK] },
      { name: 'relu2', kind: 'relu', parameters: {}, inputs: ['sum'] },
    ];
  },
  samples: [
    [4, 5, 6],
    [1, 1, 1],
  ],
};
