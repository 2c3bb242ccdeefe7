/**
 * An ONNX file as plain data (https://onnx.ai/onnx/repo-docs/IR.html), bounds checked: what stands in it, not what it
 * means. Tensors are decoded when they are asked for.
 */
import { failure, success, type Outcome } from '../../../compute/graph/problem';
import { addFloats, addWholes, DamagedFile, fieldsOf, floatIn, spanIn, spanOf, textIn, wholeIn, type Span } from './protobuf';
import { readTensor, type OnnxTensor } from './onnx-tensor';

export const LARGEST_GRAPH = 10_000;
const LARGEST_LIST = 100_000;
const LARGEST_NODE = 4096;

export type OnnxAttribute =
  | { readonly kind: 'float' | 'integer'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: OnnxTensor }
  | { readonly kind: 'floats' | 'integers'; readonly value: readonly number[] }
  | { readonly kind: 'texts'; readonly value: readonly string[] }
  /** Graphs in graphs, sparse tensors, types. */
  | { readonly kind: 'other' };

export interface OnnxGraphNode {
  readonly name: string;
  readonly operator: string;
  /** '' is ONNX's own. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

export interface OnnxValueInfo {
  readonly name: string;
  /** TensorProto.DataType; 0 where it is no tensor. */
  readonly type: number;
  /** Names for sizes that are open, null where nothing is said; null where the rank is not known. */
  readonly shape: readonly (number | string | null)[] | null;
}

export interface OnnxModel {
  readonly producer: string;
  /** Of ONNX's own operators. */
  readonly opset: number;
  readonly name: string;
  readonly nodes: readonly OnnxGraphNode[];
  readonly initializers: readonly OnnxTensor[];
  /** Without those that are initializers. */
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

function add<Item>(list: Item[], item: Item, most: number, what: string, offset: number): void {
  if (list.length >= most) throw new DamagedFile(`more than ${String(most)} ${what}`, offset);
  list.push(item);
}

function readAttribute(span: Span): readonly [string, OnnxAttribute] {
  let name = '';
  let type = 0;
  const found = { f: 0, i: 0, s: '' };
  let tensor: OnnxTensor | null = null;
  const floats: number[] = [];
  const integers: number[] = [];
  const texts: string[] = [];
  const seen = new Set<number>();
  for (const field of fieldsOf(span)) {
    seen.add(field.number);
    if (field.number === 1) name = textIn(field);
    else if (field.number === 2) found.f = floatIn(field);
    else if (field.number === 3) found.i = wholeIn(field);
    else if (field.number === 4) found.s = textIn(field, 1 << 20);
    else if (field.number === 5) tensor = readTensor(spanIn(field));
    else if (field.number === 7) addFloats(field, floats, LARGEST_LIST);
    else if (field.number === 8) addWholes(field, integers, LARGEST_LIST);
    else if (field.number === 9) add(texts, textIn(field), LARGEST_NODE, 'texts in an attribute', field.offset);
    else if (field.number === 20) type = wholeIn(field);
  }
  // Old writers leave the type out: then it is the field that is there.
  const has = (number: number, field: number): boolean => type === number || (type === 0 && seen.has(field));
  if (has(1, 2)) return [name, { kind: 'float', value: found.f }];
  if (has(2, 3)) return [name, { kind: 'integer', value: found.i }];
  if (has(3, 4)) return [name, { kind: 'text', value: found.s }];
  if (has(4, 5) && tensor !== null) return [name, { kind: 'tensor', value: tensor }];
  if (has(6, 7)) return [name, { kind: 'floats', value: floats }];
  if (has(7, 8)) return [name, { kind: 'integers', value: integers }];
  if (has(8, 9)) return [name, { kind: 'texts', value: texts }];
  return [name, { kind: 'other' }];
}

function readNode(span: Span): OnnxGraphNode {
  const texts = { name: '', operator: '', domain: '' };
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  for (const field of fieldsOf(span)) {
    if (field.number === 1) add(inputs, textIn(field), LARGEST_NODE, 'inputs of a node', field.offset);
    else if (field.number === 2) add(outputs, textIn(field), LARGEST_NODE, 'outputs of a node', field.offset);
    else if (field.number === 3) texts.name = textIn(field);
    else if (field.number === 4) texts.operator = textIn(field);
    else if (field.number === 7) texts.domain = textIn(field);
    else if (field.number === 5) {
      const [name, attribute] = readAttribute(spanIn(field));
      if (attributes.size >= LARGEST_NODE) throw new DamagedFile('too many attributes of a node', field.offset);
      attributes.set(name, attribute);
    }
  }
  return { ...texts, domain: texts.domain === 'ai.onnx' ? '' : texts.domain, inputs, outputs, attributes };
}

function readDimension(span: Span): number | string | null {
  let size: number | string | null = null;
  for (const field of fieldsOf(span)) {
    if (field.number === 1) size = wholeIn(field);
    else if (field.number === 2) size = textIn(field);
  }
  return size;
}

function readValueInfo(span: Span): OnnxValueInfo {
  let name = '';
  let type = 0;
  let shape: (number | string | null)[] | null = null;
  for (const field of fieldsOf(span)) {
    if (field.number === 1) name = textIn(field);
    if (field.number !== 2) continue;
    for (const kind of fieldsOf(spanIn(field))) {
      if (kind.number !== 1) continue;
      for (const part of fieldsOf(spanIn(kind))) {
        if (part.number === 1) type = wholeIn(part);
        if (part.number !== 2) continue;
        shape = [];
        for (const dimension of fieldsOf(spanIn(part)))
          if (dimension.number === 1) add(shape, readDimension(spanIn(dimension)), 64, 'axes of a value', dimension.offset);
      }
    }
  }
  return { name, type, shape };
}

function readGraph(span: Span) {
  let name = '';
  const nodes: OnnxGraphNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValueInfo[] = [];
  const outputs: OnnxValueInfo[] = [];
  for (const field of fieldsOf(span)) {
    if (field.number === 1) add(nodes, readNode(spanIn(field)), LARGEST_GRAPH, 'nodes', field.offset);
    else if (field.number === 2) name = textIn(field);
    else if (field.number === 5) add(initializers, readTensor(spanIn(field)), LARGEST_LIST, 'weights', field.offset);
    else if (field.number === 11) add(inputs, readValueInfo(spanIn(field)), LARGEST_LIST, 'inputs', field.offset);
    else if (field.number === 12) add(outputs, readValueInfo(spanIn(field)), LARGEST_NODE, 'outputs', field.offset);
    else if (field.number === 15) throw new DamagedFile('sparse weights, which are not read,', field.offset);
  }
  const weights = new Set(initializers.map((tensor) => tensor.name));
  return { name, nodes, initializers, inputs: inputs.filter((input) => !weights.has(input.name)), outputs };
}

function readModel(bytes: Uint8Array): OnnxModel {
  const producer: string[] = [];
  let opset = 0;
  let graph: ReturnType<typeof readGraph> | null = null;
  for (const field of fieldsOf(spanOf(bytes))) {
    if (field.number === 2 || field.number === 3) producer.push(textIn(field));
    else if (field.number === 7) graph = readGraph(spanIn(field));
    else if (field.number === 8) {
      let domain = '';
      let version = 0;
      for (const part of fieldsOf(spanIn(field))) {
        if (part.number === 1) domain = textIn(part);
        else if (part.number === 2) version = wholeIn(part);
      }
      if (domain === '' || domain === 'ai.onnx') opset = version;
    }
  }
  if (graph === null) throw new DamagedFile('no graph', bytes.length);
  return { producer: producer.join(' ').trim(), opset, ...graph };
}

/** The content of the file. Problem: model.damaged, with the place and the reason. */
export function readOnnx(bytes: Uint8Array): Outcome<OnnxModel> {
  try {
    return success(readModel(bytes));
  } catch (error) {
    if (error instanceof DamagedFile) return failure('model.damaged', { reason: error.reason, offset: error.offset });
    throw error;
  }
}
