/** Normalising, and the units of targets, as layers of the network itself, so that exports take samples and tell numbers as the data set holds them. Pure. */
import type { ModelDocument, ModelEdge, ModelNode } from '../graph/model-document';
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

/** What the network says, y, stands for y · deviation + mean, each target for itself. */
export interface ToldScale {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** What training did to samples before the network, and to targets; null where they are as the data set holds them. */
export interface Ends {
  readonly normalization: SampleNormalization | null;
  readonly targets: ToldScale | null;
}

export const NO_ENDS: Ends = { normalization: null, targets: null };

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

type Layer = Omit<ModelNode, 'id'>;

/** What leads from samples of this shape to one that a batch normalisation of this axis takes, and back. */
function around(shape: Shape, axis: number): { readonly before: readonly Layer[]; readonly after: readonly Layer[] } {
  const layer = (kind: string, parameters: ModelNode['parameters']): Layer => ({ kind, version: 1, parameters });
  if (axis === 0 && (shape.length === 1 || shape.length === 3)) return { before: [], after: [] };
  const order = [axis, ...Array.from(shape.keys()).filter((other) => other !== axis)];
  const moved = order.map((other) => shape[other] ?? 1);
  const image = [moved[0] ?? 1, sizeOf(moved.slice(1)), 1];
  return {
    before: [layer('permute', { order }), layer('reshape', { shape: image })],
    after: [layer('reshape', { shape: moved }), layer('permute', { order: order.map((_, other) => order.indexOf(other)) })],
  };
}

/** Layers one after another in free names that begin so; that without a kind's suffix is the one whose weights are given. */
function named(
  document: ModelDocument,
  name: string,
  { before, norm, after }: Record<'before' | 'after', readonly Layer[]> & { readonly norm: ModelNode },
): readonly ModelNode[] {
  const inserted: ModelNode[] = [norm];
  const add = (layers: readonly Layer[]): ModelNode[] =>
    layers.map((layer) => {
      const node = { ...layer, id: freeName({ ...document, nodes: [...document.nodes, ...inserted] }, `${name}_${layer.kind}`) };
      inserted.push(node);
      return node;
    });
  return [...add(before), norm, ...add(after)];
}

/** Links along the chain. */
const chained = (chain: readonly string[]): readonly ModelEdge[] =>
  chain.slice(1).map((to, place): ModelEdge => ({ from: chain[place] ?? to, to, port: 0 }));

/** A frozen batch normalisation gives (x − mean) · scale + offset. */
function frozenLayer(id: string, numbers: Record<'mean' | 'scale' | 'offset', readonly number[]>) {
  const node: ModelNode = { id, kind: 'batch-norm', version: 1, parameters: { epsilon: EPSILON }, frozen: true };
  const entry = (name: string, values: readonly number[]): SafetensorsEntry => ({
    name: `${id}.${name}`,
    shape: [values.length],
    data: Float32Array.from(values),
  });
  const { mean, scale, offset } = numbers;
  const ones = mean.map(() => 1);
  return { node, weights: [entry('weight', scale), entry('bias', offset), entry('running_mean', mean), entry('running_var', ones)] };
}

/** The network with first layers that normalise samples. */
function withNormalization({ document, weights }: WeightedDocument, { axis, mean, deviation }: SampleNormalization): WeightedDocument {
  const { input, nodes } = analyseNetwork(document);
  if (input === null) return { document, weights };
  const name = freeName(document, 'normalization');
  const layer = frozenLayer(name, { mean, scale: deviation.map((value) => 1 / value), offset: mean.map(() => 0) });
  const inserted = named(document, name, { ...around(nodes.get(input)?.outputShape ?? [], axis), norm: layer.node });
  const chain = [input, ...inserted.map(({ id }) => id)];
  const last = chain.at(-1) ?? input;
  return {
    document: {
      ...document,
      nodes: document.nodes.flatMap((node) => (node.id === input ? [node, ...inserted] : [node])),
      edges: [...document.edges.map((edge) => (edge.from === input ? { ...edge, from: last } : edge)), ...chained(chain)],
    },
    weights: [...weights, ...layer.weights],
  };
}

/** The network with last layers that give what it says in the units of the data set. */
function withTargets({ document, weights }: WeightedDocument, { mean, deviation }: ToldScale): WeightedDocument {
  const { output, outputShape } = analyseNetwork(document);
  if (output === null || outputShape === null) return { document, weights };
  const name = freeName(document, 'units');
  const layer = frozenLayer(name, { mean: mean.map(() => 0), scale: deviation, offset: mean });
  const reshape = (shape: Shape): readonly Layer[] =>
    outputShape.length === 1 ? [] : [{ kind: 'reshape', version: 1, parameters: { shape: [...shape] } }];
  const inserted = named(document, name, { before: reshape([mean.length]), norm: layer.node, after: reshape(outputShape) });
  return {
    document: {
      ...document,
      nodes: [...document.nodes, ...inserted],
      edges: [...document.edges, ...chained([output, ...inserted.map(({ id }) => id)])],
    },
    weights: [...weights, ...layer.weights],
  };
}

/** The network that takes and tells numbers as the data set holds them; its own where training took them so. The document must be valid. */
export function withEnds(network: WeightedDocument, { normalization, targets }: Ends): WeightedDocument {
  const normalised = normalization === null ? network : withNormalization(network, normalization);
  return targets === null ? normalised : withTargets(normalised, targets);
}

/** What files of weights alone tell of both ends, which whoever computes the network with them has to do; nothing where it is none. */
export const endsMetadata = ({ normalization, targets }: Ends): Readonly<Record<string, string>> => ({
  ...(normalization === null
    ? {}
    : {
        normalization: JSON.stringify(normalization),
        'normalization-help': 'Before the network, x becomes (x - mean) / deviation along this axis of a sample.',
      }),
  ...(targets === null
    ? {}
    : {
        targets: JSON.stringify(targets),
        'targets-help': 'What the network says, y, stands for y * deviation + mean, each target for itself.',
      }),
});
