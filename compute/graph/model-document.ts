/**
 * The model document: a network as it is drawn and saved, in plain JSON (docs/model-format.md). It knows the form of a
 * network, not which layers exist: that is layers/network.ts.
 */
import * as v from 'valibot';

export const MODEL_FORMAT_VERSION = 1;

const identifier = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/),
  v.description('Starts with a letter; letters, digits, _ and -. The prefix of the names of its weights.'),
);

const parameterValue = v.union([
  v.number(),
  v.boolean(),
  v.pipe(v.string(), v.maxLength(4096)),
  v.pipe(v.array(v.number()), v.maxLength(64)),
]);

export const modelNodeSchema = v.strictObject({
  id: identifier,
  kind: v.pipe(v.string(), v.minLength(1), v.maxLength(64), v.description('The kind of layer, such as conv2d.')),
  version: v.pipe(v.number(), v.integer(), v.minValue(1), v.description("The version of the layer's parameters.")),
  parameters: v.record(v.pipe(v.string(), v.maxLength(64)), parameterValue),
  frozen: v.exactOptional(
    v.pipe(v.boolean(), v.description('Training changes nothing of this layer: it computes as in evaluation. Absent means false.')),
  ),
});

export const modelEdgeSchema = v.strictObject({
  from: v.pipe(identifier, v.description('The node whose output is taken.')),
  to: v.pipe(identifier, v.description('The node that takes it.')),
  port: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1023), v.description('Which input of `to`, counted from 0.')),
});

export const modelDocumentSchema = v.strictObject({
  format: v.literal('hebb-model'),
  version: v.literal(MODEL_FORMAT_VERSION),
  name: v.pipe(v.string(), v.maxLength(200)),
  nodes: v.pipe(v.array(modelNodeSchema), v.maxLength(10_000)),
  edges: v.pipe(v.array(modelEdgeSchema), v.maxLength(100_000)),
});

type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

export type ModelNode = DeepReadonly<v.InferOutput<typeof modelNodeSchema>>;
export type ModelEdge = DeepReadonly<v.InferOutput<typeof modelEdgeSchema>>;
export type ModelDocument = DeepReadonly<v.InferOutput<typeof modelDocumentSchema>>;

/** An edge has no id of its own: this is how problems and the canvas name it. */
export const edgeIdentifier = (edge: ModelEdge): string => `${edge.from}→${edge.to}:${String(edge.port)}`;

export const emptyDocument = (name: string): ModelDocument => ({
  format: 'hebb-model',
  version: MODEL_FORMAT_VERSION,
  name,
  nodes: [],
  edges: [],
});
