/** The average of as many windows as are asked for, as PyTorch's AdaptiveAvgPool2d. */
import { success } from '../graph/problem';
import { adaptiveAveragePool2d } from '../ops/adaptive-average-pool-2d.op';
import { inputOf } from './arguments';
import { onnxConstant, onnxIntegers } from './elementwise-layer';
import { turned } from './keras';
import { alongKerasAxis } from './keras-parts';
import { defineLayer, type OnnxNode } from './layer';
import { imageOf, kernelSizeParameter, pairOf, tuple } from './window';

const label = 'Adaptive average pool';

/** Rows of the matrix that averages `length` numbers to `count`, row-major: 1 over the size of its window within it. */
function averagingMatrix(count: number, length: number): number[] {
  return Array.from({ length: count * length }, (_, place) => {
    const row = Math.floor(place / length);
    const first = Math.floor((row * length) / count);
    const end = Math.ceil(((row + 1) * length) / count);
    return place % length >= first && place % length < end ? 1 / (end - first) : 0;
  });
}

/** A matrix that stands in the file; `order` gives the axes of [count, length] as they are needed. */
const matrixNodes = (name: string, count: number, length: number, order: 'plain' | 'transposed'): readonly OnnxNode[] => [
  onnxConstant(`${name}/numbers`, averagingMatrix(count, length)),
  onnxIntegers(`${name}/shape`, [count, length]),
  {
    operator: 'Reshape',
    inputs: [`${name}/numbers`, `${name}/shape`],
    outputs: [order === 'plain' ? name : `${name}/plain`],
    attributes: {},
  },
  ...(order === 'plain'
    ? []
    : [{ operator: 'Transpose', inputs: [`${name}/plain`], outputs: [name], attributes: { perm: [1, 0] } } as const]),
];

export const layer = defineLayer({
  kind: 'adaptive-average-pool',
  version: 1,
  label,
  group: 'pooling',
  help: 'Averages an image of any size down to the size that is asked for: its windows adapt.',
  formula: 'y[c, i, j] = mean of x[c, h, w] over ⌊i·H / H′⌋ ≤ h < ⌈(i + 1)·H / H′⌉, and w likewise',
  parameters: { outputSize: { ...kernelSizeParameter('Output size', 7), help: 'Height and width of the result.' } },
  inputs: { minimum: 1, maximum: 1 },
  shape: (inputs, { outputSize }) => {
    const image = imageOf(label, inputs);
    return image.ok ? success([image.value[0], ...outputSize]) : image;
  },
  weights: () => [],
  forward: (_context, inputs, { outputSize }) => ({ output: adaptiveAveragePool2d(inputOf(inputs), pairOf(outputSize)) }),
  // ONNX has no such operator: both axes are multiplied with a matrix that averages.
  onnx: ({ inputs: [input = ''], output, inputShapes: [[, height = 1, width = 1] = []] }, { outputSize }) => {
    const [rows, columns] = pairOf(outputSize);
    return [
      ...matrixNodes(`${output}/rows`, rows, height, 'plain'),
      ...matrixNodes(`${output}/columns`, columns, width, 'transposed'),
      { operator: 'MatMul', inputs: [`${output}/rows`, input], outputs: [`${output}/shrunk`], attributes: {} },
      { operator: 'MatMul', inputs: [`${output}/shrunk`, `${output}/columns`], outputs: [output], attributes: {} },
    ];
  },
  keras: (context, { outputSize }) => {
    const [, height = 1, width = 1] = context.inputShapes[0] ?? [];
    const [rows, columns] = pairOf(outputSize);
    const averages = (count: number, length: number) =>
      turned({ shape: [count, length], data: () => Float32Array.from(averagingMatrix(count, length)) });
    const shorter = alongKerasAxis(context, inputOf(context.inputs), 0, averages(rows, height));
    return alongKerasAxis(context, shorter, 1, averages(columns, width));
  },
  pytorch: (_inputs, { outputSize }) => ({
    call: (_self, inputs) => `F.adaptive_avg_pool2d(${inputs.join(', ')}, ${tuple(outputSize)})`,
  }),
  samples: [
    { name: 'even windows', inputShapes: [[2, 6, 4]], parameters: { outputSize: [3, 2] } },
    { name: 'uneven windows', inputShapes: [[2, 7, 5]], parameters: { outputSize: [3, 2] } },
    { name: 'a larger image', inputShapes: [[1, 2, 3]], parameters: { outputSize: [4, 3] } },
  ],
});
