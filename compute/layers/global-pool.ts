/** What the layers have in common that make one number of each channel of an image. */
import { success } from '../graph/problem';
import type { Tensor } from '../graph/tensor';
import { inputOf } from './arguments';
import { defineLayer } from './layer';
import { imageOf } from './window';

export interface GlobalPool {
  readonly kind: string;
  readonly label: string;
  readonly help: string;
  readonly formula: string;
  /** The image [batch, channels, height, width] over these axes. */
  readonly reduce: (image: Tensor, axes: readonly number[]) => Tensor;
  /** ONNX's operator, PyTorch's function and the class of Keras for the same. */
  readonly onnxOperator: string;
  readonly pytorchFunction: string;
  readonly kerasClass: string;
}

/** A layer from [channels, height, width] to [channels]. */
export const globalPoolLayer = ({ kind, label, help, formula, reduce, onnxOperator, pytorchFunction, kerasClass }: GlobalPool) =>
  defineLayer({
    kind,
    version: 1,
    label,
    group: 'pooling',
    help,
    formula,
    parameters: {},
    inputs: { minimum: 1, maximum: 1 },
    shape: (inputs) => {
      const image = imageOf(label, inputs);
      return image.ok ? success([image.value[0]]) : image;
    },
    weights: () => [],
    forward: (_context, inputs) => ({ output: reduce(inputOf(inputs), [2, 3]) }),
    onnx: ({ inputs, output }) => [
      { operator: onnxOperator, inputs, outputs: [`${output}/image`], attributes: {} },
      { operator: 'Flatten', inputs: [`${output}/image`], outputs: [output], attributes: { axis: 1 } },
    ],
    keras: (context) => context.add(kerasClass, inputOf(context.inputs), context.outputShape),
    pytorch: (_inputs) => ({ call: (_self, inputs) => `${pytorchFunction}(${inputs.join(', ')}, dim=(2, 3))` }),
    samples: [
      { name: 'an image', inputShapes: [[3, 4, 5]], parameters: {} },
      { name: 'one pixel', inputShapes: [[2, 1, 1]], parameters: {}, batch: 1 },
    ],
  });
