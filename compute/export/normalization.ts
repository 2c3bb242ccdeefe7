/** Normalising as a layer of the network itself, so that exports take samples as the data set holds them. Pure. */
import { edgeIdentifier, type ModelDocument, type ModelEdge, type ModelNode } from '../graph/model-document';
import type { SafetensorsEntry } from '../graph/safetensors';
import type { Shape } from '../graph/tensor';
import { sizeOf } from '../graph/tensor';
import { analyseNetwork } from '../layers/network';

/** x becomes (x − mean) / deviation, by the entry of `axis` (of one sample) that x belongs to. */
export interface SampleNormalization {
  readonly axis: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

export interface WeightedDocument {
  readonly document: ModelDocument;
  readonly weights: readonly SafetensorsEntry[];
}

/** So small that float32 does not see it beside 1. */
const EPSILON = 1e-12;

/** A name that no node has. */
function freeName({ nodes }: ModelDocument, wanted: string): string {
  const taken = new Set(nodes.map(({ id }) => id));
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}${String(number)}`;
  return name;
}

/** What leads from samples of this shape to one that a batch normalisation of this axis takes, and back. */
function around(
  shape: Shape,
  axis: number,
): { readonly before: readonly Omit<ModelNode, 'id'>[]; readonly after: readonly Omit<ModelNode, 'id'>[] } {
  const layer = (kind: string, parameters: ModelNode['parameters']): Omit<ModelNode, 'id'> => ({ kind, version: 1, parameters });
  if (axis === 0 && (shape.length === 1 || shape.length === 3)) return { before: [], after: [] };
  const order = [axis, ...Array.from(shape.keys()).filter((other) => other !== axis)];
  const moved = order.map((other) => shape[other] ?? 1);
  const image = [moved[0] ?? 1, sizeOf(moved.slice(1)), 1];
  return {
    before: [layer('permute', { order }), layer('reshape', { shape: image })],
    after: [layer('reshape', { shape: moved }), layer('permute', { order: order.map((_, other) => order.indexOf(other)) })],
  };
}

/**
 * The network with a first layer that normalises: a frozen batch normalisation of the numbers given, its own where nothing is
 * to be normalised. The document must be valid.
 */
export function withNormalization({ document, weights }: WeightedDocument, normalization: SampleNormalization | null): WeightedDocument {
  const { input, nodes } = analyseNetwork(document);
  if (normalization === null || input === null) return { document, weights };
  const { axis, mean, deviation } = normalization;
  const name = freeName(document, 'normalization');
  const { before, after } = around(nodes.get(input)?.outputShape ?? [], axis);
  const norm: ModelNode = { id: name, kind: 'batch-norm', version: 1, parameters: { epsilon: EPSILON }, frozen: true };
  const inserted: ModelNode[] = [];
  const add = (nodes: readonly Omit<ModelNode, 'id'>[]): void => {
    for (const node of nodes) {
      const all = { ...document, nodes: [...document.nodes, norm, ...inserted] };
      inserted.push({ ...node, id: freeName(all, `${name}_${node.kind}`) });
    }
  };
  add(before);
  inserted.push(norm);
  add(after);
  const chain = [input, ...inserted.map(({ id }) => id)];
  const links = inserted.map(({ id }, place): ModelEdge => ({ from: chain[place] ?? input, to: id, port: 0 }));
  const last = chain.at(-1) ?? input;
  const passedOn = new Set(document.edges.filter(({ from }) => from === input).map(edgeIdentifier));
  const numbers = (weight: string, values: readonly number[]): SafetensorsEntry => ({
    name: `${name}.${weight}`,
    shape: [values.length],
    data: Float32Array.from(values),
  });
  return {
    document: {
      ...document,
      nodes: document.nodes.flatMap((node) => (node.id === input ? [node, ...inserted] : [node])),
      edges: [...document.edges.map((edge) => (passedOn.has(edgeIdentifier(edge)) ? { ...edge, from: last } : edge)), ...links],
    },
    weights: [
      ...weights,
      numbers(
        'weight',
        deviation.map((value) => 1 / value),
      ),
      numbers(
        'bias',
        mean.map(() => 0),
      ),
      numbers('running_mean', mean),
      numbers(
        'running_var',
        mean.map(() => 1),
      ),
    ],
  };
}

/** What files of weights alone tell of normalising, which whoever computes the network with them has to do; nothing where it is none. */
export const normalizationMetadata = (normalization: SampleNormalization | null): Readonly<Record<string, string>> =>
  normalization === null
    ? {}
    : {
        normalization: JSON.stringify(normalization),
        'normalization-help': 'Before the network, x becomes (x - mean) / deviation along this axis of a sample.',
      };
