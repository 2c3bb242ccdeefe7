/** What differs between two trainings: settings by path, nodes and edges of the networks. Pure. */
import { edgeIdentifier, type ModelDocument, type ModelNode } from '../graph/model-document';
import { flattenSettings } from '../graph/settings-paths';
import { layers } from './registry';

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
