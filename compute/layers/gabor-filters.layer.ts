/**
 * A bank of Gabor filters (Daugman, 1985), which are never trained: waves under a bell curve, at evenly spaced angles. They
 * stand for the first layer that natural images teach (Olshausen, Field, 1996).
 */
import { success } from '../graph/problem';
import { weightOf } from './arguments';
import { convolve, onnxConvolution, pytorchConvolution, type ConvolutionParameters } from './convolution';
import { kerasConvolution } from './keras-convolution';
import { defineLayer } from './layer';
import { imageOf, kernelSizeParameter, pairOf, paddingModeParameter, strideParameter, windowedSize } from './window';

const label = 'Gabor filters';

interface Bank {
  readonly orientations: number;
  readonly phases: 'even' | 'odd' | 'both';
  readonly kernelSize: readonly number[];
  readonly wavelength: number;
  readonly deviation: number;
  readonly aspect: number;
}

const phasesOf = ({ phases }: Bank): readonly number[] => {
  switch (phases) {
    case 'even':
      return [0];
    case 'odd':
      return [-Math.PI / 2];
    case 'both':
      return [0, -Math.PI / 2];
    default:
      return phases satisfies never;
  }
};

const countOf = (bank: Bank): number => bank.orientations * phasesOf(bank).length;

/** One filter, row-major, of mean 0 and length 1 (0 where it is the same everywhere). */
function filterOf({ kernelSize, wavelength, deviation, aspect }: Bank, angle: number, phase: number): number[] {
  const [height, width] = pairOf(kernelSize);
  const values = Array.from({ length: height * width }, (_, index) => {
    const y = Math.floor(index / width) - (height - 1) / 2;
    const x = (index % width) - (width - 1) / 2;
    const along = x * Math.cos(angle) + y * Math.sin(angle);
    const across = y * Math.cos(angle) - x * Math.sin(angle);
    const bell = Math.exp(-(along ** 2 + (aspect * across) ** 2) / (2 * deviation ** 2));
    return bell * Math.cos((2 * Math.PI * along) / wavelength + phase);
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = values.map((value) => value - mean);
  const length = Math.hypot(...centred);
  return centred.map((value) => (length > 1e-12 ? value / length : 0));
}

/** The filters [filters, channels, height, width] at a row-major place: each takes the average of the channels. */
function filterBank(bank: Bank, channels: number): (index: number) => number {
  const phases = phasesOf(bank);
  const size = bank.kernelSize.reduce((product, length) => product * length, 1);
  const filters = new Map<number, readonly number[]>();
  return (index) => {
    const number = Math.floor(index / (channels * size));
    const angle = (Math.PI * Math.floor(number / phases.length)) / bank.orientations;
    const filter = filters.get(number) ?? filterOf(bank, angle, phases[number % phases.length] ?? 0);
    filters.set(number, filter);
    return (filter[index % size] ?? 0) / channels;
  };
}

const convolutionOf = (parameters: Pick<ConvolutionParameters, 'kernelSize' | 'stride' | 'paddingMode'>): ConvolutionParameters => ({
  ...parameters,
  padding: [0, 0],
  dilation: [1, 1],
  groups: 1,
});

export const layer = defineLayer({
  kind: 'gabor-filters',
  version: 1,
  label,
  group: 'convolution',
  help: 'Finds edges and stripes at several angles with fixed filters that are not learned: what the first layer of a network for images usually comes to.',
  formula:
    'y[o, i, j] = Σ G[o, h, w] · x[i·stride + h, j·stride + w], G = exp(−(u² + γ²v²) / 2σ²) · cos(2πu / λ + ψ), (u, v) the place turned by πo / orientations',
  parameters: {
    orientations: { type: 'integer', label: 'Orientations', help: 'How many angles, evenly spaced.', default: 8, minimum: 1, maximum: 256 },
    phases: {
      type: 'choice',
      label: 'Phases',
      help: 'Even filters find stripes, odd ones edges.',
      default: 'both',
      options: [
        { value: 'even', label: 'Even' },
        { value: 'odd', label: 'Odd' },
        { value: 'both', label: 'Both' },
      ],
    },
    kernelSize: kernelSizeParameter('Filter size', 7),
    wavelength: {
      type: 'number',
      label: 'Wavelength',
      help: 'From one crest of the wave to the next.',
      unit: 'px',
      default: 4,
      minimum: 1,
      maximum: 256,
    },
    deviation: {
      type: 'number',
      label: 'Width of the bell',
      help: 'Standard deviation of the bell curve along the wave.',
      unit: 'px',
      default: 2,
      minimum: 0.1,
      maximum: 256,
    },
    aspect: {
      type: 'number',
      label: 'Aspect',
      help: 'The smaller, the longer the filter is across the wave.',
      default: 0.5,
      minimum: 0.05,
      maximum: 10,
    },
    stride: strideParameter(1),
    paddingMode: {
      ...paddingModeParameter,
      help: 'Same adds zeros that keep the size of the image (divided by the stride, rounded up). Valid adds none.',
      default: 'same',
      options: [
        { value: 'same', label: 'Same' },
        { value: 'valid', label: 'Valid' },
      ],
    },
  },
  inputs: { minimum: 1, maximum: 1 },
  shape: (inputs, parameters) => {
    const image = imageOf(label, inputs);
    if (!image.ok) return image;
    const [, height, width] = image.value;
    const size = windowedSize(label, [height, width], convolutionOf(parameters));
    return size.ok ? success([countOf(parameters), ...size.value]) : size;
  },
  weights: ([input = []], parameters) => {
    const channels = input[0] ?? 1;
    const shape = [countOf(parameters), channels, ...pairOf(parameters.kernelSize)];
    return [{ name: 'weight', shape, role: 'buffer', initializer: { kind: 'fixed', valueAt: filterBank(parameters, channels) } }];
  },
  forward: ({ weights }, inputs, parameters) => convolve(inputs, weightOf(weights, 'weight'), null, convolutionOf(parameters)),
  onnx: ({ inputs, output, weights, inputShapes: [image = []] }, parameters) =>
    onnxConvolution([...inputs, weightOf(weights, 'weight')], output, image, convolutionOf(parameters)),
  keras: (context, parameters) => kerasConvolution(context, convolutionOf(parameters), false, true),
  pytorch: ([image = []], parameters) => {
    const { module, call } = pytorchConvolution(image, countOf(parameters), false, convolutionOf(parameters));
    return { module: `${module}.requires_grad_(False)`, call };
  },
  samples: [
    {
      name: 'a grey image',
      inputShapes: [[1, 6, 7]],
      parameters: {
        orientations: 3,
        phases: 'both',
        kernelSize: [5, 5],
        wavelength: 4,
        deviation: 2,
        aspect: 0.5,
        stride: [1, 1],
        paddingMode: 'same',
      },
    },
    {
      name: 'colours, stride',
      inputShapes: [[3, 6, 5]],
      parameters: {
        orientations: 2,
        phases: 'odd',
        kernelSize: [3, 4],
        wavelength: 3,
        deviation: 1.5,
        aspect: 1,
        stride: [2, 1],
        paddingMode: 'valid',
      },
    },
  ],
});
