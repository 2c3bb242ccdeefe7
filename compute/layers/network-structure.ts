/** The wiring of a document, whatever its nodes are: edges by node, an order from input to output, cycles. */
import { edgeIdentifier, type ModelDocument, type ModelEdge, type ModelNode } from '../graph/model-document';
import type { Problem } from '../graph/problem';

export interface NetworkStructure {
  /** The first node of each id. */
  readonly nodes: ReadonlyMap<string, ModelNode>;
  /** Edges whose ends exist, by the node that takes them, in the order of their ports. */
  readonly incoming: ReadonlyMap<string, readonly ModelEdge[]>;
  readonly outgoing: ReadonlyMap<string, readonly ModelEdge[]>;
  /** Inputs before users, else as in the document; nodes on or behind a cycle are missing. */
  readonly order: readonly string[];
  readonly problems: readonly Problem[];
}

export const errorOf = (
  code: string,
  values: Problem['values'],
  where: Partial<Pick<Problem, 'node' | 'edge' | 'parameter'>> = {},
): Problem => ({
  code: `network.${code}`,
  values,
  severity: 'error',
  ...where,
});

/** Nodes in an order in which each comes after those that it takes from (Kahn, 1962). */
function topologicalOrder(
  nodes: ReadonlyMap<string, ModelNode>,
  incoming: NetworkStructure['incoming'],
  outgoing: NetworkStructure['outgoing'],
): string[] {
  const waiting = new Map([...nodes.keys()].map((id) => [id, incoming.get(id)?.length ?? 0]));
  const order = [...nodes.keys()].filter((id) => waiting.get(id) === 0);
  for (let next = 0; next < order.length; next++) {
    for (const { to } of outgoing.get(order[next] ?? '') ?? []) {
      const left = (waiting.get(to) ?? 0) - 1;
      waiting.set(to, left);
      if (left === 0) order.push(to);
    }
  }
  return order;
}

/** The edges of one cycle among the nodes that no order could place; every such node takes from another one. */
function findCycle(placed: ReadonlySet<string>, incoming: NetworkStructure['incoming'], start: string): ModelEdge[] {
  const path: ModelEdge[] = [];
  const positions = new Map<string, number>();
  let node = start;
  while (!positions.has(node)) {
    positions.set(node, path.length);
    const edge = incoming.get(node)?.find(({ from }) => !placed.has(from));
    if (edge === undefined) return [];
    path.push(edge);
    node = edge.from;
  }
  return path.slice(positions.get(node)).reverse();
}

function cycleProblem(edges: readonly ModelEdge[], document: ModelDocument): Problem[] {
  // The edge that was drawn last is the one that closed the cycle.
  const closing = document.edges.findLast((edge) => edges.includes(edge));
  if (closing === undefined) return [];
  const path = [...edges.map(({ from }) => from), edges[0]?.from ?? ''].join(' → ');
  return [errorOf('cycle', { path }, { edge: edgeIdentifier(closing) })];
}

export function structureOf(document: ModelDocument): NetworkStructure {
  const problems: Problem[] = [];
  const nodes = new Map<string, ModelNode>();
  for (const node of document.nodes) {
    if (nodes.has(node.id)) problems.push(errorOf('duplicate-identifier', { node: node.id }, { node: node.id }));
    else nodes.set(node.id, node);
  }

  const incoming = new Map<string, ModelEdge[]>([...nodes.keys()].map((id) => [id, []]));
  const outgoing = new Map<string, ModelEdge[]>([...nodes.keys()].map((id) => [id, []]));
  for (const edge of document.edges) {
    const takes = incoming.get(edge.to);
    const gives = outgoing.get(edge.from);
    if (gives === undefined) problems.push(errorOf('edge-from-unknown', { from: edge.from, to: edge.to }, { edge: edgeIdentifier(edge) }));
    if (takes === undefined) problems.push(errorOf('edge-to-unknown', { from: edge.from, to: edge.to }, { edge: edgeIdentifier(edge) }));
    if (takes !== undefined && gives !== undefined) {
      takes.push(edge);
      gives.push(edge);
    }
  }
  for (const edges of incoming.values()) edges.sort((a, b) => a.port - b.port);

  const order = topologicalOrder(nodes, incoming, outgoing);
  const placed = new Set(order);
  const stuck = [...nodes.keys()].find((id) => !placed.has(id));
  if (stuck !== undefined) problems.push(...cycleProblem(findCycle(placed, incoming, stuck), document));
  return { nodes, incoming, outgoing, order, problems };
}
