/**
 * ONNX (https://onnx.ai/onnx/repo-docs/IR.html), written from a model document and its weights: opset 17, float32, the
 * batch axis free. Values carry the names of their nodes, weights theirs. How a layer is said stands in its own file.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import type { ModelDocument } from '../../compute/graph/model-document';
import { failure, success, type Outcome } from '../../compute/graph/problem';
import type { SafetensorsEntry } from '../../compute/graph/safetensors';
import type { Shape } from '../../compute/graph/tensor';
import type { OnnxNode } from '../../compute/layers/layer';
import { analyseNetwork, nodesOf, weightName, type NetworkNode } from '../../compute/layers/network';
import { defineFormat } from './format';
import { matchWeights } from './network-weights';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './onnx/onnx_pb';

/** ONNX 1.12, which brought opset 17, has IR version 8. */
const irVersion = 8n;
const opset = 17n;
const batchName = 'batch';

export interface OnnxExport {
  readonly document: ModelDocument;
  readonly weights: readonly SafetensorsEntry[];
}

function attribute(name: string, value: OnnxNode['attributes'][string]): AttributeProto {
  if (typeof value === 'string')
    return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) });
  if (typeof value === 'number') return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  if ('strings' in value) {
    const strings = value.strings.map((text) => new TextEncoder().encode(text));
    return create(AttributeProtoSchema, { name, type: AttributeType.STRINGS, strings });
  }
  if ('floats' in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOATS, floats: [...value.floats] });
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

const nodeProto = (name: string, { operator, inputs, outputs, attributes }: OnnxNode): NodeProto =>
  create(NodeProtoSchema, {
    name,
    opType: operator,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
  });

/** Tokens are int64 there, as other frameworks write indices. */
const valueInfo = (name: string, shape: Shape, elemType = DataType.FLOAT): ValueInfoProto =>
  create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType,
          shape: {
            dim: [
              { value: { case: 'dimParam', value: batchName } },
              ...shape.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } })),
            ],
          },
        },
      },
    },
  });

function initializer({ name, shape, data }: SafetensorsEntry): TensorProto {
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: DataType.FLOAT,
    // Little-endian, as the format and every platform of Hebb are.
    rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  });
}

/** What a node's layer says, with the node named where it cannot. */
function sayNode({ id, definition, parameters, inputs, inputShapes, outputShape, weights }: NetworkNode): Outcome<readonly OnnxNode[]> {
  const names = Object.fromEntries(weights.map(({ name }) => [name, weightName(id, name)]));
  try {
    return success(definition.onnx({ inputs, output: id, weights: names, inputShapes, outputShape }, parameters));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failure('onnx.unsupported', { node: id, kind: definition.kind, reason }, { node: id });
  }
}

/**
 * The model as bytes. Problems: those of the document, export.weight-missing, export.weight-shape, export.weight-unknown,
 * onnx.unsupported, onnx.name-taken; all but export.weight-unknown name the node.
 */
export function writeOnnx({ document, weights }: OnnxExport): Outcome<Uint8Array> {
  const given = matchWeights(document, weights);
  if (!given.ok) return given;
  const analysis = analyseNetwork(document);
  const { input, output } = analysis;
  if (input === null || output === null) throw new TypeError('a valid network has an input and an output');

  const shapeOf = (id: string): Shape => analysis.nodes.get(id)?.outputShape ?? [];
  const nodes: NodeProto[] = [];
  const names = new Set<string>([input, ...given.value.map(({ name }) => name)]);
  for (const node of nodesOf(document)) {
    if (node.id === input) continue;
    const said = sayNode(node);
    if (!said.ok) return said;
    for (const [index, onnxNode] of said.value.entries()) {
      for (const name of onnxNode.outputs) {
        if (names.has(name)) return failure('onnx.name-taken', { node: node.id, name }, { node: node.id });
        names.add(name);
      }
      nodes.push(nodeProto(said.value.length === 1 ? node.id : `${node.id}/${String(index)}`, onnxNode));
    }
  }
  const model = create(ModelProtoSchema, {
    irVersion,
    producerName: 'hebb',
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      name: document.name === '' ? 'network' : document.name,
      node: nodes,
      initializer: given.value.map(initializer),
      input: [valueInfo(input, shapeOf(input), analysis.nodes.get(input)?.vocabulary === null ? DataType.FLOAT : DataType.INT64)],
      output: [valueInfo(output, shapeOf(output))],
    },
  });
  return success(toBinary(ModelProtoSchema, model));
}

export const format = defineFormat({
  name: 'onnx',
  label: 'ONNX',
  extensions: ['.onnx'],
  /** Field 1 of ModelProto, the IR version, comes first in files of all known writers; it is a small number. */
  probe: (head) => head[0] === 0x08 && (head[1] ?? 0) >= 3 && (head[1] ?? 0) <= 32,
  write: writeOnnx,
});
