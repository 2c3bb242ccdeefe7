/** What differs between two runs: settings by path, nodes and edges of the networks, weights tensor by tensor. Pure. */
import { edgeIdentifier, type ModelDocument, type ModelNode } from '../../../compute/graph/model-document';
import type { SafetensorsEntry } from '../../../compute/graph/safetensors';
import { flattenSettings } from '../../../compute/graph/settings-paths';
import { layers } from '../../../compute/layers/registry';

export interface SettingDifference {
  readonly path: string;
  /** Null where a side has no such setting. */
  readonly first: string | null;
  readonly second: string | null;
}

export function settingDifferences(first: unknown, second: unknown): readonly SettingDifference[] {
  const [a, b] = [new Map(flattenSettings(first)), new Map(flattenSettings(second))];
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((path) => {
    const [one, other] = [a.get(path) ?? null, b.get(path) ?? null];
    return one === other ? [] : [{ path, first: one, second: other }];
  });
}

export interface GraphDifference {
  /** Only in the second. */
  readonly addedNodes: readonly ModelNode[];
  /** Only in the first. */
  readonly removedNodes: readonly ModelNode[];
  readonly changedNodes: readonly { readonly id: string; readonly changes: readonly SettingDifference[] }[];
  readonly addedEdges: readonly string[];
  readonly removedEdges: readonly string[];
}

/** What a layer does where its node says nothing. */
const defaultsOf = (kind: string): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(layers.get(kind)?.parameters ?? {}).map(([name, specification]) => [name, specification.default]));

export function graphDifference(
  first: Pick<ModelDocument, 'nodes' | 'edges'>,
  second: Pick<ModelDocument, 'nodes' | 'edges'>,
): GraphDifference {
  const [a, b] = [new Map(first.nodes.map((node) => [node.id, node])), new Map(second.nodes.map((node) => [node.id, node]))];
  const [edgesA, edgesB] = [new Set(first.edges.map(edgeIdentifier)), new Set(second.edges.map(edgeIdentifier))];
  const asSettings = ({ kind, parameters, frozen }: ModelNode) => ({ kind, ...defaultsOf(kind), ...parameters, frozen: frozen ?? false });
  return {
    addedNodes: second.nodes.filter(({ id }) => !a.has(id)),
    removedNodes: first.nodes.filter(({ id }) => !b.has(id)),
    changedNodes: first.nodes.flatMap((node) => {
      const other = b.get(node.id);
      const changes = other === undefined ? [] : settingDifferences(asSettings(node), asSettings(other));
      return changes.length === 0 ? [] : [{ id: node.id, changes }];
    }),
    addedEdges: [...edgesB].filter((edge) => !edgesA.has(edge)),
    removedEdges: [...edgesA].filter((edge) => !edgesB.has(edge)),
  };
}

export const isSameGraph = ({ addedNodes, removedNodes, changedNodes, addedEdges, removedEdges }: GraphDifference): boolean =>
  [addedNodes, removedNodes, changedNodes, addedEdges, removedEdges].every(({ length }) => length === 0);

export interface TensorDistance {
  readonly name: string;
  readonly shape: readonly number[];
  /** `first`, `second`: only there. `shape`: in both, but of other shapes. `both`: compared. */
  readonly state: 'both' | 'shape' | 'first' | 'second';
  /** Euclidean norm of the difference, over that of the first tensor; NaN where they cannot be compared. */
  readonly relative: number;
  /** Of the two as vectors, −1 … 1; NaN where one is zero. */
  readonly cosine: number;
  /** Largest absolute difference of an element. */
  readonly largest: number;
}

const none = { relative: NaN, cosine: NaN, largest: NaN };

function distance({ data: a }: SafetensorsEntry, { data: b }: SafetensorsEntry): Omit<TensorDistance, 'name' | 'shape' | 'state'> {
  let [squares, squaresA, squaresB, product, largest] = [0, 0, 0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    const [one, other] = [a[index] ?? 0, b[index] ?? 0];
    const difference = one - other;
    squares += difference * difference;
    squaresA += one * one;
    squaresB += other * other;
    product += one * other;
    largest = Math.max(largest, Math.abs(difference));
  }
  return {
    relative: squares === 0 ? 0 : Math.sqrt(squares / squaresA),
    cosine: squaresA === 0 || squaresB === 0 ? NaN : product / Math.sqrt(squaresA * squaresB),
    largest,
  };
}

/** In the order of the first run, then what only the second has. */
export function tensorDistances(first: readonly SafetensorsEntry[], second: readonly SafetensorsEntry[]): readonly TensorDistance[] {
  const others = new Map(second.map((entry) => [entry.name, entry]));
  const names = new Set(first.map(({ name }) => name));
  return [
    ...first.map((entry): TensorDistance => {
      const { name, shape } = entry;
      const other = others.get(name);
      if (other === undefined) return { name, shape, state: 'first', ...none };
      if (other.shape.join() !== shape.join()) return { name, shape, state: 'shape', ...none };
      return { name, shape, state: 'both', ...distance(entry, other) };
    }),
    ...second.filter(({ name }) => !names.has(name)).map(({ name, shape }): TensorDistance => ({ name, shape, state: 'second', ...none })),
  ];
}
