/** Networks made small enough to be compared over many steps: the same layers and wiring, fewer channels and units. */
import type { ModelDocument, ModelNode } from '../../graph/model-document';
import { analyseNetwork } from '../../layers/network';

/** What says how wide a layer is. */
const widths = ['outChannels', 'units', 'features'];

function narrowedNode(node: ModelNode, divisor: number): ModelNode {
  const parameters = Object.entries(node.parameters).map(([name, value]) => {
    // What each program drops is its own choice.
    if (node.kind === 'dropout' && name === 'probability') return [name, 0] as const;
    return widths.includes(name) && typeof value === 'number'
      ? ([name, Math.max(1, Math.round(value / divisor))] as const)
      : ([name, value] as const);
  });
  return { ...node, parameters: Object.fromEntries(parameters) };
}

/** Every width divided, but for that of the last layer; dropout switched off. Throws a TypeError where no network results. */
export function narrowed(document: ModelDocument, divisor: number): ModelDocument {
  const { output } = analyseNetwork(document);
  // A last layer without weights, such as an activation, has its width from the one before.
  const last = document.nodes.findLast(({ parameters }) => widths.some((name) => name in parameters))?.id ?? output;
  const nodes = document.nodes.map((node) => (node.id === last ? node : narrowedNode(node, divisor)));
  const narrow = { ...document, nodes };
  const { problems } = analyseNetwork(narrow);
  if (problems.length > 0) throw new TypeError(`${document.name}: ${JSON.stringify(problems)}`);
  return narrow;
}
