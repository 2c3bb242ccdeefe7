/**
 * What would have to change in a network so that it takes a data set: the shape of its input, the content of it, the outputs
 * of its last layer. Pure; whoever asks makes the edits.
 */
import type { ModelDocument } from '../../graph/model-document';

export interface DataForm {
  readonly sampleShape: readonly number[];
  readonly sampleType: 'u8' | 'f32' | 'i32';
  /** Of tokens: how many there are. */
  readonly vocabulary: number;
  /** Classes, or target values of a regression; 0 leaves the outputs alone. */
  readonly outputs: number;
  /** Whether each token has a target of its own. */
  readonly isSequence: boolean;
}

/** One parameter of one node. */
export interface Adaptation {
  readonly node: string;
  readonly parameter: 'shape' | 'content' | 'vocabulary' | 'units' | 'outChannels';
  readonly value: number | string | readonly number[];
}

/** Layers that give as many numbers as they get, so that the layer before them decides. */
const passing = new Set(['softmax', 'dropout', 'relu', 'tanh', 'sigmoid', 'global-average-pool', 'global-max-pool']);

/** The layer that decides how many outputs there are, upstream of the output; null where none does. */
function decider(document: ModelDocument, output: string): { readonly id: string; readonly parameter: 'units' | 'outChannels' } | null {
  let id: string | undefined = output;
  for (let steps = 0; id !== undefined && steps <= document.nodes.length; steps++) {
    const node = document.nodes.find((candidate) => candidate.id === id);
    if (node?.kind === 'dense') return { id: node.id, parameter: 'units' };
    if (node?.kind === 'conv2d') return { id: node.id, parameter: 'outChannels' };
    if (node === undefined || !passing.has(node.kind)) return null;
    id = document.edges.find(({ to }) => to === node.id)?.from;
  }
  return null;
}

/** Empty where the network fits already. `input` and `output` are the ids of its ends. */
export function adaptationsFor(
  document: ModelDocument,
  input: string | null,
  output: string | null,
  form: DataForm,
): readonly Adaptation[] {
  const changes: Adaptation[] = [];
  const parametersOf = (id: string) => document.nodes.find((node) => node.id === id)?.parameters ?? {};
  const want = (node: string, parameter: Adaptation['parameter'], value: Adaptation['value']): void => {
    if (JSON.stringify(parametersOf(node)[parameter]) !== JSON.stringify(value)) changes.push({ node, parameter, value });
  };
  if (input !== null) {
    want(input, 'shape', form.sampleShape);
    const isTokens = form.sampleType === 'i32';
    const { content = 'numbers' } = parametersOf(input);
    if ((content === 'tokens') !== isTokens) want(input, 'content', isTokens ? 'tokens' : 'numbers');
    if (isTokens) want(input, 'vocabulary', form.vocabulary);
  }
  const last = output === null ? null : decider(document, output);
  if (last !== null && form.outputs > 0) want(last.id, last.parameter, form.outputs);
  return changes;
}

/** The document with those parameters changed. */
export const applyAdaptations = (document: ModelDocument, adaptations: readonly Adaptation[]): ModelDocument => ({
  ...document,
  nodes: document.nodes.map((node) => ({
    ...node,
    parameters: {
      ...node.parameters,
      ...Object.fromEntries(adaptations.filter((change) => change.node === node.id).map(({ parameter, value }) => [parameter, value])),
    },
  })),
});
