import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { env, InferenceSession, Tensor as OnnxTensor } from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelDocument, ModelNode } from '../../compute/graph/model-document';
import type { SafetensorsEntry } from '../../compute/graph/safetensors';
import { sizeOf, type Shape } from '../../compute/graph/tensor';
import { openReferenceDevice } from '../../compute/devices/reference/reference-device';
import { initialValues } from '../../compute/initializers/registry';
import { analyseNetwork, buildNetwork, weightsOf } from '../../compute/layers/network';
import { layers } from '../../compute/layers/registry';
import { draw } from '../../compute/testing/draw';
import { evaluateOnce, type GivenTensor } from '../../compute/testing/evaluation';
import lenet from '../../resources/templates/lenet-5.json';
import residual from '../../resources/templates/residual.json';
import { format, writeOnnx } from './onnx.format';
import { ModelProtoSchema } from './onnx/onnx_pb';

const node = (id: string, kind: string, parameters: ModelNode['parameters'] = {}): ModelNode => ({ id, kind, version: 1, parameters });

/** Edges are `from to` or `from to port`. */
const network = (name: string, nodes: readonly ModelNode[], edges: readonly string[]): ModelDocument => ({
  format: 'hebb-model',
  version: 1,
  name,
  nodes,
  edges: edges.map((edge) => {
    const [from = '', to = '', port = '0'] = edge.split(' ');
    return { from, to, port: Number(port) };
  }),
});

/** Every sample of every layer with one input, behind a layer with weights: a network must have something to learn. */
const singleLayers: readonly ModelDocument[] = [...layers.values()].flatMap(({ kind, inputs, samples }) =>
  inputs.minimum !== 1 || inputs.maximum !== 1
    ? []
    : samples.map((sample) =>
        // Tokens go into the layer itself, which has weights then.
        sample.tokens
          ? network(
              `${kind}: ${sample.name}`,
              [
                node('input', 'input', { shape: [...(sample.inputShapes[0] ?? [])], content: 'tokens', vocabulary: 2 }),
                node('layer', kind, sample.parameters as ModelNode['parameters']),
              ],
              ['input layer'],
            )
          : network(
              `${kind}: ${sample.name}`,
              // Parameters of a sample are those of its layer's schema: plain values.
              [
                node('input', 'input', { shape: [...(sample.inputShapes[0] ?? [])] }),
                [1, 3].includes(sample.inputShapes[0]?.length ?? 0) ? node('norm', 'batch-norm') : node('norm', 'parametric-relu'),
                node('layer', kind, sample.parameters as ModelNode['parameters']),
              ],
              ['input norm', 'norm layer'],
            ),
      ),
);

const merging: readonly ModelDocument[] = [
  network(
    'add: three ways',
    [
      node('input', 'input', { shape: [2, 4, 4] }),
      node('a', 'conv2d', { outChannels: 2, kernelSize: [1, 1] }),
      node('b', 'sigmoid'),
      node('sum', 'add'),
    ],
    ['input a', 'input b', 'a sum 0', 'b sum 1', 'input sum 2'],
  ),
  network(
    'multiply: three ways',
    [
      node('input', 'input', { shape: [2, 4, 4] }),
      node('a', 'conv2d', { outChannels: 2, kernelSize: [1, 1] }),
      node('b', 'sigmoid'),
      node('product', 'multiply'),
    ],
    ['input a', 'input b', 'a product 0', 'b product 1', 'input product 2'],
  ),
  ...[
    'x * sigmoid(x) + y^2',
    'exp(-abs(x)) * sin(y) - min(x, 0.5) / (1 + y^2)',
    '-(x - 2.5e-1)^3 + softplus(y) * sign(x) + sqrt(y^2 + 1)',
  ].map((formula) =>
    network(
      `expression: ${formula}`,
      [node('input', 'input', { shape: [4] }), node('dense', 'dense', { units: 4 }), node('own', 'expression', { formula })],
      ['input dense', 'input own 0', 'dense own 1'],
    ),
  ),
  network(
    'attention: a sequence at itself',
    [node('input', 'input', { shape: [3, 4] }), node('attention', 'multi-head-attention', { heads: 2, causal: true })],
    ['input attention 0'],
  ),
  network(
    'attention: a sequence at another',
    [
      node('input', 'input', { shape: [3, 4] }),
      node('other', 'dense', { units: 4 }),
      node('attention', 'multi-head-attention', { heads: 2, causal: false }),
    ],
    ['input other', 'input attention 0', 'other attention 1'],
  ),
  network(
    'concat: channels, in the order of the ports',
    [
      node('input', 'input', { shape: [2, 4, 4] }),
      node('a', 'conv2d', { outChannels: 3, kernelSize: [1, 1] }),
      node('both', 'concat', { axis: 0 }),
    ],
    ['input both 1', 'a both 0', 'input a'],
  ),
  network(
    'concat: the last axis',
    [node('input', 'input', { shape: [1, 2, 3] }), node('norm', 'batch-norm'), node('both', 'concat', { axis: -1 })],
    ['input norm', 'input both 0', 'norm both 1'],
  ),
];

// The templates are documents of the current version; templates.ts checks them all when it is loaded.
const documents: readonly ModelDocument[] = [
  ...singleLayers,
  ...merging,
  lenet.content.document as unknown as ModelDocument,
  residual.content.document as unknown as ModelDocument,
];

function drawWeights(document: ModelDocument): SafetensorsEntry[] {
  return weightsOf(document).map(({ name, specification: { shape, initializer } }) => {
    const jitter = draw(name, shape, [-0.1, 0.1]);
    return {
      name,
      shape,
      data: Float32Array.from(initialValues(initializer, shape, 1, name), (value, index) => value + (jitter[index] ?? 0)),
    };
  });
}

const bytesOf = (document: ModelDocument): Uint8Array => {
  const outcome = writeOnnx({ document, weights: drawWeights(document) });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problem));
  return outcome.value;
};

const given = (shape: Shape, data: ArrayLike<number>): GivenTensor => ({ shape, type: 'f32', data: Float64Array.from(data) });

/** What Hebb's float64 reference makes of a batch. */
async function reference(document: ModelDocument, shape: Shape, sample: Float64Array): Promise<Float64Array> {
  const weights = drawWeights(document);
  const { nodes, input: start } = analyseNetwork(document);
  const isTokens = (nodes.get(start ?? '')?.vocabulary ?? null) !== null;
  const [output = new Float64Array(0)] = await evaluateOnce(
    openReferenceDevice(),
    [{ shape, type: isTokens ? 'i32' : 'f32', data: sample }, ...weights.map((weight) => given(weight.shape, weight.data))],
    ([input, ...tensors]) => {
      if (input === undefined) throw new Error('no input');
      const named = new Map(weights.map(({ name }, index) => [name, tensors[index] ?? input]));
      const random = (): never => {
        throw new Error('evaluation draws nothing');
      };
      return [buildNetwork(document, { mode: 'evaluate', input, weights: named, random }).output];
    },
  );
  return output;
}

beforeAll(() => {
  env.wasm.numThreads = 1;
  env.logLevel = 'error';
});

describe('onnxruntime computes what Hebb computes', () => {
  it.each(documents.map((document) => [document.name, document] as const))('%s', async (_name, document) => {
    const { input, output, nodes } = analyseNetwork(document);
    const sampleShape = nodes.get(input ?? '')?.outputShape ?? [];
    const session = await InferenceSession.create(bytesOf(document));
    expect(session.inputNames).toEqual([input]);
    expect(session.outputNames).toEqual([output]);
    // The batch axis is free.
    for (const batch of [1, 3]) {
      const shape = [batch, ...sampleShape];
      const vocabulary = nodes.get(input ?? '')?.vocabulary ?? null;
      const drawn = draw(`${document.name} ${String(batch)}`, shape, vocabulary === null ? [-1, 1] : [0, vocabulary]);
      const sample = vocabulary === null ? drawn : drawn.map(Math.floor);
      const feed =
        vocabulary === null
          ? new OnnxTensor('float32', Float32Array.from(sample), shape)
          : new OnnxTensor('int64', BigInt64Array.from(sample, BigInt), shape);
      const results = await session.run({ [input ?? '']: feed });
      const result = results[session.outputNames[0] ?? ''];
      expect(result?.dims).toEqual([batch, ...(nodes.get(output ?? '')?.outputShape ?? [])]);
      const actual = Float64Array.from(result?.data as Float32Array);
      const expected = await reference(document, shape, sample);
      // 1e-4: what the export promises. float32 sums of up to 400 terms of size 1 stay a hundred times below.
      const worst = expected.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (actual[index] ?? NaN))), 0);
      expect(actual.length).toBe(sizeOf(result?.dims ?? []));
      expect(worst).toBeLessThan(1e-4);
    }
    await session.release();
  });
});

it('is what the checker of ONNX accepts, with inferred shapes that agree', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hebb-onnx-'));
  try {
    documents.forEach((document, index) => {
      writeFileSync(join(folder, `${String(index)}.onnx`), bytesOf(document));
    });
    const script = `
import glob, onnx, sys
for path in sorted(glob.glob(sys.argv[1] + '/*.onnx')):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    assert model.opset_import[0].version == 17 and model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == 'batch'
    print(path)
`;
    const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', script, folder], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n').length).toBe(documents.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('the file', () => {
  const document = documents.find(({ name }) => name === 'LeNet-5') ?? expect.unreachable('no LeNet-5');
  const bytes = bytesOf(document);
  const { graph } = fromBinary(ModelProtoSchema, bytes);

  it('keeps the names of nodes and weights and every bit of the weights', () => {
    expect(graph?.node.map(({ name }) => name)).toEqual(analyseNetwork(document).order.filter((id) => id !== 'input'));
    const weights = drawWeights(document);
    expect(graph?.initializer.map(({ name }) => name)).toEqual(weights.map(({ name }) => name));
    graph?.initializer.forEach(({ rawData, dims }, index) => {
      const weight = weights[index] ?? expect.unreachable('a weight too many');
      expect(dims.map(Number)).toEqual(weight.shape);
      expect(new Float32Array(rawData.slice().buffer)).toEqual(weight.data);
    });
  });

  it('is the same for the same model, and looks like ONNX', () => {
    expect(Buffer.compare(bytes, bytesOf(document))).toBe(0);
    expect(format.probe(bytes)).toBe(true);
    expect(format.probe(readFileSync(new URL('../../resources/templates/lenet-5.json', import.meta.url)))).toBe(false);
  });
});

describe('what cannot be written', () => {
  const document = network('n', [node('input', 'input', { shape: [3] }), node('out', 'dense', { units: 2 })], ['input out']);
  const weights = drawWeights(document);

  it.each([
    ['a weight is missing', document, weights.slice(1), { code: 'export.weight-missing', node: 'out' }],
    [
      'a weight has another shape',
      document,
      weights.map((weight) => ({ ...weight, shape: [3, 2] })),
      { code: 'export.weight-shape', node: 'out' },
    ],
    [
      'a weight is unknown',
      document,
      [...weights, { name: 'other.weight', shape: [1], data: new Float32Array(1) }],
      { code: 'export.weight-unknown' },
    ],
    [
      'the network is not valid',
      network('n', [node('input', 'input', { shape: [3] }), node('out', 'dense', { units: 0 })], ['input out']),
      weights,
      { node: 'out' },
    ],
  ])('%s', (_name, wrong, given_, problem) => {
    expect(writeOnnx({ document: wrong, weights: given_ })).toMatchObject({ ok: false, problem });
  });
});
