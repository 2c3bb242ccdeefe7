/**
 * From a document to tensors: the weights that a network has, and its forward pass. It knows how layers are wired, not
 * what any of them does. What is wrong with a document is network-analysis.ts.
 */
import type { ModelDocument } from '../graph/model-document';
import { checkParameters, type ParameterValues } from '../graph/parameter-schema';
import { ProblemError, unwrap } from '../graph/problem';
import { ShapeError, formatShape, sameShape, type Shape, type Tensor } from '../graph/tensor';
import type { ForwardContext, LayerDefinition, WeightSpecification } from './layer';
import { analyseNetwork, type NetworkAnalysis } from './network-analysis';
import { structureOf } from './network-structure';
import { layers } from './registry';

export { analyseNetwork, type NetworkAnalysis } from './network-analysis';

/** A node of a valid document, with all that is needed to compute it or to write it down elsewhere. */
export interface NetworkNode {
  readonly id: string;
  readonly definition: LayerDefinition;
  readonly parameters: ParameterValues;
  /** The nodes it takes from, in the order of the ports. */
  readonly inputs: readonly string[];
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  readonly weights: readonly WeightSpecification[];
  /** Training changes nothing of it. */
  readonly frozen: boolean;
}

export interface NetworkWeight {
  /** `<node>.<weight>`, as in PyTorch's state_dict. */
  readonly name: string;
  readonly node: string;
  readonly frozen: boolean;
  readonly specification: WeightSpecification;
}

export interface BuiltNetwork {
  /** The output of each node, [batch, …]. */
  readonly activations: ReadonlyMap<string, Tensor>;
  readonly output: Tensor;
  /** New values of buffers after a training step, by weight name; empty in evaluation. */
  readonly bufferUpdates: ReadonlyMap<string, Tensor>;
}

export const weightName = (node: string, weight: string): string => `${node}.${weight}`;

/** The analysis of a document without errors; throws a ProblemError with the first of them otherwise. */
function requireValid(document: ModelDocument): NetworkAnalysis {
  const analysis = analyseNetwork(document);
  const problem = analysis.problems.find(({ severity }) => severity === 'error');
  if (problem !== undefined) throw new ProblemError(problem);
  return analysis;
}

/** The nodes in topological order. Throws a ProblemError if the document has an error. */
export function nodesOf(document: ModelDocument): readonly NetworkNode[] {
  const analysis = requireValid(document);
  const { nodes, incoming } = structureOf(document);
  return analysis.order.map((id) => {
    const node = nodes.get(id);
    const definition = layers.get(node?.kind ?? '');
    const { inputShapes = [], outputShape = null } = analysis.nodes.get(id) ?? {};
    if (node === undefined || definition === undefined || outputShape === null)
      throw new TypeError(`The valid node ${id} was not analysed.`);
    const parameters = unwrap(checkParameters(definition.parameters, node.parameters));
    const inputs = (incoming.get(id) ?? []).map(({ from }) => from);
    return {
      id,
      definition,
      parameters,
      inputs,
      inputShapes,
      outputShape,
      weights: definition.weights(inputShapes, parameters),
      frozen: node.frozen ?? false,
    };
  });
}

/** Every weight and buffer, in topological order. Throws a ProblemError if the document has an error. */
export const weightsOf = (document: ModelDocument): readonly NetworkWeight[] =>
  nodesOf(document).flatMap(({ id, weights, frozen }) =>
    weights.map((specification) => ({ name: weightName(id, specification.name), node: id, frozen, specification })),
  );

/**
 * The forward pass. `input` is [batch, …sample]; `weights` holds a tensor for every name of weightsOf; `random` gives
 * uniform numbers that differ by key, a name that is the same in every build. Throws a ProblemError if the document has
 * an error and a ShapeError if a layer does not give the shape that it predicted.
 */
export function buildNetwork(
  document: ModelDocument,
  {
    mode,
    input,
    weights,
    random,
  }: {
    readonly mode: ForwardContext['mode'];
    readonly input: Tensor;
    readonly weights: ReadonlyMap<string, Tensor>;
    readonly random: (key: string, shape: Shape) => Tensor;
  },
): BuiltNetwork {
  const activations = new Map<string, Tensor>();
  const bufferUpdates = new Map<string, Tensor>();
  let last = input;
  const nodes = nodesOf(document);
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  for (const { id, definition, parameters, inputs, outputShape, weights: specifications, frozen } of nodes) {
    const own = specifications.map(({ name }) => {
      const tensor = weights.get(weightName(id, name));
      if (tensor === undefined) throw new TypeError(`No tensor was given for the weight ${weightName(id, name)}.`);
      return [name, tensor] as const;
    });
    let calls = 0;
    const context: ForwardContext = {
      // A frozen layer computes as in evaluation: it keeps its running statistics, and drops nothing.
      mode: frozen ? 'evaluate' : mode,
      weights: Object.fromEntries(own),
      random: (shape) => random(`${id}#${String(calls++)}`, shape),
    };
    const taken = inputs.length === 0 ? [input] : inputs.map((from) => activations.get(from)).filter((tensor) => tensor !== undefined);
    const result = definition.forward(context, taken, parameters);
    const expected = [input.shape[0] ?? 1, ...outputShape];
    if (!sameShape(result.output.shape, expected))
      throw new ShapeError(`${definition.label} ${id}`, formatShape(expected), formatShape(result.output.shape));
    activations.set(id, result.output);
    for (const [name, tensor] of Object.entries(result.buffers ?? {})) bufferUpdates.set(weightName(id, name), tensor);
    if (!used.has(id)) last = result.output;
  }
  return { activations, output: last, bufferUpdates };
}
