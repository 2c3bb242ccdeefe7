/** Attributes and sizes of pooling over two axes, shared by maximum and average. */
import { formatShape, sameShape, ShapeError, type TensorType } from '../graph/tensor';
import { windowCount, type Pair } from './convolution-2d-sizes';

export type PoolAttributes = {
  readonly kernelSize: Pair;
  readonly stride: Pair;
  /** On both sides of each axis; at most half the kernel. */
  readonly padding: Pair;
};

export interface PoolSizes extends PoolAttributes {
  readonly batch: number;
  readonly channels: number;
  /** batch · channels. */
  readonly planes: number;
  readonly input: Pair;
  readonly output: Pair;
}

/** Throws a ShapeError unless x is f32 [N, C, H, W] with room for a window. */
export function poolSizes(operation: string, x: TensorType | undefined, { kernelSize, stride, padding }: PoolAttributes): PoolSizes {
  if (x?.shape.length !== 4 || x.type !== 'f32') {
    throw new ShapeError(operation, 'an f32 input N×C×H×W', x ? `${x.type} ${formatShape(x.shape)}` : 'none');
  }
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
  if (padding[0] * 2 > kernelSize[0] || padding[1] * 2 > kernelSize[1]) {
    throw new ShapeError(operation, `padding of at most half the kernel ${formatShape(kernelSize)}`, formatShape(padding));
  }
  const output = [
    windowCount(height, kernelSize[0], stride[0], padding[0]),
    windowCount(width, kernelSize[1], stride[1], padding[1]),
  ] as const;
  if (output[0] < 1 || output[1] < 1) {
    throw new ShapeError(operation, `an input with room for a window of ${formatShape(kernelSize)}`, formatShape(x.shape));
  }
  return { kernelSize, stride, padding, batch, channels, planes: batch * channels, input: [height, width], output };
}

export function inferPooled(operation: string, x: TensorType | undefined, attributes: PoolAttributes): TensorType {
  const { batch, channels, output } = poolSizes(operation, x, attributes);
  return { shape: [batch, channels, ...output], type: 'f32' };
}

/** Throws a ShapeError unless the second input is as the first demands. */
export function requirePair(operation: string, expected: TensorType, actual: TensorType | undefined): void {
  if (actual?.type !== 'f32' || !sameShape(expected.shape, actual.shape)) {
    throw new ShapeError(operation, `f32 ${formatShape(expected.shape)}`, actual ? `${actual.type} ${formatShape(actual.shape)}` : 'none');
  }
}

/** One operation for each element of each window. */
export const poolFlops = ({ planes, output, kernelSize }: PoolSizes): number =>
  planes * output[0] * output[1] * kernelSize[0] * kernelSize[1];
