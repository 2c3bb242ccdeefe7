/** What the layers share that slide a window over an image: their parameters and the sizes that result. */
import { failure, success, type Outcome } from '../graph/problem';
import { formatShape, type Shape } from '../graph/tensor';

const sides = ['Height', 'Width'] as const;

export const kernelSizeParameter = (label: string, size: number) =>
  ({ type: 'integers', label, unit: 'px', default: [size, size], minimum: 1, maximum: 1024, names: sides }) as const;

export const strideParameter = (size: number) =>
  ({
    type: 'integers',
    label: 'Stride',
    help: 'How far the window moves from one output to the next.',
    unit: 'px',
    default: [size, size],
    minimum: 1,
    maximum: 1024,
    names: sides,
  }) as const;

export const paddingParameter = (help: string) =>
  ({ type: 'integers', label: 'Padding', help, unit: 'px', default: [0, 0], minimum: 0, maximum: 1024, names: sides }) as const;

export const dilationParameter = {
  type: 'integers',
  label: 'Dilation',
  help: 'Distance between the points of the kernel; 1 is a solid kernel.',
  unit: 'px',
  default: [1, 1],
  minimum: 1,
  maximum: 1024,
  names: sides,
} as const;

export const paddingModeParameter = {
  type: 'choice',
  label: 'Padding mode',
  help: 'Explicit adds as many zeros as Padding says. Same adds what keeps the size of the image (divided by the stride, rounded up). Valid adds none.',
  default: 'explicit',
  options: [
    { value: 'explicit', label: 'Explicit' },
    { value: 'same', label: 'Same' },
    { value: 'valid', label: 'Valid' },
  ],
} as const;

/** The padding of a layer that has a padding mode. */
export const explicitPaddingParameter = {
  ...paddingParameter('Rows and columns of zeros added on each side, where the padding mode is Explicit.'),
  onlyWhen: { parameter: 'paddingMode', is: 'explicit' },
} as const;

/** Two numbers as such: parameters of type `integers` with two names hold exactly two. */
export const pairOf = (values: readonly number[]): readonly [number, number] => [values[0] ?? 0, values[1] ?? 0];

/** As PyTorch takes sizes: a tuple, or one number where height and width are the same. */
export const tuple = (values: readonly number[]): string => {
  const [first, second] = values;
  return values.length === 2 && first === second ? String(first) : `(${values.join(', ')})`;
};

/** ONNX gives padding as all begins, then all ends. */
export const onnxPads = (padding: readonly number[], after = padding): readonly number[] => [...padding, ...after];

interface Window {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly paddingMode?: (typeof paddingModeParameter.options)[number]['value'];
  readonly dilation?: readonly number[];
}

/** Zeros before and after each axis. */
export interface Sides {
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
}

/** How far the kernel reaches along each axis: dilation · (kernel − 1) + 1. */
const reachOf = ({ kernelSize, dilation = [1, 1] }: Window): readonly [number, number] =>
  pairOf(kernelSize.map((length, axis) => (dilation[axis] ?? 1) * (length - 1) + 1));

/**
 * The zeros that the window's padding mode adds to an image of `size`. Same gives ⌈size / stride⌉ results; where the zeros
 * cannot be split evenly, the odd one comes after, as in PyTorch and TensorFlow.
 */
export function paddingSides(size: readonly [number, number], window: Window): Sides {
  const { stride, padding, paddingMode = 'explicit' } = window;
  switch (paddingMode) {
    case 'explicit':
      return { before: pairOf(padding), after: pairOf(padding) };
    case 'valid':
      return { before: [0, 0], after: [0, 0] };
    case 'same': {
      const reach = reachOf(window);
      const totals = size.map((length, axis) => {
        const step = stride[axis] ?? 1;
        return Math.max((Math.ceil(length / step) - 1) * step + (reach[axis] ?? 1) - length, 0);
      });
      return { before: pairOf(totals.map((total) => Math.floor(total / 2))), after: pairOf(totals.map((total) => Math.ceil(total / 2))) };
    }
    default:
      return paddingMode satisfies never;
  }
}

/** Channels, height and width of the input, or a problem that says what came instead. */
export function imageOf(layer: string, inputs: readonly Shape[]): Outcome<readonly [number, number, number]> {
  const shape = inputs[0] ?? [];
  const [channels, height, width] = shape;
  if (shape.length !== 3 || channels === undefined || height === undefined || width === undefined) {
    return failure('network.image-expected', { layer, actual: formatShape(shape) });
  }
  return success([channels, height, width]);
}

/** Height and width after the window: ⌊(size + padding − dilation·(kernel − 1) − 1) / stride⌋ + 1 each, padding on both sides. */
export function windowedSize(layer: string, size: readonly [number, number], window: Window): Outcome<readonly [number, number]> {
  const { before, after } = paddingSides(size, window);
  const padded = size.map((length, axis) => length + (before[axis] ?? 0) + (after[axis] ?? 0));
  const reach = reachOf(window);
  const [height, width] = padded.map((length, axis) => Math.floor((length - (reach[axis] ?? 1)) / (window.stride[axis] ?? 1)) + 1);
  if (height === undefined || width === undefined || height < 1 || width < 1) {
    return failure(
      'network.window-too-large',
      { layer, kernel: formatShape(reach), padded: formatShape(padded) },
      { parameter: 'kernelSize' },
    );
  }
  return success([height, width]);
}

/** Shape after pooling. As in PyTorch, padding may be at most half of the kernel: no window lies wholly in it. */
export function pooledShape(layer: string, inputs: readonly Shape[], window: Window): Outcome<Shape> {
  const image = imageOf(layer, inputs);
  if (!image.ok) return image;
  const [channels, height, width] = image.value;
  if (window.padding.some((length, axis) => 2 * length > (window.kernelSize[axis] ?? 0))) {
    return failure(
      'network.pool-padding-too-large',
      { layer, padding: formatShape(window.padding), kernel: formatShape(window.kernelSize) },
      { parameter: 'padding' },
    );
  }
  const size = windowedSize(layer, [height, width], window);
  return size.ok ? success([channels, ...size.value]) : size;
}
