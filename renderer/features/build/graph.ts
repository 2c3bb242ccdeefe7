/**
 * Edits of the network: which connections are allowed, and what adding, deleting and connecting change. Pure functions
 * on a document and recipes on a draft of it; no canvas, no store.
 */
import type { Draft } from 'mutative';
import { edgeIdentifier, type ModelDocument, type ModelEdge } from '../../../compute/graph/model-document';
import { defaultsOf } from '../../../compute/graph/parameter-schema';
import { BEFORE_BLOCK, type BlockDefinition } from '../../../compute/layers/block';
import type { LayerDefinition } from '../../../compute/layers/layer';
import type { Shape } from '../../../compute/graph/tensor';

export type DocumentDraft = Draft<ModelDocument>;
export type LayerKinds = ReadonlyMap<string, LayerDefinition>;

/** Why a connection is refused; a key of the locale files. */
export type ConnectionRefusal = 'same-node' | 'takes-no-input' | 'already-connected' | 'makes-cycle';

/** Ids of the nodes that can be reached from `from` along the edges, `from` itself included. */
export function reachableFrom(document: ModelDocument, from: string): ReadonlySet<string> {
  const successors = new Map<string, string[]>();
  for (const edge of document.edges) successors.set(edge.from, [...(successors.get(edge.from) ?? []), edge.to]);
  const reached = new Set([from]);
  const waiting = [from];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop())
    for (const next of successors.get(node) ?? [])
      if (!reached.has(next)) {
        reached.add(next);
        waiting.push(next);
      }
  return reached;
}

/** Null where `to` may take the output of `from`. */
export function refuseConnection(document: ModelDocument, kinds: LayerKinds, from: string, to: string): ConnectionRefusal | null {
  if (from === to) return 'same-node';
  const target = document.nodes.find((node) => node.id === to);
  if (!target || kinds.get(target.kind)?.inputs.maximum === 0) return 'takes-no-input';
  if (document.edges.some((edge) => edge.from === from && edge.to === to)) return 'already-connected';
  return reachableFrom(document, to).has(from) ? 'makes-cycle' : null;
}

const inputsOf = <Edge extends ModelEdge>(edges: readonly Edge[], node: string): Edge[] =>
  edges.filter((edge) => edge.to === node).sort((first, second) => first.port - second.port);

/** Numbers the inputs of a node from 0 again, in their order. */
function compactPorts(draft: DocumentDraft, node: string): void {
  inputsOf(draft.edges, node).forEach((edge, port) => {
    edge.port = port;
  });
}

/** A layer with one input gives up the one it had; one with several gets another. The connection is known to be allowed. */
export function connect(draft: DocumentDraft, kinds: LayerKinds, from: string, to: string): void {
  const target = draft.nodes.find((node) => node.id === to);
  const maximum = (target && kinds.get(target.kind)?.inputs.maximum) ?? 1;
  if (inputsOf(draft.edges, to).length >= maximum) {
    const given = inputsOf(draft.edges, to).at(-1);
    if (given) draft.edges.splice(draft.edges.indexOf(given), 1);
  }
  compactPorts(draft, to);
  draft.edges.push({ from, to, port: inputsOf(draft.edges, to).length });
}

export function removeEdges(draft: DocumentDraft, identifiers: ReadonlySet<string>): void {
  const touched = draft.edges.filter((edge) => identifiers.has(edgeIdentifier(edge))).map((edge) => edge.to);
  draft.edges = draft.edges.filter((edge) => !identifiers.has(edgeIdentifier(edge)));
  for (const node of touched) compactPorts(draft, node);
}

/** Deletes the nodes with their edges. A chain closes over a gap: the one input of what is deleted goes to its followers. */
export function removeNodes(draft: DocumentDraft, ids: readonly string[]): void {
  for (const id of ids) {
    const inputs = inputsOf(draft.edges, id);
    const outputs = draft.edges.filter((edge) => edge.from === id);
    const source = inputs.length === 1 ? inputs[0]?.from : undefined;
    draft.nodes = draft.nodes.filter((node) => node.id !== id);
    if (source === undefined) removeEdges(draft, new Set(outputs.map(edgeIdentifier)));
    else
      for (const edge of outputs) {
        if (draft.edges.some((other) => other.from === source && other.to === edge.to)) removeEdges(draft, new Set([edgeIdentifier(edge)]));
        else edge.from = source;
      }
    draft.edges = draft.edges.filter((edge) => edge.to !== id);
  }
}

/** What the ids of a kind start with, where the kind itself would be long. */
const stems: Readonly<Record<string, string>> = {
  conv2d: 'conv',
  'depthwise-conv2d': 'depthwise',
  'conv-transpose2d': 'deconv',
  'gabor-filters': 'gabor',
  'max-pool': 'pool',
  'average-pool': 'pool',
  'adaptive-average-pool': 'pool',
  'global-average-pool': 'pool',
  'global-max-pool': 'pool',
  'batch-norm': 'norm',
  'layer-norm': 'norm',
  'group-norm': 'norm',
  'local-response-norm': 'norm',
  'leaky-relu': 'relu',
  'noisy-relu': 'relu',
  'parametric-relu': 'relu',
  'piecewise-linear': 'linear',
  'spatial-dropout': 'dropout',
  'gaussian-noise': 'noise',
};

/** `conv3`: the kind's stem with the first number that is free; `input` and `flatten` stand alone while they are. */
export function freshId(taken: Iterable<string>, kind: string): string {
  const ids = new Set(taken);
  const stem = stems[kind] ?? kind;
  if ((kind === 'input' || kind === 'flatten') && !ids.has(stem)) return stem;
  for (let number = 1; ; number += 1) if (!ids.has(`${stem}${String(number)}`)) return `${stem}${String(number)}`;
}

/** The node whose output nothing takes, if there is exactly one: where a network goes on. */
export function openEnd(document: ModelDocument): string | null {
  const taken = new Set(document.edges.map((edge) => edge.from));
  const ends = document.nodes.filter((node) => !taken.has(node.id));
  return ends.length === 1 ? (ends[0]?.id ?? null) : null;
}

/**
 * Adds a layer with its defaults; its id is the answer. After a node it takes that node's output, and hands its own to
 * those that took it before: a chain stays a chain. A layer without inputs stands alone.
 */
export function insertLayer(draft: DocumentDraft, definition: LayerDefinition, after: string | null): string {
  const id = freshId(
    draft.nodes.map((node) => node.id),
    definition.kind,
  );
  draft.nodes.push({
    id,
    kind: definition.kind,
    version: definition.version,
    parameters: structuredClone({ ...defaultsOf(definition.parameters) }) as Draft<ModelDocument['nodes'][number]['parameters']>,
  });
  if (after === null || definition.inputs.maximum === 0) return id;
  for (const edge of draft.edges) if (edge.from === after) edge.from = id;
  draft.edges.push({ from: after, to: id, port: 0 });
  return id;
}

/** Adds a layer in the middle of an edge. */
export function insertOnEdge(draft: DocumentDraft, definition: LayerDefinition, identifier: string): string {
  const id = insertLayer(draft, definition, null);
  const edge = draft.edges.find((candidate) => edgeIdentifier(candidate) === identifier);
  if (edge && definition.inputs.maximum > 0) {
    draft.edges.push({ from: edge.from, to: id, port: 0 });
    edge.from = id;
  }
  return id;
}

/**
 * Adds the layers of a block; their ids are the answer, the output last. After a node the block takes that node's output and
 * hands its own to those that took it before, or to the one at the end of `edge` alone. `input` is the shape that it takes.
 */
export function insertBlock(
  draft: DocumentDraft,
  kinds: LayerKinds,
  block: BlockDefinition,
  { after, edge, input }: { readonly after: string | null; readonly edge?: string | undefined; readonly input: Shape | null },
): string[] {
  const followers = draft.edges.filter((other) => other.from === after && (edge === undefined || edgeIdentifier(other) === edge));
  const ids = new Map<string, string>();
  for (const { name, kind, parameters, inputs } of block.layers(input)) {
    const id = freshId(
      draft.nodes.map((node) => node.id),
      kind,
    );
    ids.set(name, id);
    // The draft owns its copy of the parameters.
    const copy = structuredClone({ ...defaultsOf(kinds.get(kind)?.parameters ?? {}), ...parameters });
    draft.nodes.push({
      id,
      kind,
      version: kinds.get(kind)?.version ?? 1,
      parameters: copy as Draft<ModelDocument['nodes'][number]['parameters']>,
    });
    inputs.forEach((from, port) => {
      const source = from === BEFORE_BLOCK ? after : ids.get(from);
      if (source !== null && source !== undefined) draft.edges.push({ from: source, to: id, port });
    });
  }
  const made = [...ids.values()];
  for (const other of followers) other.from = made.at(-1) ?? other.from;
  return made;
}

/** Gives a node another id, in the edges too. The id is known to be free and well formed. */
export function renameNode(draft: DocumentDraft, from: string, to: string): void {
  for (const node of draft.nodes) if (node.id === from) node.id = to;
  for (const edge of draft.edges) {
    if (edge.from === from) edge.from = to;
    if (edge.to === from) edge.to = to;
  }
}

/** Why an id cannot be given to a node; a key of the locale files. */
export function refuseId(document: ModelDocument, node: string, id: string): 'malformed' | 'taken' | null {
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(id)) return 'malformed';
  return id !== node && document.nodes.some((other) => other.id === id) ? 'taken' : null;
}
