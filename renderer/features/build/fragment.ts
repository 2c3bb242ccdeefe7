/** Copying a part of a network and pasting it, with new ids, beside itself or elsewhere. Pure. */
import type { Draft } from 'mutative';
import type { ModelDocument, ModelEdge, ModelNode } from '../../../compute/graph/model-document';
import type { Position, ProjectContent } from '../project';
import { freshId } from './graph';

export interface Fragment {
  readonly nodes: readonly ModelNode[];
  /** Edges between these nodes only. */
  readonly edges: readonly ModelEdge[];
  readonly positions: Readonly<Record<string, Position>>;
}

export function copyFragment(document: ModelDocument, positions: Readonly<Record<string, Position>>, ids: readonly string[]): Fragment {
  const chosen = new Set(ids);
  return {
    nodes: document.nodes.filter((node) => chosen.has(node.id)),
    edges: document.edges.filter((edge) => chosen.has(edge.from) && chosen.has(edge.to)),
    positions: Object.fromEntries(ids.flatMap((id) => (positions[id] ? [[id, positions[id]]] : []))),
  };
}

/** Adds the fragment, moved by `offset`; the answer is the new ids, in the fragment's order. */
export function pasteFragment(draft: Draft<ProjectContent>, fragment: Fragment, offset: Position): string[] {
  const renamed = new Map<string, string>();
  const taken = draft.document.nodes.map((node) => node.id);
  for (const node of fragment.nodes) {
    const id = taken.includes(node.id) ? freshId(taken, node.kind) : node.id;
    taken.push(id);
    renamed.set(node.id, id);
    // The copy belongs to the draft: nothing of the fragment is shared with it.
    draft.document.nodes.push({ ...(structuredClone(node) as Draft<ModelNode>), id });
    const position = fragment.positions[node.id];
    if (position) draft.layout[id] = { x: position.x + offset.x, y: position.y + offset.y };
  }
  // Ports that lost a source left outside are closed up.
  const ports = new Map<string, number>();
  for (const edge of [...fragment.edges].sort((first, second) => first.port - second.port)) {
    const from = renamed.get(edge.from);
    const to = renamed.get(edge.to);
    if (from === undefined || to === undefined) continue;
    const port = ports.get(to) ?? 0;
    ports.set(to, port + 1);
    draft.document.edges.push({ from, to, port });
  }
  return [...renamed.values()];
}
