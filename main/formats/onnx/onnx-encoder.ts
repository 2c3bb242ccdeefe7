/** A graph of ONNX's nodes as the bytes of a model: float32, opset 17, the batch axis free. It knows no layers. */
import { create, toBinary } from '@bufbuild/protobuf';
import type { SafetensorsEntry } from '../../../compute/graph/safetensors';
import type { Shape } from '../../../compute/graph/tensor';
import type { OnnxNode } from '../../../compute/layers/layer';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './onnx_pb';

/** ONNX 1.12, which brought opset 17, has IR version 8. */
const irVersion = 8n;
const opset = 17n;
const batchName = 'batch';

export interface NamedOnnxNode {
  readonly name: string;
  readonly node: OnnxNode;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly NamedOnnxNode[];
  readonly initializers: readonly SafetensorsEntry[];
  /** Shapes of one sample. Tokens are whole numbers. */
  readonly input: { readonly name: string; readonly shape: Shape; readonly tokens: boolean };
  readonly output: { readonly name: string; readonly shape: Shape };
  /** What is told of the model, by key. */
  readonly metadata?: Readonly<Record<string, string>>;
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

/** The model as bytes. */
export function encodeOnnx({ name, nodes, initializers, input, output, metadata = {} }: OnnxGraph): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion,
    producerName: 'hebb',
    opsetImport: [{ domain: '', version: opset }],
    metadataProps: Object.entries(metadata).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
    graph: {
      name,
      node: nodes.map(({ name: nodeName, node }) => nodeProto(nodeName, node)),
      initializer: initializers.map(initializer),
      input: [valueInfo(input.name, input.shape, input.tokens ? DataType.INT64 : DataType.FLOAT)],
      output: [valueInfo(output.name, output.shape)],
    },
  });
  return toBinary(ModelProtoSchema, model);
}
