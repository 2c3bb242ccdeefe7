/** The samples of all layers as cases: forward pass in both modes, with gradients by inputs and weights. */
import { streamKey } from '../graph/philox';
import { unwrap } from '../graph/problem';
import { type Shape, type Tensor } from '../graph/tensor';
import { initialValues } from '../initializers/registry';
import { layers } from '../layers/registry';
import type { ForwardContext, ForwardResult, LayerDefinition, LayerSample, WeightSpecification } from '../layers/layer';
import type { ParameterValues } from '../graph/parameter-schema';
import { constant } from '../ops/constant.op';
import { randomUniform } from '../ops/random-uniform.op';
import { broadcastTo } from '../ops/elementwise';
import { iota } from '../ops/iota.op';
import { add } from '../ops/add.op';
import { draw } from './draw';
import { inputTensors, type GivenTensor } from './evaluation';
import { conformanceCase, type ConformanceCase } from './operation-cases';

export interface LayerCase extends ConformanceCase {
  readonly definition: LayerDefinition;
  readonly sample: LayerSample<ParameterValues>;
  readonly mode: ForwardContext['mode'];
  readonly batch: number;
  readonly sampleShapes: readonly Shape[];
  readonly specifications: readonly WeightSpecification[];
  /** It draws random numbers: another program draws others. */
  readonly random: boolean;
  /** Predicted, without the batch. */
  readonly predicted: Shape;
  /** Names of the buffers whose new values follow the output among the results. */
  readonly buffers: readonly string[];
}

/** Values near the initial ones, but no two alike: a layer that ignores a weight of ones would pass unnoticed. */
function drawWeight(name: string, { shape, initializer }: WeightSpecification): Float64Array {
  const jitter = draw(name, shape, [-0.3, 0.3]);
  return initialValues(initializer, shape, 1, name).map((value, index) => Math.fround(value + (jitter[index] ?? 0)));
}

/** One set of parameters of a layer in one mode. Throws where the layer refuses the shapes or parameters. */
export function layerCase(definition: LayerDefinition, sample: LayerSample<ParameterValues>, mode: ForwardContext['mode']): LayerCase {
  const name = `${definition.kind}: ${sample.name}, ${mode}`;
  const { parameters, inputShapes, batch = 3 } = sample;
  const predicted = unwrap(definition.shape(inputShapes, parameters));
  const specifications = definition.weights(inputShapes, parameters);
  // An input node is given the sample that it announces.
  const sampleShapes = definition.inputs.maximum === 0 ? [predicted] : inputShapes;
  const inputs: GivenTensor[] = [
    ...sampleShapes.map((shape, position): GivenTensor =>
      sample.tokens
        ? { shape: [batch, ...shape], type: 'i32', data: Float64Array.from(sample.tokens) }
        : { shape: [batch, ...shape], type: 'f32', data: draw(`${name} ${String(position)}`, [batch, ...shape], [-2, 2]) },
    ),
    ...specifications.map((specification) => ({
      shape: specification.shape,
      type: 'f32' as const,
      data: drawWeight(`${name} ${specification.name}`, specification),
    })),
  ];
  let calls = 0;
  const compute = (tensors: readonly Tensor[]): ForwardResult => {
    calls = 0;
    const weights = Object.fromEntries(
      specifications.flatMap((specification, position) => {
        const tensor = tensors[sampleShapes.length + position];
        return tensor === undefined ? [] : [[specification.name, tensor]];
      }),
    );
    const seed = add(iota([2], 0), constant(7, [2], 'i32'));
    const random = (shape: Shape) =>
      randomUniform(seed, broadcastTo(constant(3, [], 'i32'), [1]), streamKey(`${name} ${String(calls++)}`), shape);
    return definition.forward({ mode, weights, random }, tensors.slice(0, sampleShapes.length), parameters);
  };
  // A layer updates all of its buffers in training, or none: a bank of filters stays as it is.
  const updates = compute(inputTensors(inputs)).buffers !== undefined;
  const drawing = calls > 0;
  const buffers = updates ? specifications.filter(({ role }) => role === 'buffer').map((specification) => specification.name) : [];
  const build = (tensors: readonly Tensor[]): readonly Tensor[] => {
    const result = compute(tensors);
    const updated = buffers.map((buffer) => {
      const tensor = result.buffers?.[buffer];
      if (tensor === undefined) throw new TypeError(`${name}: the buffer ${buffer} was not updated.`);
      return tensor;
    });
    return [result.output, ...updated];
  };
  return {
    ...conformanceCase(name, inputs, build, true),
    definition,
    sample,
    mode,
    batch,
    sampleShapes,
    specifications,
    random: drawing,
    predicted,
    buffers,
  };
}

/** Every sample of every layer, in training and in evaluation. */
export const layerCases: readonly LayerCase[] = [...layers.values()].flatMap((definition) =>
  definition.samples.flatMap((sample) => [
    // Registered samples passed through defineLayer, which checked them against the schema.
    layerCase(definition, sample, 'train'),
    layerCase(definition, sample, 'evaluate'),
  ]),
);
