/** The graph that a model of Keras is said in before it becomes a document: operators of ONNX, with the layer's name on each. */
import type { Shape } from '../../../../compute/graph/tensor';
import { Refusal } from '../../models/imported-model';
import { transposed } from '../../onnx/import/constants';
import type { OnnxAttribute, OnnxGraphNode } from '../../onnx/onnx-model';
import type { OnnxTensor } from '../../onnx/onnx-tensor';
import type { Hdf5Array } from '../../hdf5/hdf5';
import type { KerasCall } from './keras-model';

type AttributeValue = number | string | readonly number[] | { readonly float: number } | { readonly texts: readonly string[] };

export interface GraphWriter {
  readonly nodes: OnnxGraphNode[];
  readonly tensors: OnnxTensor[];
  /** How many axes each value has, the batch's among them. */
  readonly ranks: Map<string, number>;
}

export const createWriter = (): GraphWriter => ({ nodes: [], tensors: [], ranks: new Map() });

const attributeOf = (value: AttributeValue): OnnxAttribute => {
  if (typeof value === 'number') return { kind: 'integer', value };
  if (typeof value === 'string') return { kind: 'text', value };
  if ('float' in value) return { kind: 'float', value: value.float };
  if ('texts' in value) return { kind: 'texts', value: value.texts };
  return { kind: 'integers', value };
};

/** What the converter of a layer works with. */
export interface LayerWriter {
  readonly call: KerasCall;
  /** Names of the values that it takes. */
  readonly inputs: readonly string[];
  readonly rank: number;
  readonly node: (
    operator: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
    outputs?: number,
  ) => string;
  /** A constant; the name of a weight tells the node's. */
  readonly array: (name: string, shape: Shape, data: Float32Array) => string;
  readonly whole: (values: readonly number[]) => string;
  readonly scalar: (value: number) => string;
  /** The layer's own arrays, one after another. */
  readonly weight: () => Hdf5Array;
  readonly flag: (name: string, absent: boolean) => boolean;
  readonly number: (name: string, absent: number) => number;
  readonly text: (name: string, absent: string) => string;
  /** One or two numbers, for so many axes. */
  readonly sizes: (name: string, axes: number, absent: number) => number[];
  readonly approximate: (reason: string) => void;
}

export function layerWriter(
  writer: GraphWriter,
  call: KerasCall,
  weights: readonly Hdf5Array[] | null,
  approximate: (reason: string) => void,
): LayerWriter {
  let made = 0;
  let taken = 0;
  const { config } = call;
  const inputs = call.inputs;
  const name = (part: string): string => `${call.id}/${part}`;
  const tensor = (part: string, shape: Shape, data: Float32Array | Float64Array, type: number): string => {
    const full = name(part);
    writer.tensors.push({ name: full, shape, type, decode: () => data });
    return full;
  };
  return {
    call,
    inputs,
    rank: writer.ranks.get(inputs[0] ?? '') ?? 2,
    node: (operator, from, attributes = {}, outputs = 1) => {
      const results = Array.from({ length: outputs }, () => name(`value${String(made++)}`));
      const entries = Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)] as const);
      writer.nodes.push({ name: call.id, operator, domain: '', inputs: [...from], outputs: results, attributes: new Map(entries) });
      return results.at(-1) ?? '';
    },
    array: (part, shape, data) => tensor(part, shape, data, 1),
    whole: (values) => tensor(`whole${String(made++)}`, [values.length], Float64Array.from(values), 7),
    scalar: (value) => tensor(`number${String(made++)}`, [], Float32Array.of(value), 1),
    weight: () => {
      const found = weights?.[taken++];
      if (found === undefined)
        throw new Refusal(
          weights === null ? 'The file has no weights for it.' : `The file has only ${String(weights.length)} arrays for it.`,
        );
      return found;
    },
    flag: (key, absent) => (typeof config[key] === 'boolean' ? config[key] : absent),
    number: (key, absent) => (typeof config[key] === 'number' ? config[key] : absent),
    text: (key, absent) => (typeof config[key] === 'string' ? config[key] : absent),
    sizes: (key, axes, absent) => {
      const given = config[key];
      const values = Array.isArray(given) ? given.map(Number) : typeof given === 'number' ? [given] : [];
      return Array.from({ length: axes }, (_, axis) => values[values.length === 1 ? 0 : axis] ?? absent);
    },
    approximate,
  };
}

/** The array with its axes in another order. */
export function turnedArray({ shape, data }: Hdf5Array, order: readonly number[]): Hdf5Array {
  if (order.length !== shape.length)
    throw new Refusal(`An array of ${String(shape.length)} axes where one of ${String(order.length)} belongs.`);
  const turned = transposed({ kind: 'constant', type: 'float', shape, data, ofBatch: false, name: '' }, order);
  return { shape: turned.shape, data: Float32Array.from(turned.data) };
}
