/** What transfer learning does to a drawn network: another last layer for other classes, and all layers before it frozen. */
import type { ModelDocument, ModelNode } from '../graph/model-document';
import { failure, success, type Outcome } from '../graph/problem';
import { analyseNetwork } from './network-analysis';

/** What says how many outputs a layer has, by its kind. */
const widths: ReadonlyMap<string, string> = new Map([
  ['dense', 'units'],
  ['conv2d', 'outChannels'],
]);

/** Layers behind the head that have no weights and give a number for each class. */
const passing: ReadonlySet<string> = new Set([
  'flatten',
  'dropout',
  'global-average-pool',
  'global-max-pool',
  'relu',
  'sigmoid',
  'tanh',
  'softmax',
]);

export interface ReplacedHead {
  readonly document: ModelDocument;
  /** The layer that gives the outputs now, and the one that it stands for. */
  readonly head: string;
  readonly former: string;
  /** A Softmax behind it that went: the usual loss takes scores. */
  readonly removed: string | null;
}

/** Without a node that passes one input on: what took it takes what it took. */
function without(document: ModelDocument, id: string): ModelDocument {
  const source = document.edges.find(({ to }) => to === id)?.from;
  return {
    ...document,
    nodes: document.nodes.filter((node) => node.id !== id),
    edges: document.edges
      .filter(({ to }) => to !== id)
      .flatMap((edge) => (edge.from !== id ? [edge] : source === undefined ? [] : [{ ...edge, from: source }])),
  };
}

/** `head`, or the first of `head_2`, `head_3` … that no layer has. */
function freeName(document: ModelDocument): string {
  const taken = new Set(document.nodes.map(({ id }) => id));
  let name = 'head';
  for (let number = 2; taken.has(name); number++) name = `head_${String(number)}`;
  return name;
}

const renamed = (document: ModelDocument, from: string, to: string): ModelDocument => ({
  ...document,
  nodes: document.nodes.map((node) => (node.id === from ? { ...node, id: to } : node)),
  edges: document.edges.map((edge) => ({ ...edge, from: edge.from === from ? to : edge.from, to: edge.to === from ? to : edge.to })),
});

/**
 * The last layer with weights becomes another of so many outputs and another name, so that its weights start anew; a Softmax at
 * the end goes. Problems: transfer.no-output, transfer.no-head.
 */
export function replaceHead(document: ModelDocument, outputs: number): Outcome<ReplacedHead> {
  const { output } = analyseNetwork(document);
  if (output === null) return failure('transfer.no-output');
  const nodes = new Map(document.nodes.map((node) => [node.id, node]));
  let removed: string | null = null;
  let id = output;
  for (let node = nodes.get(id); node !== undefined; node = nodes.get(id)) {
    const width = widths.get(node.kind);
    if (width !== undefined) {
      const { frozen: _, ...rest } = node;
      const changed: ModelNode = { ...rest, parameters: { ...node.parameters, [width]: outputs } };
      const widened = { ...document, nodes: document.nodes.map((one) => (one.id === node.id ? changed : one)) };
      const head = freeName(document);
      return success({
        document: renamed(removed === null ? widened : without(widened, removed), node.id, head),
        head,
        former: node.id,
        removed,
      });
    }
    if (!passing.has(node.kind)) break;
    if (node.kind === 'softmax' && id === output) removed = id;
    const before = document.edges.find(({ to }) => to === id);
    if (before === undefined) break;
    id = before.from;
  }
  return failure('transfer.no-head', { node: id, kind: nodes.get(id)?.kind ?? '' }, { node: id });
}

/** The last layer on the way to the output that learns; null where none does. */
export function headOf(document: ModelDocument): string | null {
  const { order, nodes } = analyseNetwork(document);
  return order.findLast((id) => (nodes.get(id)?.parameterCount ?? 0) > 0) ?? null;
}

/** Every layer with weights but the named one frozen: it keeps its weights and computes as in evaluation. */
export function freezeAllBut(document: ModelDocument, head: string): ModelDocument {
  const { nodes } = analyseNetwork(document);
  return {
    ...document,
    nodes: document.nodes.map((node) => {
      const learns = (nodes.get(node.id)?.parameterCount ?? 0) > 0;
      return node.id === head || !learns ? node : { ...node, frozen: true };
    }),
  };
}
