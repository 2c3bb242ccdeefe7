/** What a model of Keras's layers is written to as a graph of ONNX. */
import type { Shape } from '../../../compute/graph/tensor';
import type { OnnxNode } from '../../../compute/layers/layer';

/** What the layers of a model are made of: every node and every array has a name of its own. */
export interface OnnxWriter {
  readonly node: (operator: string, inputs: readonly string[], attributes?: OnnxNode['attributes']) => string;
  readonly array: (shape: Shape, data: ArrayLike<number>) => string;
  readonly integers: (values: readonly number[]) => string;
}
