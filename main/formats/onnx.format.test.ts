import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { env, InferenceSession, Tensor as OnnxTensor } from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelDocument } from '../../compute/graph/model-document';
import { sizeOf } from '../../compute/graph/tensor';
import { analyseNetwork } from '../../compute/layers/network';
import lenet from '../../resources/templates/lenet-5.json';
import residual from '../../resources/templates/residual.json';
import { format, writeOnnx } from './onnx.format';
import { ModelProtoSchema } from './onnx/onnx_pb';
import { drawSamples, drawWeights, layerNetworks, network, node, reference } from './testing/networks';

// The templates are documents of the current version; templates.ts checks them all when it is loaded.
const documents: readonly ModelDocument[] = [
  ...layerNetworks,
  lenet.content.document as unknown as ModelDocument,
  residual.content.document as unknown as ModelDocument,
];

const bytesOf = (document: ModelDocument): Uint8Array => {
  const outcome = writeOnnx({ document, weights: drawWeights(document) });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problem));
  return outcome.value;
};

beforeAll(() => {
  env.wasm.numThreads = 1;
  env.logLevel = 'error';
});

describe('onnxruntime computes what Hebb computes', () => {
  it.each(documents.map((document) => [document.name, document] as const))('%s', async (_name, document) => {
    const { input, output, nodes } = analyseNetwork(document);
    const session = await InferenceSession.create(bytesOf(document));
    expect(session.inputNames).toEqual([input]);
    expect(session.outputNames).toEqual([output]);
    // The batch axis is free.
    for (const batch of [1, 3]) {
      const { shape, data: sample, tokens } = drawSamples(document, batch);
      const feed = tokens
        ? new OnnxTensor('int64', BigInt64Array.from(sample, BigInt), shape)
        : new OnnxTensor('float32', Float32Array.from(sample), shape);
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
