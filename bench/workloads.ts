/** What is measured: plain data, the same for every engine. */
import type { ModelDocument } from '../compute/graph/model-document';
import type { Shape } from '../compute/graph/tensor';
import { OPERATIONS_OF_ELEMENT } from './multiply-add';
import { convnet, lenet5, longShortTermMemory, perceptron, resNet20, transformer } from './networks';

/** Training steps: mean softmax cross-entropy, Adam at its defaults of PyTorch, rate 0.001. */
export interface TrainingWorkload {
  readonly kind: 'training';
  readonly name: string;
  readonly title: string;
  readonly batch: number;
  /** Of one sample; f32, drawn uniformly from 0 … 1, or tokens below `vocabulary`. */
  readonly sampleShape: Shape;
  readonly vocabulary?: number;
  readonly classes: number;
  /** Whether every position of a sample has a class of its own. */
  readonly perPosition?: boolean;
  readonly document: () => ModelDocument;
  /** Left out unless it is named. */
  readonly onDemand?: boolean;
}

/** C = A·B with A m×k and B k×n, each held transposed where the form has a T. */
export interface ProductWorkload {
  readonly onDemand?: never;
  readonly kind: 'product';
  readonly name: string;
  readonly title: string;
  readonly form: 'NN' | 'NT' | 'TN';
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** One of the three products of a convolution: of a batch of square images with stride 1. */
export interface ConvolutionWorkload {
  readonly onDemand?: never;
  readonly kind: 'convolution';
  readonly name: string;
  readonly title: string;
  readonly pass: 'forward' | 'input gradient' | 'weight gradient';
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly size: number;
  readonly kernel: number;
  readonly padding: number;
}

/** So many kernels in a row of almost no work: what a dispatch costs. */
export interface DispatchWorkload {
  readonly onDemand?: never;
  readonly kind: 'dispatches';
  readonly name: string;
  readonly title: string;
  readonly count: number;
}

/** Multiply-adds in registers, each element of the result some ten thousands: the rate that products are held against. */
export interface MultiplyAddWorkload {
  readonly onDemand?: never;
  readonly kind: 'multiply-add';
  readonly name: string;
  readonly title: string;
  readonly elements: number;
}

export type Workload = TrainingWorkload | ProductWorkload | ConvolutionWorkload | DispatchWorkload | MultiplyAddWorkload;

const image: Shape = [1, 28, 28];

const training: readonly TrainingWorkload[] = [
  { name: 'mlp', title: 'MLP 784-128-10, batch 128', batch: 128, sampleShape: image, classes: 10, document: perceptron },
  { name: 'lenet-5', title: 'LeNet-5, batch 128', batch: 128, sampleShape: image, classes: 10, document: lenet5 },
  {
    ...{ name: 'lenet-5-small', title: 'LeNet-5, batch 16', batch: 16, sampleShape: image, classes: 10 },
    ...{ document: lenet5, onDemand: true },
  },
  { name: 'convnet', title: 'Keras convnet 32-64-128, batch 64', batch: 64, sampleShape: image, classes: 10, document: convnet },
  { name: 'resnet-20', title: 'ResNet-20, 32×32, batch 32', batch: 32, sampleShape: [3, 32, 32], classes: 10, document: resNet20 },
  {
    ...{ name: 'lstm', title: 'LSTM 2×128, 64 steps, batch 32', batch: 32, sampleShape: [64, 64], classes: 10 },
    document: longShortTermMemory,
  },
  {
    ...{ name: 'transformer', title: 'Transformer 4×128, 64 tokens, batch 16', batch: 16, sampleShape: [64] },
    ...{ vocabulary: 64, classes: 64, perPosition: true, document: transformer },
  },
].map((workload) => ({ kind: 'training', ...workload }));

const sizes: readonly (readonly [m: number, k: number, n: number])[] = [
  ...[256, 512, 1024, 2048].map((size) => [size, size, size] as const),
  [128, 784, 128],
];

const products = sizes.flatMap(([m, k, n]) =>
  (['NN', 'NT', 'TN'] as const).map((form): ProductWorkload => {
    const size = m === k ? String(m) : `${String(m)}×${String(k)}×${String(n)}`;
    return {
      kind: 'product',
      name: `product-${size.replaceAll('×', 'x')}-${form.toLowerCase()}`,
      title: `Product ${form}, ${size}`,
      form,
      m,
      k,
      n,
    };
  }),
);

const images = [
  { label: '64x56', batch: 4, inChannels: 64, outChannels: 64, size: 56, kernel: 3, padding: 1 },
  { label: '128x28', batch: 4, inChannels: 128, outChannels: 128, size: 28, kernel: 3, padding: 1 },
  { label: '256x14', batch: 4, inChannels: 256, outChannels: 256, size: 14, kernel: 3, padding: 1 },
  { label: 'lenet-1', batch: 128, inChannels: 1, outChannels: 6, size: 28, kernel: 5, padding: 2 },
  { label: 'lenet-2', batch: 128, inChannels: 6, outChannels: 16, size: 14, kernel: 5, padding: 0 },
] as const;

const convolutions = images.flatMap(({ label, ...shape }) =>
  (['forward', 'input gradient', 'weight gradient'] as const).map((pass): ConvolutionWorkload => {
    const { batch, inChannels, outChannels, size, kernel } = shape;
    const what = `${String(inChannels)}→${String(outChannels)}, ${String(size)}², ${String(kernel)}×${String(kernel)}, batch ${String(batch)}`;
    return {
      kind: 'convolution',
      name: `convolution-${label}-${pass.replace(' ', '-')}`,
      title: `Convolution ${what}, ${pass}`,
      pass,
      ...shape,
    };
  }),
);

const dispatches = [10, 100, 1000].map((count): DispatchWorkload => ({
  kind: 'dispatches',
  name: `dispatches-${String(count)}`,
  title: `${String(count)} empty dispatches`,
  count,
}));

const multiplyAdds: MultiplyAddWorkload = { kind: 'multiply-add', name: 'fma', title: 'Multiply-adds in registers', elements: 2 ** 18 };

export const workloads: readonly Workload[] = [multiplyAdds, ...training, ...products, ...convolutions, ...dispatches];

export function workloadOf(name: string): Workload {
  const workload = workloads.find((candidate) => candidate.name === name);
  if (workload === undefined)
    throw new RangeError(`there is no workload ${name}; there are ${workloads.map((each) => each.name).join(', ')}`);
  return workload;
}

/** Side of the output image. */
export const outputSize = ({ size, kernel, padding }: ConvolutionWorkload): number => size + 2 * padding - kernel + 1;

/** Shapes of the two operands, as Hebb and PyTorch hold them, and of the result. */
export function shapesOf(workload: ProductWorkload | ConvolutionWorkload): {
  readonly a: Shape;
  readonly b: Shape;
  readonly result: Shape;
} {
  if (workload.kind === 'product') {
    const { form, m, k, n } = workload;
    return { a: form === 'TN' ? [k, m] : [m, k], b: form === 'NT' ? [n, k] : [k, n], result: [m, n] };
  }
  const { batch, inChannels, outChannels, size, kernel } = workload;
  const input = [batch, inChannels, size, size];
  const weight = [outChannels, inChannels, kernel, kernel];
  const output = [batch, outChannels, outputSize(workload), outputSize(workload)];
  switch (workload.pass) {
    case 'forward':
      return { a: input, b: weight, result: output };
    case 'input gradient':
      return { a: output, b: weight, result: input };
    case 'weight gradient':
      return { a: input, b: output, result: weight };
  }
}

/** Floating-point operations of one run (a multiplication and an addition are two); null where they are not the point. */
export function operationsOf(workload: Workload): number | null {
  if (workload.kind === 'multiply-add') return OPERATIONS_OF_ELEMENT * workload.elements;
  if (workload.kind === 'product') return 2 * workload.m * workload.k * workload.n;
  if (workload.kind !== 'convolution') return null;
  const { batch, inChannels, outChannels, kernel } = workload;
  return 2 * batch * outputSize(workload) ** 2 * outChannels * inChannels * kernel ** 2;
}
