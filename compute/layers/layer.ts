/**
 * What a layer is: one file of this folder, named <kind>.layer.ts, that exports `layer = defineLayer({…})`. The form in
 * the inspector, the shapes, the weights, the exports and the tests all come from it (docs/adding-a-layer.md).
 */
import type { Outcome } from '../graph/problem';
import type { ParameterSchema, ParameterValues, ValuesOf } from '../graph/parameter-schema';
import type { Shape, Tensor } from '../graph/tensor';
import type { KerasContext, KerasTensor } from './keras';

/** In palette order; each has one hue everywhere. */
export const layerGroups = [
  'core',
  'convolution',
  'pooling',
  'normalization',
  'activation',
  'regularization',
  'shape',
  'merge',
  'sequence',
  'attention',
] as const;
export type LayerGroup = (typeof layerGroups)[number];

export type WeightInitializer =
  | { readonly kind: 'zeros' | 'ones' }
  /** Uniform or normal with the scale of He (fan-in) or Xavier (fan-in + fan-out), or uniform in ±bound. */
  | { readonly kind: 'he-uniform' | 'he-normal' | 'xavier-uniform' | 'xavier-normal'; readonly fanIn: number; readonly fanOut: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'constant'; readonly value: number }
  /** Around 0; the truncated one has no number beyond two deviations (of the normal distribution that it is cut from). */
  | { readonly kind: 'normal' | 'truncated-normal'; readonly deviation: number }
  /** Rows, or columns where they are fewer, that are at right angles and of length 1; axis 0 tells the rows. */
  | { readonly kind: 'orthogonal' }
  /** What a layer computes once instead of learning it: the number at a row-major place. Asked for only where weights are made. */
  | { readonly kind: 'fixed'; readonly valueAt: (index: number) => number };

export interface WeightSpecification {
  /** Name within the node: `weight`, `bias`, `running_mean` … (PyTorch's). */
  readonly name: string;
  readonly shape: Shape;
  /** Buffers are updated by the forward pass in training, not by the optimizer. */
  readonly role: 'parameter' | 'buffer';
  readonly initializer: WeightInitializer;
}

export interface ForwardContext {
  readonly mode: 'train' | 'evaluate';
  /** The weights of the node, by name within it. */
  readonly weights: Readonly<Record<string, Tensor>>;
  /** Uniform numbers in [0, 1) that differ by seed, step, node and call, and repeat with them. */
  readonly random: (shape: Shape) => Tensor;
}

export interface ForwardResult {
  readonly output: Tensor;
  /** New values of buffers, by name, when in training. */
  readonly buffers?: Readonly<Record<string, Tensor>>;
}

/** ONNX tells whole numbers from others by the attribute's type: plain numbers are whole. */
export type OnnxAttributeFloat =
  { readonly float: number } | { readonly floats: readonly number[] } | { readonly strings: readonly string[] };

export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, number | string | readonly number[] | OnnxAttributeFloat>>;
}

export interface OnnxContext {
  readonly inputs: readonly string[];
  readonly output: string;
  /** ONNX names of the node's weights, by name within it. */
  readonly weights: Readonly<Record<string, string>>;
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
}

export interface LayerSample<Values> {
  readonly name: string;
  readonly inputShapes: readonly Shape[];
  readonly parameters: Values;
  readonly batch?: number;
  /** For layers that take tokens: those of all samples, row-major. */
  readonly tokens?: readonly number[];
  /** Its gradient is not its derivative, by design: it is held against PyTorch's, not against finite differences. */
  readonly surrogateGradient?: boolean;
}

export interface LayerDefinition<Schema extends ParameterSchema = ParameterSchema, Values = ParameterValues> {
  readonly kind: string;
  readonly version: number;
  readonly label: string;
  readonly group: LayerGroup;
  readonly help: string;
  /** What it computes, in plain text with Unicode signs: x are its inputs, y its output. */
  readonly formula: string;
  readonly parameters: Schema;
  /**
   * For layers that deal in tokens, whole numbers from 0 to below the size of a vocabulary: how many tokens it knows, and the
   * size of the vocabulary that it gives (null for numbers). All other layers take and give numbers.
   */
  readonly tokens?: {
    readonly takes?: (parameters: Values) => number;
    readonly gives?: (parameters: Values) => number | null;
  };
  /** How many inputs it takes; `maximum` may be Infinity. */
  readonly inputs: { readonly minimum: number; readonly maximum: number };
  /** Shape of one output sample from those of its inputs: no batch axis. */
  readonly shape: (inputs: readonly Shape[], parameters: Values) => Outcome<Shape>;
  readonly weights: (inputs: readonly Shape[], parameters: Values) => readonly WeightSpecification[];
  /** Inputs and output carry the batch as axis 0. */
  readonly forward: (context: ForwardContext, inputs: readonly Tensor[], parameters: Values) => ForwardResult;
  /** ONNX nodes (opset 17, evaluation mode) that compute the output. */
  readonly onnx: (context: OnnxContext, parameters: Values) => readonly OnnxNode[];
  /**
   * Layers of Keras (evaluation mode) that compute the output, which is that of the last one added. An error that it throws
   * says why there are none.
   */
  readonly keras: (context: KerasContext, parameters: Values) => KerasTensor;
  /**
   * PyTorch: `module` constructs an nn.Module from `inputs` shapes when it has weights or modes; `call` is the expression
   * over the names of the inputs, with `self` naming the module.
   */
  readonly pytorch: (
    inputs: readonly Shape[],
    parameters: Values,
  ) => { readonly module?: string; readonly call: (self: string, inputs: readonly string[]) => string };
  /** At least one: a layer without a case for the conformance suite does not compile. */
  readonly samples: readonly [LayerSample<Values>, ...LayerSample<Values>[]];
}

/** Checks a definition against its own schema and forgets the schema's type, so that registries can hold all of them. */
export const defineLayer = <const Schema extends ParameterSchema>(definition: LayerDefinition<Schema, ValuesOf<Schema>>): LayerDefinition =>
  // Values reach a layer only through checkParameters(definition.parameters, …), which returns ValuesOf<Schema>.
  definition as unknown as LayerDefinition;
