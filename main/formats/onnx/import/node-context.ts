/** What a converter of one ONNX operator works with: the node's attributes and inputs, and the network that grows. */
import { sizeOf } from '../../../../compute/graph/tensor';
import { Refusal } from '../../models/imported-model';
import { leaf, materialise, shapeOfTree, sign, type Tree } from '../../models/elementwise';
import { identifierFrom, type NetworkBuilder, type WeightData } from '../../models/network-builder';
import { shapeOfView, type Atom, type View } from '../../models/views';
import type { OnnxGraphNode } from '../onnx-model';
import { constantOf, type Constant } from './constants';
import { shapeOfScores, tensor, type Value } from './values';

/** Samples in a batch where the file leaves it open: a prime, so that no other number of a shape is a multiple of it. */
export const BATCH_STAND_IN = 10_007;

export interface GraphState {
  readonly builder: NetworkBuilder;
  readonly values: Map<string, Value>;
  readonly opset: number;
  /** Null where a sample is the whole input. */
  readonly batch: Atom | null;
  /** How many nodes take each value; the graph's outputs count too. */
  readonly consumers: ReadonlyMap<string, number>;
  /** Inputs that hold tokens, by the node that they became. */
  readonly tokens: Map<string, { vocabulary: number | null }>;
  /** Values that a difference takes away: means among them may begin a layer norm. */
  readonly takenBySub: ReadonlySet<string>;
  /** Attentions whose last product may still come. */
  readonly openAttentions: Set<string>;
}

export interface NodeContext {
  readonly state: GraphState;
  readonly builder: NetworkBuilder;
  readonly node: OnnxGraphNode;
  readonly opset: number;
  readonly hint: string;
  readonly has: (input: number) => boolean;
  readonly value: (input: number) => Value;
  /** The input as a node's output. */
  readonly view: (input: number) => View;
  readonly tree: (input: number) => Tree;
  readonly constant: (input: number) => Constant;
  readonly shape: (input: number) => number[];
  readonly isConstant: (input: number) => boolean;
  readonly integer: (name: string, absent: number) => number;
  readonly float: (name: string, absent: number) => number;
  readonly text: (name: string, absent: string) => string;
  readonly integers: (name: string) => readonly number[] | null;
  readonly used: (output: number) => boolean;
  readonly give: (value: Value, output?: number) => void;
  readonly approximate: (reason: string) => void;
}

/** The numbers of a weight, as a layer takes them. */
export function weightNumbers({ data, ofBatch }: Constant): WeightData {
  if (ofBatch) throw new Refusal('A weight depends on the size of the batch.');
  return data instanceof Float32Array ? data : Float32Array.from(data);
}

/** The number that a constant of one element holds; null for others. */
export const scalarOf = (value: Constant): number | null => (value.data.length === 1 ? (value.data[0] ?? null) : null);

/** Whole numbers in a constant, such as a shape; Infinity-like ends of slices are left as they are. */
export const listOf = ({ data }: Constant): number[] => Array.from(data);

export function normalAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(positive) || positive < 0 || positive >= rank)
    throw new Refusal(`There is no axis ${String(axis)} of ${String(rank)}.`);
  return positive;
}

export function viewOf(builder: NetworkBuilder, value: Value): View {
  switch (value.kind) {
    case 'tensor':
      return value.view;
    case 'formula':
      return materialise(builder, value.tree);
    case 'constant':
      throw new Refusal('It wants computed numbers where the file has constants.');
    case 'scores':
    case 'heads':
      throw new Refusal('A product of two computed values is known as a part of attention alone.');
    case 'norm':
      throw new Refusal('Means over the last axis are known as parts of a layer norm alone, where they are used like this.');
    case 'rows':
      throw new Refusal('A product with a constant on the left is known as a part of an adaptive pool alone.');
    case 'above':
      throw new Refusal('A comparison is known before a Cast to numbers alone.');
    default:
      return value satisfies never;
  }
}

export function shapeOfValue(value: Value): number[] {
  switch (value.kind) {
    case 'constant':
      return [...value.shape];
    case 'formula':
    case 'above':
      return shapeOfTree(value.tree);
    case 'scores':
      return [...(value.form ?? shapeOfScores(value))];
    case 'heads':
      return [...shapeOfView(value.query).slice(0, -1), value.parts.length * value.features];
    case 'norm':
      return shapeOfView(value.view).map((size, axis, all) =>
        axis === all.length - 1 && value.part !== 'centred' && value.part !== 'squares' ? 1 : size,
      );
    case 'tensor':
    case 'rows':
      return shapeOfView(value.view);
    default:
      return value satisfies never;
  }
}

/** Names of weights tell more than names of nodes: `encoder.0.weight` is the weight of `encoder_0`. */
function hintOf(node: OnnxGraphNode, state: GraphState): string {
  for (const name of node.inputs) {
    const value = state.values.get(name);
    if (value?.kind !== 'constant') continue;
    const [, stem] = /^(.*)[./](?:weight|kernel|W|gamma)(?::0)?$/i.exec(value.name) ?? [];
    if (stem !== undefined && identifierFrom(stem) !== '') return stem;
  }
  const named = node.name === '' ? (node.outputs[0] ?? '') : node.name;
  // Exporters that number their nodes say no more than the operator does.
  return /^[A-Za-z]+_\d+$|^\d+$/.test(named) ? node.operator.toLowerCase() : named.replace(/\/[A-Z]\w*$/, '');
}

export function nodeContext(state: GraphState, node: OnnxGraphNode, approximate: (reason: string) => void): NodeContext {
  const { builder, values } = state;
  const has = (input: number): boolean => (node.inputs[input] ?? '') !== '';
  const value = (input: number): Value => {
    const found = values.get(node.inputs[input] ?? '');
    if (found === undefined) throw new Refusal(`Its input ${String(input + 1)} is missing, or nothing makes it.`);
    return found;
  };
  const view = (input: number): View => {
    const given = value(input);
    const made = viewOf(builder, given);
    if (given.kind === 'formula') values.set(node.inputs[input] ?? '', tensor(made));
    return made;
  };
  const attribute = (name: string) => node.attributes.get(name);
  return {
    state,
    builder,
    node,
    opset: state.opset,
    hint: hintOf(node, state),
    has,
    value,
    view,
    tree: (input) => {
      const given = value(input);
      return given.kind === 'formula' ? given.tree : leaf(view(input));
    },
    constant: (input) => {
      const given = value(input);
      if (given.kind !== 'constant') throw new Refusal(`Its input ${String(input + 1)} must be a constant, and is computed.`);
      return given;
    },
    isConstant: (input) => has(input) && value(input).kind === 'constant',
    shape: (input) => shapeOfValue(value(input)),
    integer: (name, absent) => {
      const found = attribute(name);
      return found?.kind === 'integer' ? found.value : absent;
    },
    float: (name, absent) => {
      const found = attribute(name);
      return found?.kind === 'float' ? found.value : absent;
    },
    text: (name, absent) => {
      const found = attribute(name);
      return found?.kind === 'text' ? found.value : absent;
    },
    integers: (name) => {
      const found = attribute(name);
      return found?.kind === 'integers' ? found.value : null;
    },
    used: (output) => (node.outputs[output] ?? '') !== '' && (state.consumers.get(node.outputs[output] ?? '') ?? 0) > 0,
    give: (given, output = 0) => {
      const name = node.outputs[output] ?? '';
      if (name === '') return;
      if (given.kind === 'formula') sign(given.tree, node);
      // A formula that several take becomes a node, so that it is computed once.
      const shared = given.kind === 'formula' && (state.consumers.get(name) ?? 0) > 1;
      values.set(name, shared ? tensor(materialise(builder, given.tree)) : given);
    },
    approximate,
  };
}

export const integersOf = (numbers: readonly number[]): Constant => constantOf('integer', [numbers.length], numbers);

/** Refuses attributes whose values change the result, unless they have the one that changes nothing. */
export function only(context: NodeContext, name: string, allowed: number): void {
  const given = context.integer(name, allowed);
  if (given !== allowed)
    throw new Refusal(`${context.node.operator} with ${name} = ${String(given)} has no layer; ${String(allowed)} has one.`);
}

/** A constant that differs along one axis of the result alone: its numbers along that axis; null for others. */
export function alongOneAxis(constant: Constant, rank: number): { readonly axis: number; readonly length: number } | null {
  const sizes = [...Array.from({ length: rank - constant.shape.length }, () => 1), ...constant.shape];
  const long = sizes.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  const [axis = rank - 1] = long;
  return long.length > 1 || sizes.length > rank ? null : { axis, length: sizeOf(sizes) };
}
