/**
 * Cases that nobody chose: shapes and parameters drawn within the schemas of layers and the rules of operations, for
 * property tests. Sizes stay small, and 1 and primes are as likely as others.
 */
import fc from 'fast-check';
import { checkParameters, type ParameterSpecification, type ParameterValue, type ParameterValues } from '../graph/parameter-schema';
import { sizeOf, type Shape, type Tensor } from '../graph/tensor';
import type { LayerDefinition, LayerSample } from '../layers/layer';
import { add } from '../ops/add.op';
import { averagePool2d } from '../ops/average-pool-2d.op';
import { convolution2d } from '../ops/convolution-2d.op';
import { exp } from '../ops/exp.op';
import { matrixProduct } from '../ops/matrix-product.op';
import { maxPool2d } from '../ops/max-pool-2d.op';
import { multiply } from '../ops/multiply.op';
import { permute } from '../ops/permute.op';
import { reshape } from '../ops/reshape.op';
import { sum } from '../ops/sum.op';
import { tanh } from '../ops/tanh.op';
import { draw } from './draw';
import type { GivenTensor } from './evaluation';
import { conformanceCase, type ConformanceCase } from './operation-cases';

const size = fc.integer({ min: 1, max: 7 });
const wholeWithin = (minimum: number, maximum: number) => fc.integer({ min: minimum, max: Math.min(maximum, Math.max(minimum, 0) + 4) });

/** A value that the specification allows, and that keeps the tensors small. */
function valueOf(specification: ParameterSpecification): fc.Arbitrary<ParameterValue> {
  switch (specification.type) {
    case 'integer':
      return wholeWithin(specification.minimum, specification.maximum);
    case 'number': {
      const { minimum, maximum, scale, default: usual } = specification;
      const [least, greatest] =
        scale === 'logarithmic'
          ? [Math.max(minimum, usual / 4), Math.min(maximum, usual * 4)]
          : [Math.max(minimum, -2), Math.min(maximum, 2)];
      // Of three decimals: an end of the range, such as a probability of 1, is a case of its own.
      return fc.oneof(
        fc.constant(usual),
        fc.integer({ min: 1, max: 999 }).map((part) => least + ((greatest - least) * part) / 1000),
      );
    }
    case 'boolean':
      return fc.boolean();
    case 'choice':
      return fc.constantFrom(...specification.options.map(({ value }) => value));
    case 'integers':
      return fc.tuple(...specification.names.map(() => wholeWithin(specification.minimum, specification.maximum)));
    case 'shape': {
      const { minimumRank, maximumRank, minimum = 1, maximum = 65_536 } = specification;
      return fc.array(wholeWithin(minimum, maximum), { minLength: minimumRank, maxLength: Math.min(maximumRank, 4) });
    }
    default:
      return fc.constant(specification.default);
  }
}

const shapeOfSample: fc.Arbitrary<Shape> = fc.oneof(fc.tuple(size), fc.tuple(size, size), fc.tuple(size, size, size));

/** A sample of the layer: parameters within its schema, and inputs that it may or may not be able to take. */
export function drawnSample(definition: LayerDefinition): fc.Arbitrary<LayerSample<ParameterValues>> {
  const { parameters, inputs, tokens } = definition;
  const values = fc.record(Object.fromEntries(Object.entries(parameters).map(([name, specification]) => [name, valueOf(specification)])));
  const count = fc.integer({ min: inputs.minimum, max: Math.min(inputs.maximum, Math.max(inputs.minimum, 3)) });
  // Layers that merge mostly want equal shapes.
  const shapes = fc
    .tuple(count, fc.boolean(), fc.array(shapeOfSample, { minLength: 3, maxLength: 3 }))
    .map(([length, alike, drawn]) => Array.from({ length }, (_, index): Shape => (alike ? drawn[0] : drawn[index]) ?? [1]));
  return fc
    .record({ values, shapes, batch: fc.integer({ min: 1, max: 3 }), token: fc.nat({ max: 1000 }) })
    .map(({ values: given, shapes: inputShapes, batch, token }) => {
      const vocabulary = tokens?.takes?.(given);
      const name = `drawn ${JSON.stringify(given)} on ${JSON.stringify(inputShapes)}, batch of ${String(batch)}`;
      const sample = { name, inputShapes, parameters: given, batch };
      return vocabulary === undefined
        ? sample
        : {
            ...sample,
            tokens: Array.from({ length: batch * sizeOf(inputShapes[0] ?? []) }, (_, index) => (token + 7 * index) % vocabulary),
          };
    });
}

/** Whether the layer takes such parameters and inputs: those that it refuses, it refuses with a problem and not by throwing. */
export const isTaken = ({ parameters, shape }: LayerDefinition, sample: LayerSample<ParameterValues>): boolean =>
  checkParameters(parameters, sample.parameters).ok && shape(sample.inputShapes, sample.parameters).ok;

const given = (name: string, shape: Shape): GivenTensor => ({ shape, type: 'f32', data: draw(name, shape, [-2, 2]) });

const drawnCase = (name: string, shapes: readonly Shape[], build: (inputs: readonly Tensor[]) => Tensor): ConformanceCase =>
  conformanceCase(
    name,
    shapes.map((shape, position) => given(`${name} ${String(position)}`, shape)),
    (inputs) => [build(inputs)],
    true,
  );

/** Of a tuple that `drawnCase` made. */
const at = (inputs: readonly Tensor[], position: number): Tensor => {
  const tensor = inputs[position];
  if (tensor === undefined) throw new TypeError(`There is no input ${String(position)}.`);
  return tensor;
};

const length = fc.integer({ min: 1, max: 41 });

const matrixProducts = fc
  .record({
    rows: length,
    depth: length,
    columns: length,
    batch: fc.integer({ min: 0, max: 3 }),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
  })
  .map(({ rows, depth, columns, batch, transposeA, transposeB }) => {
    const stack = batch === 0 ? [] : [batch];
    const a = [...stack, ...(transposeA ? [depth, rows] : [rows, depth])];
    const b = [...stack, ...(transposeB ? [columns, depth] : [depth, columns])];
    const name = `product of ${a.join('×')} and ${b.join('×')}, ${String(transposeA)}, ${String(transposeB)}`;
    return drawnCase(name, [a, b], (inputs) => matrixProduct(at(inputs, 0), at(inputs, 1), { transposeA, transposeB }));
  });

const pair = (least: number, greatest: number) =>
  fc.tuple(fc.integer({ min: least, max: greatest }), fc.integer({ min: least, max: greatest }));

const convolutions = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    groups: fc.integer({ min: 1, max: 3 }),
    inputs: fc.integer({ min: 1, max: 4 }),
    outputs: fc.integer({ min: 1, max: 4 }),
    image: pair(1, 13),
    kernel: pair(1, 5),
    stride: pair(1, 3),
    padding: pair(0, 3),
    dilation: pair(1, 2),
  })
  .filter(({ image, kernel, padding, dilation }) =>
    image.every((side, axis) => side + 2 * (padding[axis] ?? 0) > (dilation[axis] ?? 1) * ((kernel[axis] ?? 1) - 1)),
  )
  .map(({ batch, groups, inputs, outputs, image, kernel, ...options }) => {
    const x = [batch, inputs * groups, ...image];
    const weight = [outputs * groups, inputs, ...kernel];
    const name = `convolution of ${x.join('×')} with ${weight.join('×')} ${JSON.stringify(options)}`;
    return drawnCase(name, [x, weight], (tensors) => convolution2d(at(tensors, 0), at(tensors, 1), { ...options, groups }));
  });

const pools = fc
  .record({
    maximum: fc.boolean(),
    planes: pair(1, 3),
    image: pair(1, 11),
    kernelSize: pair(1, 4),
    stride: pair(1, 4),
    padding: pair(0, 2),
  })
  .filter(({ image, kernelSize, padding }) =>
    image.every((side, axis) => {
      const [window = 1, margin = 0] = [kernelSize[axis], padding[axis]];
      return 2 * margin <= window && side + 2 * margin >= window;
    }),
  )
  .map(({ maximum, planes, image, ...options }) => {
    const name = `${maximum ? 'maximum' : 'average'} over ${[...planes, ...image].join('×')} ${JSON.stringify(options)}`;
    return drawnCase(name, [[...planes, ...image]], (inputs) => (maximum ? maxPool2d : averagePool2d)(at(inputs, 0), options));
  });

const reductions = fc
  .record({ shape: fc.array(fc.integer({ min: 1, max: 13 }), { minLength: 1, maxLength: 4 }), chosen: fc.nat({ max: 15 }) })
  .map(({ shape, chosen }) => {
    const axes = shape.flatMap((_, axis) => ((chosen >> axis) & 1 ? [axis] : []));
    // Broadcasting back, so that the reduction stands amid an elementwise chain.
    const kept = shape.map((side, axis) => (axes.includes(axis) ? 1 : side));
    return drawnCase(`sum of ${shape.join('×')} along ${axes.join()}`, [shape], (inputs) => {
      const x = at(inputs, 0);
      return multiply(tanh(x), reshape(sum(exp(x), axes), kept));
    });
  });

const views = fc.record({ shape: fc.array(size, { minLength: 2, maxLength: 4 }), seed: fc.nat({ max: 1000 }) }).map(({ shape, seed }) => {
  const order = shape.map((_, axis) => axis).sort((a, b) => ((a * 7 + seed) % 5) - ((b * 7 + seed) % 5) || a - b);
  return drawnCase(`${shape.join('×')} turned to ${order.join()}`, [shape, [sizeOf(shape)]], (inputs) => {
    const turned = permute(at(inputs, 0), order);
    return add(reshape(turned, [sizeOf(shape)]), at(inputs, 1));
  });
});

/** Operations on shapes and attributes that nobody chose. */
export const drawnOperations = fc.oneof(matrixProducts, convolutions, pools, reductions, views);
