/**
 * Makes a model document node by node, with weights and shapes known at every step: what the readers of other software's
 * models share. Names are made fit for a document; a value is laid out anew only where a layer needs it so.
 */
import type { ModelDocument, ModelEdge, ModelNode } from '../../../compute/graph/model-document';
import { checkParameters } from '../../../compute/graph/parameter-schema';
import { fillIn } from '../../../compute/graph/problem';
import type { SafetensorsEntry } from '../../../compute/graph/safetensors';
import { formatShape, sameShape, sizeOf, type Shape } from '../../../compute/graph/tensor';
import { layers } from '../../../compute/layers/registry';
import { LARGEST_GRAPH } from '../onnx/onnx-model';
import { Refusal } from './imported-model';
import { arrange, sampleAxes, type Atom, type View } from './views';

export type WeightData = Float32Array;
type Parameters = ModelNode['parameters'];

interface BuiltNode {
  readonly id: string;
  readonly kind: string;
  parameters: Parameters;
  readonly inputs: readonly string[];
  shape: Shape;
  readonly weights: Map<string, WeightData>;
}

/** A name as a document allows it: from `features.0/Conv` comes `features_0_Conv`. */
export function identifierFrom(name: string): string {
  const cleaned = name.replace(/[^A-Za-z0-9_-]+/g, '_').replace(/^[^A-Za-z]+|[_-]+$/g, '');
  return cleaned.slice(0, 60);
}

export function createNetworkBuilder() {
  const nodes = new Map<string, BuiltNode>();
  const order: string[] = [];
  const uses = new Map<string, number>();
  const arranged = new Map<string, string>();
  /** The parts of the file that a node came of, where it was made later than they were read. */
  const credits = new Map<string, readonly object[]>();

  const freeId = (hint: string, kind: string): string => {
    const base = identifierFrom(hint) === '' ? kind : identifierFrom(hint);
    for (let number = 1; ; number++) {
      const id = number === 1 ? base : `${base}_${String(number)}`;
      if (!nodes.has(id)) return id;
    }
  };
  const nodeOf = (id: string): BuiltNode => {
    const node = nodes.get(id);
    if (node === undefined) throw new TypeError(`There is no node ${id}.`);
    return node;
  };

  /** The layer's own judgement of parameters, shapes and weights. */
  const check = (kind: string, parameters: Parameters, inputShapes: readonly Shape[]) => {
    const definition = layers.get(kind);
    if (definition === undefined) throw new TypeError(`There is no layer ${kind}.`);
    const checked = checkParameters(definition.parameters, parameters);
    if (!checked.ok) throw new Refusal(`${definition.label} does not allow its settings: ${describe(checked.problem)}.`);
    const shape = definition.shape(inputShapes, checked.value);
    if (!shape.ok) throw new Refusal(`${definition.label} does not take its input: ${describe(shape.problem)}.`);
    return { shape: shape.value, specifications: definition.weights(inputShapes, checked.value), definition };
  };

  /** Adds a layer; weights are by their names in the layer. Throws a Refusal where the layer does not allow it. */
  const add = (
    kind: string,
    hint: string,
    parameters: Parameters,
    inputs: readonly string[],
    weights: Readonly<Record<string, WeightData>> = {},
  ): string => {
    if (nodes.size >= LARGEST_GRAPH) throw new Refusal(`The network would have more than ${String(LARGEST_GRAPH)} nodes.`);
    const { shape, specifications, definition } = check(
      kind,
      parameters,
      inputs.map((id) => nodeOf(id).shape),
    );
    const own = new Map(Object.entries(weights));
    for (const [name, data] of own) {
      const specification = specifications.find((one) => one.name === name);
      if (specification === undefined || sizeOf(specification.shape) !== data.length)
        throw new Refusal(
          `${definition.label} wants ${specification === undefined ? 'no' : formatShape(specification.shape)} numbers as ${name}, the file has ${String(data.length)}.`,
        );
    }
    const id = freeId(hint, kind);
    for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
    order.push(id);
    nodes.set(id, { id, kind, parameters, inputs, shape, weights: own });
    return id;
  };

  const shapeOf = (id: string): Shape => nodeOf(id).shape;

  /** A node whose output has those atoms in those axes: the value's own, or one that lays it out. */
  const laidOut = (view: View, groups: readonly (readonly Atom[])[]): string => {
    const { before, order: turned, after } = arrange(view, shapeOf(view.node), groups);
    let id = view.node;
    const step = (kind: string, parameters: Parameters, key: string): void => {
      const name = `${id} ${kind} ${key}`;
      const known = arranged.get(name);
      const made = known ?? add(kind, kind, parameters, [id]);
      arranged.set(name, made);
      id = made;
    };
    const reshape = (shape: Shape): void => {
      if (shape.length > 6) throw new Refusal('It has more than six axes.');
      if (shape.length === 0) step('reshape', { shape: [1] }, '1');
      else step(shape.length === 1 ? 'flatten' : 'reshape', shape.length === 1 ? {} : { shape: [...shape] }, shape.join(','));
    };
    if (before !== null) reshape(before);
    if (turned !== null) {
      if (turned.length > 6) throw new Refusal('It has more than six axes.');
      step('permute', { order: [...turned] }, turned.join(','));
    }
    if (after !== null) reshape(after);
    return id;
  };

  return {
    add,
    shapeOf,
    laidOut,
    count: (): number => order.length,
    /** The nodes that were added since there were so many. */
    idsSince: (count: number): readonly string[] => order.slice(count),
    /** Those of these nodes that are credited to nobody yet came of these parts of the file: of those without a node, if there are any. */
    credit: (ids: readonly string[], authors: ReadonlySet<object>): void => {
      const left = ids.filter((id) => !credits.has(id));
      if (left.length === 0 || authors.size === 0) return;
      const known = new Set([...credits.values()].flat());
      const without = [...authors].filter((author) => !known.has(author));
      for (const id of left) credits.set(id, without.length > 0 ? without : [...authors]);
    },
    creditsOf: (id: string): readonly object[] => credits.get(id) ?? [],
    /** A node whose output is the sample with the axes that the value has. */
    plain: (view: View): string => laidOut(view, sampleAxes(view)),
    kindOf: (id: string): string => nodeOf(id).kind,
    inputsOf: (id: string): readonly string[] => nodeOf(id).inputs,
    parametersOf: (id: string): Parameters => nodeOf(id).parameters,
    /** How many nodes take its output. */
    usesOf: (id: string): number => uses.get(id) ?? 0,
    weightOf: (id: string, name: string): WeightData | undefined => nodeOf(id).weights.get(name),
    /** Changes settings and weights of a node that nothing takes from yet. */
    amend: (id: string, parameters: Parameters, weights: Readonly<Record<string, WeightData>>): void => {
      const node = nodeOf(id);
      const { shape, specifications } = check(
        node.kind,
        { ...node.parameters, ...parameters },
        node.inputs.map((input) => nodeOf(input).shape),
      );
      for (const [name, data] of Object.entries(weights)) {
        const specification = specifications.find((one) => one.name === name);
        if (specification === undefined || sizeOf(specification.shape) !== data.length) throw new Refusal(`Its ${name} has another size.`);
        node.weights.set(name, data);
      }
      node.parameters = { ...node.parameters, ...parameters };
      node.shape = shape;
    },
    /**
     * The document, with what leads to `output` alone, and weights for all of its layers (weights that a layer computes by
     * itself, and those that the file does not have, are missing).
     */
    finish: (name: string, output: string): { readonly document: ModelDocument; readonly weights: readonly SafetensorsEntry[] } => {
      const kept = new Set<string>();
      const waiting = [output];
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
        if (kept.has(id)) continue;
        kept.add(id);
        waiting.push(...nodeOf(id).inputs);
      }
      const own = [...nodes.values()].filter(({ id }) => kept.has(id));
      const edges: ModelEdge[] = own.flatMap(({ id, inputs }) => inputs.map((from, port) => ({ from, to: id, port })));
      const document: ModelDocument = {
        format: 'hebb-model',
        version: 1,
        name: name.slice(0, 200),
        nodes: own.map(({ id, kind, parameters }) => ({ id, kind, version: layers.get(kind)?.version ?? 1, parameters })),
        edges,
      };
      const weights = own.flatMap(({ id, kind, parameters, inputs, weights: given }) => {
        const { specifications } = check(
          kind,
          parameters,
          inputs.map((input) => nodeOf(input).shape),
        );
        return specifications.flatMap(({ name: weight, shape }) => {
          const data = given.get(weight);
          return data === undefined ? [] : [{ name: `${id}.${weight}`, shape, data: new Float32Array(data) }];
        });
      });
      return { document, weights };
    },
    sameShape: (a: string, b: string): boolean => sameShape(shapeOf(a), shapeOf(b)),
  };
}

export type NetworkBuilder = ReturnType<typeof createNetworkBuilder>;

/** A layer's problem in short: its facts. The whole text stands with the screen's messages, which formats do not know. */
const describe = ({ code, values }: { readonly code: string; readonly values: Readonly<Record<string, string | number>> }): string =>
  fillIn(
    `${code.replace(/^.*\./, '').replaceAll('-', ' ')} (${Object.entries(values)
      .filter(([key]) => key !== 'layer' && key !== 'node')
      .map(([key, value]) => `${key} ${String(value)}`)
      .join(', ')})`,
    {},
  );
