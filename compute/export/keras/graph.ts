/** A network as a graph of Keras's layers, each with a name of its own. What a layer says stands in its own file. Pure. */
import type { ModelDocument } from '../../graph/model-document';
import { failure, success, type Outcome } from '../../graph/problem';
import type { Shape } from '../../graph/tensor';
import type { KerasConfig, KerasLayer, KerasTensor } from '../../layers/keras';
import { nodesOf, weightName, type NetworkNode } from '../../layers/network';

export interface KerasGraph {
  readonly name: string;
  /** Inputs before users. */
  readonly layers: readonly KerasTensor[];
  readonly input: KerasTensor;
  readonly output: KerasTensor;
}

/** `conv2d_transpose` of Conv2DTranspose, as Keras itself makes names. */
export const snakeCase = (className: string): string =>
  className
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

type MutableLayer = { -readonly [Key in keyof KerasLayer]: KerasLayer[Key] };

/** The layers of one node, the last of which has its name; the others have it before a dot, which no node's name holds. */
function sayNode(
  { id, definition, parameters, inputShapes, outputShape, frozen }: NetworkNode,
  inputs: readonly KerasTensor[],
  weightsOf: (name: string) => { readonly shape: Shape; readonly data: Float32Array },
): readonly KerasTensor[] {
  const added: { readonly shape: Shape; readonly layer: MutableLayer }[] = [];
  const names = new Set<string>();
  const add = (
    className: string,
    from: KerasTensor | readonly KerasTensor[],
    shape: Shape,
    config: KerasConfig = {},
    weights: KerasLayer['weights'] = {},
    fixed = frozen,
  ): KerasTensor => {
    const base = `${id}.${snakeCase(className)}`;
    let name = base;
    for (let number = 1; names.has(name); number++) name = `${base}_${String(number)}`;
    names.add(name);
    const layer = { name, className, config, inputs: 'layer' in from ? [from] : from, weights, fixed };
    const tensor = { shape, layer };
    added.push(tensor);
    return tensor;
  };
  const result = definition.keras(
    {
      inputs,
      inputShapes,
      outputShape,
      weight: (name) => {
        const full = weightName(id, name);
        return { shape: weightsOf(full).shape, data: () => weightsOf(full).data };
      },
      add,
      addFixed: (className, from, shape, config, weights) => add(className, from, shape, config, weights, true),
    },
    parameters,
  );
  const last = added.at(-1);
  if (last === undefined || last !== result) throw new TypeError(`${definition.kind} does not end with a layer of its own.`);
  last.layer.name = id;
  return added;
}

/**
 * The graph of a valid document; `weights` gives the numbers of each weight by its name, and is asked when they are written.
 * Problem: keras.unsupported, which names the node. Throws a ProblemError if the document has an error.
 */
export function kerasGraph(document: ModelDocument, weights: (name: string) => Float32Array): Outcome<KerasGraph> {
  const layers: KerasTensor[] = [];
  const outputs = new Map<string, KerasTensor>();
  for (const node of nodesOf(document)) {
    const shapes = new Map(node.weights.map(({ name, shape }) => [weightName(node.id, name), shape]));
    try {
      const inputs = node.inputs.flatMap((id) => outputs.get(id) ?? []);
      const said = sayNode(node, inputs, (name) => ({
        shape: shapes.get(name) ?? [],
        get data() {
          return weights(name);
        },
      }));
      layers.push(...said);
      const last = said.at(-1);
      if (last !== undefined) outputs.set(node.id, last);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return failure('keras.unsupported', { node: node.id, kind: node.definition.kind, reason }, { node: node.id });
    }
  }
  const used = new Set(layers.flatMap(({ layer }) => layer.inputs));
  const input = layers.find(({ layer }) => layer.className === 'InputLayer');
  const output = layers.find((tensor) => !used.has(tensor));
  if (input === undefined || output === undefined) throw new TypeError('a valid network has an input and an output');
  return success({ name: document.name, layers, input, output });
}
