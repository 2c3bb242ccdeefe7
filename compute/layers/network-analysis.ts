/**
 * What is known of a drawn network without computing with it: shapes, counts of parameters and everything that is wrong.
 * Pure, and fast enough to run at every keystroke. The editor shows it, training asks it for leave.
 */
import { edgeIdentifier, type ModelDocument, type ModelEdge, type ModelNode } from '../graph/model-document';
import { checkParameters, type ParameterValues } from '../graph/parameter-schema';
import type { Problem } from '../graph/problem';
import { formatShape, sizeOf, type Shape } from '../graph/tensor';
import type { LayerDefinition } from './layer';
import { errorOf, structureOf } from './network-structure';
import { layers } from './registry';

export interface NodeAnalysis {
  /** Shapes of one sample of each input that is known, in the order of the ports. */
  readonly inputShapes: readonly Shape[];
  /** Null where something before it, or itself, is wrong. */
  readonly outputShape: Shape | null;
  /** Where it gives tokens: the size of their vocabulary; null where it gives numbers. */
  readonly vocabulary: number | null;
  /** Numbers that training learns. */
  readonly parameterCount: number;
  readonly problems: readonly Problem[];
}

export interface NetworkAnalysis {
  readonly nodes: ReadonlyMap<string, NodeAnalysis>;
  /** All of them, each with its node or edge if it has one. */
  readonly problems: readonly Problem[];
  /** Inputs before users. */
  readonly order: readonly string[];
  /** The node of kind `input` and the one node without outgoing edges; null unless there is exactly one. */
  readonly input: string | null;
  readonly output: string | null;
  readonly outputShape: Shape | null;
  readonly parameterCount: number;
  /** No error: it can be built and trained. */
  readonly valid: boolean;
}

/** The most elements that one tensor of a sample or one weight may have: 2³⁰ bytes of f32. */
const LARGEST_TENSOR = 2 ** 28;

interface KnownNode {
  readonly definition: LayerDefinition;
  readonly parameters: ParameterValues;
}

function knownNode(node: ModelNode): KnownNode | Problem {
  const definition = layers.get(node.kind);
  const where = { node: node.id };
  if (definition === undefined) return errorOf('unknown-kind', { node: node.id, kind: node.kind }, where);
  if (node.version > definition.version) {
    return errorOf(
      'newer-version',
      { node: node.id, layer: definition.label, version: node.version, supported: definition.version },
      where,
    );
  }
  const parameters = checkParameters(definition.parameters, node.parameters);
  return parameters.ok ? { definition, parameters: parameters.value } : { ...parameters.problem, ...where };
}

/** Inputs that are missing, taken twice, or more than the layer has. */
function portProblems(node: ModelNode, { inputs, label }: LayerDefinition, edges: readonly ModelEdge[]): Problem[] {
  const problems: Problem[] = [];
  const taken = new Set<number>();
  for (const edge of edges) {
    const where = { edge: edgeIdentifier(edge) };
    if (edge.port >= inputs.maximum)
      problems.push(errorOf('no-such-port', { node: node.id, layer: label, port: edge.port + 1, maximum: inputs.maximum }, where));
    else if (taken.has(edge.port)) problems.push(errorOf('port-taken', { node: node.id, layer: label, port: edge.port + 1 }, where));
    taken.add(edge.port);
  }
  const last = Math.max(-1, ...[...taken].filter((port) => port < inputs.maximum));
  for (let port = 0; port < Math.max(inputs.minimum, last + 1); port++) {
    if (!taken.has(port)) problems.push(errorOf('missing-input', { node: node.id, layer: label, port: port + 1 }, { node: node.id }));
  }
  return problems;
}

function sizeProblem(node: ModelNode, what: string, shape: Shape): Problem[] {
  return sizeOf(shape) > LARGEST_TENSOR
    ? [errorOf('too-large', { node: node.id, what, shape: formatShape(shape) }, { node: node.id })]
    : [];
}

/** Numbers where tokens are wanted, tokens where numbers are wanted, or more tokens than the layer knows. */
function tokenProblem(node: ModelNode, { definition, parameters }: KnownNode, given: readonly (number | null)[]): Problem[] {
  const known = definition.tokens?.takes?.(parameters) ?? null;
  const layer = definition.label;
  const where = { node: node.id };
  const vocabulary = Math.max(0, ...given.map((size) => size ?? 0));
  if (known === null) return vocabulary === 0 ? [] : [errorOf('numbers-expected', { layer }, where)];
  if (given.includes(null)) return [errorOf('tokens-expected', { layer }, where)];
  return vocabulary > known ? [errorOf('vocabulary', { layer, expected: vocabulary, actual: known }, where)] : [];
}

/** Shapes and parameters of a node whose inputs are all known and well connected. */
function analyseLayer(node: ModelNode, known: KnownNode, inputs: readonly NodeAnalysis[], inputShapes: readonly Shape[]): NodeAnalysis {
  const { definition, parameters } = known;
  const vocabulary = definition.tokens?.gives?.(parameters) ?? null;
  const wrong = tokenProblem(
    node,
    known,
    inputs.map((input) => input.vocabulary),
  );
  if (wrong.length > 0) return { inputShapes, outputShape: null, vocabulary, parameterCount: 0, problems: wrong };
  const outcome = definition.shape(inputShapes, parameters);
  if (!outcome.ok) {
    return { inputShapes, outputShape: null, vocabulary, parameterCount: 0, problems: [{ ...outcome.problem, node: node.id }] };
  }
  const weights = definition.weights(inputShapes, parameters);
  const problems = [...sizeProblem(node, 'output', outcome.value), ...weights.flatMap(({ name, shape }) => sizeProblem(node, name, shape))];
  const parameterCount = weights.reduce((sum, { role, shape }) => (role === 'parameter' ? sum + sizeOf(shape) : sum), 0);
  return { inputShapes, outputShape: problems.length === 0 ? outcome.value : null, vocabulary, parameterCount, problems };
}

/**
 * How many inputs and outputs there are. That no data reaches a node needs no word of its own: such a part begins with a
 * node whose input is missing, or runs in a circle.
 */
function endProblems(inputs: readonly string[], outputs: readonly string[]): Problem[] {
  return [
    ...(inputs.length === 0 ? [errorOf('no-input', {})] : []),
    ...inputs.slice(1).map((node) => errorOf('several-inputs', { node, inputs: inputs.join(', ') }, { node })),
    ...(outputs.length > 1 ? outputs.map((node) => errorOf('several-outputs', { node, outputs: outputs.join(', ') }, { node })) : []),
  ];
}

export function analyseNetwork(document: ModelDocument): NetworkAnalysis {
  const structure = structureOf(document);
  const { nodes, incoming, outgoing, order } = structure;
  const known = new Map<string, KnownNode>();
  const found = new Map<string, Problem[]>([...nodes.keys()].map((id) => [id, []]));
  const edgeProblems: Problem[] = [];

  for (const [id, node] of nodes) {
    const result = knownNode(node);
    if ('code' in result) {
      found.get(id)?.push(result);
      continue;
    }
    known.set(id, result);
    for (const problem of portProblems(node, result.definition, incoming.get(id) ?? [])) {
      (problem.edge === undefined ? found.get(id) : edgeProblems)?.push(problem);
    }
  }

  const shapes = new Map<string, NodeAnalysis>();
  for (const id of order) {
    const node = nodes.get(id);
    const layer = known.get(id);
    const edges = incoming.get(id) ?? [];
    const ready = edges.flatMap(({ from }) => shapes.get(from) ?? []);
    const complete = ready.flatMap(({ outputShape }) => (outputShape === null ? [] : [outputShape]));
    const wired =
      (found.get(id)?.length ?? 0) === 0 && !edgeProblems.some((problem) => edges.some((edge) => problem.edge === edgeIdentifier(edge)));
    if (node === undefined || layer === undefined || !wired || complete.length !== edges.length) {
      shapes.set(id, { inputShapes: complete, outputShape: null, vocabulary: null, parameterCount: 0, problems: [] });
    } else {
      const analysis = analyseLayer(node, layer, ready, complete);
      shapes.set(id, analysis);
      found.get(id)?.push(...analysis.problems);
    }
  }

  const inputs = [...nodes.values()].filter(({ kind }) => kind === 'input').map(({ id }) => id);
  const outputs = [...nodes.keys()].filter((id) => (outgoing.get(id) ?? []).length === 0);
  const ends = endProblems(inputs, outputs);
  for (const problem of ends) if (problem.node !== undefined) found.get(problem.node)?.push(problem);

  const analysed = new Map<string, NodeAnalysis>();
  for (const id of nodes.keys()) {
    const shape = shapes.get(id) ?? { inputShapes: [], outputShape: null, vocabulary: null, parameterCount: 0 };
    const own = structure.problems.filter(({ node }) => node === id);
    analysed.set(id, { ...shape, problems: [...own, ...(found.get(id) ?? [])] });
  }
  const parameterCount = [...analysed.values()].reduce((sum, node) => sum + node.parameterCount, 0);
  const problems = [
    ...structure.problems.filter(({ node }) => node === undefined),
    ...edgeProblems,
    ...ends.filter(({ node }) => node === undefined),
    ...[...analysed.values()].flatMap((node) => node.problems),
  ];
  if (problems.length === 0 && parameterCount === 0) problems.push(errorOf('nothing-to-learn', {}));
  const output = outputs.length === 1 ? (outputs[0] ?? null) : null;
  return {
    nodes: analysed,
    problems,
    order,
    input: inputs.length === 1 ? (inputs[0] ?? null) : null,
    output,
    outputShape: output === null ? null : (analysed.get(output)?.outputShape ?? null),
    parameterCount,
    valid: problems.every(({ severity }) => severity !== 'error'),
  };
}
