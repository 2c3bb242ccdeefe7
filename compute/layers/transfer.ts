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
  /** The layer that gives the classes now. */
  readonly head: string;
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

/**
 * The last layer with weights given so many outputs; a Softmax at the end goes. Its weights are of another size then and
 * start anew. Problems: transfer.no-output, transfer.no-head.
 */
export function replaceHead(document: ModelDocument, classes: number): Outcome<ReplacedHead> {
  const { output } = analyseNetwork(document);
  if (output === null) return failure('transfer.no-output');
  const nodes = new Map(document.nodes.map((node) => [node.id, node]));
  let removed: string | null = null;
  let id = output;
  for (let node = nodes.get(id); node !== undefined; node = nodes.get(id)) {
    const width = widths.get(node.kind);
    if (width !== undefined) {
      const head: ModelNode = { ...node, parameters: { ...node.parameters, [width]: classes } };
      const changed = { ...document, nodes: document.nodes.map((one) => (one.id === node.id ? head : one)) };
      return success({ document: removed === null ? changed : without(changed, removed), head: node.id, removed });
    }
    if (!passing.has(node.kind)) break;
    if (node.kind === 'softmax' && id === output) removed = id;
    const before = document.edges.find(({ to }) => to === id);
    if (before === undefined) break;
    id = before.from;
  }
  return failure('transfer.no-head', { node: id, kind: nodes.get(id)?.kind ?? '' }, { node: id });
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
