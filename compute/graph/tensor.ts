/**
 * Tensors as expressions: a tensor is the operation that makes it, its inputs and its attributes. Building one
 * computes nothing; devices do. This file knows no particular operation and no device.
 */

/** Sizes of the axes, outermost first; a scalar has the shape []. */
export type Shape = readonly number[];

/** `u8` is a storage type of data sets only: it is read as a whole number 0…255 and must be cast before arithmetic. */
export type DataType = 'f32' | 'i32' | 'u8';

export interface TensorType {
  readonly shape: Shape;
  readonly type: DataType;
}

export type AttributeValue = number | string | boolean | readonly number[] | readonly (readonly number[])[];
/** Plain data that, with the inputs, determines an operation's result. */
export type Attributes = Readonly<Record<string, AttributeValue>>;
export type NoAttributes = Readonly<Record<string, never>>;

export interface Tensor extends TensorType {
  readonly operation: Operation;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
}

export interface GradientContext<A> {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** ∂L/∂output, of the output's shape. */
  readonly cotangent: Tensor;
  readonly attributes: A;
}

/** Gives ∂L/∂input for each input, made of other operations; null where an input has no gradient (labels, indices). */
export type VectorJacobianProduct<A> = (context: GradientContext<A>) => readonly (Tensor | null)[];

/** One case for the conformance suite: input types (values are drawn from a seed) and attributes. */
export interface OperationSample {
  readonly name: string;
  readonly inputs: readonly (TensorType & { readonly values?: readonly number[]; readonly range?: readonly [number, number] })[];
  readonly attributes: Attributes;
}

interface OperationBase<A> {
  readonly name: string;
  /** Result type; throws a ShapeError that states what was expected and what came. */
  readonly infer: (inputs: readonly TensorType[], attributes: A) => TensorType;
  readonly gradient: VectorJacobianProduct<A> | 'nondifferentiable';
  readonly samples: readonly OperationSample[];
}

/** Where a value comes from and when it changes; a leaf reads a named state (see plan/program.ts). */
export interface LeafOperation<A> extends OperationBase<A> {
  readonly kind: 'leaf';
}

/** Up to three inputs of an elementwise operation; those that it lacks are '' in WGSL and 0 on the reference. */
export type Operands<T> = readonly [first: T, second: T, third: T];

/**
 * One output element from the input elements at the same index (all inputs have the output's shape; broadcasting is
 * an explicit `expand`). `linearIndex` is the row-major index of the element, for counters and random numbers.
 */
export interface ElementwiseOperation<A> extends OperationBase<A> {
  readonly kind: 'elementwise';
  /** A WGSL expression of the output type. Operands are names, possibly used more than once; `linearIndex` is u32. */
  readonly wgsl: (operands: Operands<string>, attributes: A, linearIndex: string) => string;
  /** WGSL functions that the expression calls, by name; emitted once a kernel. */
  readonly wgslFunctions?: Readonly<Record<string, string>>;
  readonly reference: (operands: Operands<number>, attributes: A, linearIndex: number) => number;
}

/** Integer arithmetic over indices: numbers on the reference device, WGSL u32 expressions in kernels. */
export interface IndexAlgebra<I> {
  constant(value: number): I;
  add(a: I, b: I): I;
  /** Never negative where `valid` of the view holds; wraps elsewhere. */
  subtract(a: I, b: I): I;
  multiply(a: I, factor: number): I;
  divide(a: I, divisor: number): I;
  modulo(a: I, divisor: number): I;
  /** A condition: minimum ≤ a < limit. */
  within(a: I, minimum: number, limit: number): I;
  and(a: I, b: I): I;
}

export interface ViewSource<I> {
  readonly index: readonly I[];
  /** Where present and false the element is 0 and the input is not read. */
  readonly valid?: I;
}

/** One output element is one input element elsewhere, or zero: it costs no kernel, devices fold it into the reader. */
export interface ViewOperation<A> extends OperationBase<A> {
  readonly kind: 'view';
  readonly source: <I>(
    index: readonly I[],
    algebra: IndexAlgebra<I>,
    types: { readonly input: TensorType; readonly output: TensorType },
    attributes: A,
  ) => ViewSource<I>;
}

/** output[i, …] = data[indices[i], …]: inputs are data of rank ≥ 1 and i32 indices of rank 1. Out of range reads row 0. */
export interface GatherOperation<A> extends OperationBase<A> {
  readonly kind: 'gather';
}

export interface ReduceAttributes {
  readonly axes: readonly number[];
}

/** Folds the elements along `axes` (removed from the shape) in one fixed order. */
export interface ReduceOperation extends OperationBase<ReduceAttributes & Attributes> {
  readonly kind: 'reduce';
  readonly initial: { readonly wgsl: string; readonly reference: number };
  readonly combine: {
    readonly wgsl: (accumulator: string, value: string) => string;
    readonly reference: (accumulator: number, value: number) => number;
  };
}

/** What a kernel may assume of the device it is generated for. */
export interface DeviceProfile {
  /** A CPU pretending to be a GPU: barriers and small workgroups are slow, caches are large. */
  readonly software: boolean;
  readonly maximumWorkgroupInvocations: number;
  readonly maximumWorkgroupsPerDimension: number;
  readonly maximumWorkgroupStorageBytes: number;
  /** Four neighbouring invocations of a workgroup are a subgroup of their own and may swap values (`quadSwapX` and its like). */
  readonly quads: boolean;
  /**
   * What it costs to transform a tile of a convolution of 3×3 (winograd.ts), in multiplications of its sums for each channel; null where
   * that was not measured, and the convolution stays whole.
   */
  readonly tileCost: number | null;
  /** How numbers are kept in 16 bits where a program asks for it: as f16, or two in a word of 32. */
  readonly halves: 'f16' | 'packed';
}

export interface KernelContext {
  readonly inputs: readonly TensorType[];
  readonly output: TensorType;
  readonly profile: DeviceProfile;
  /** WGSL expression for input `input` at a row-major linear index (a u32 expression). Inputs are contiguous. */
  readonly load: (input: number, linearIndex: string) => string;
  /**
   * WGSL statement that runs the fused epilogue on `value` and writes it at the index (one u32 expression an axis; led by
   * the number of the split where the source has `splits`).
   */
  readonly store: (index: readonly string[], value: string) => string;
}

export interface KernelSource {
  /** Named in a run's record, so that a repeat uses the same. */
  readonly variant: string;
  readonly workgroupSize: readonly [number, number, number];
  /** [n, 1, 1] with any n, or sizes within the profile's limit. */
  readonly workgroups: readonly [number, number, number];
  /** The kernel stores so many partial results; the device adds them in order, then runs the epilogue. Set by shapes only. */
  readonly splits?: number;
  /** Module scope: constants, workgroup variables, functions. */
  readonly declarations?: string;
  /** Body of the entry point; in scope: `global: vec3<u32>`, `local: vec3<u32>`, `group: vec3<u32>`. */
  readonly body: string;
}

/** An operation with a kernel of its own (products, convolutions, pooling); what follows it elementwise is its epilogue. */
export interface KernelOperation<A> extends OperationBase<A> {
  readonly kind: 'kernel';
  /** The variants that suit the device, best guess first; never empty. All give the same result up to rounding. */
  readonly kernels: (context: KernelContext, attributes: A) => readonly KernelSource[];
  /** The same result made of other operations, up to rounding, where that is faster on the device; null where the kernels are. */
  readonly decompose?: (inputs: readonly Tensor[], attributes: A, profile: DeviceProfile) => Tensor | null;
  /** Floating-point operations of one evaluation; a multiplication and an addition are one each. Set by shapes only. */
  readonly flops: (inputs: readonly TensorType[], attributes: A, output: TensorType) => number;
  /** Fills `output` (row-major) from row-major inputs, in float64, as plainly as possible. */
  readonly reference: (
    inputs: readonly { readonly shape: Shape; readonly data: Float64Array }[],
    output: { readonly shape: Shape; readonly data: Float64Array },
    attributes: A,
  ) => void;
}

// `never` makes every Operation<A> assignable: code that handles operations in general passes on the attributes that the
// tensor was built with, through `attributesOf`.
export type Operation =
  | LeafOperation<never>
  | ElementwiseOperation<never>
  | ViewOperation<never>
  | GatherOperation<never>
  | ReduceOperation
  | KernelOperation<never>;

/** The attributes of a tensor as its own operation expects them: `apply` is the only maker of tensors, so they fit. */
export const attributesOf = (tensor: Tensor): never => tensor.attributes as never;

/** Builds a tensor; the only place that does. */
export function apply<A extends Attributes>(
  operation: Operation & { readonly infer: (inputs: readonly TensorType[], attributes: A) => TensorType },
  inputs: readonly Tensor[],
  attributes: A,
): Tensor {
  const { shape, type } = operation.infer(inputs, attributes);
  return { operation, inputs, attributes, shape, type };
}

/** Two shapes, or a shape and a demand, that do not go together. */
export class ShapeError extends Error {
  constructor(
    readonly operation: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(`${operation}: expected ${expected}, got ${actual}`);
    this.name = 'ShapeError';
  }
}

/** Number of elements; 1 for a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  return strides;
}

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, axis) => size === b[axis]);

/** `6×28×28`; `scalar` for []. */
export const formatShape = (shape: Shape): string => (shape.length === 0 ? 'scalar' : shape.join('×'));
