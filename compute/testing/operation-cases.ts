/**
 * The samples of all operations as cases that any device can be asked to compute: result and gradients. The operations
 * are collected from their files, so that a new one is covered without being listed.
 */
import { gradients } from '../autodiff/gradients';
import { apply, type Attributes, type Operation, type OperationSample, type Tensor, type TensorType } from '../graph/tensor';
import { drawInput } from './draw';
import { inputTensors, type GivenTensor } from './evaluation';
import { drawWeights, weigh } from './finite-differences';

const modules = import.meta.glob('../ops/*.op.ts', { eager: true });

/** Every exported `…Operation`, by name. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries(modules)
    .flatMap(([, module]) => Object.entries(module))
    .filter(([name]) => name.endsWith('Operation'))
    // Only definitions of operations are exported under such names.
    .map(([, operation]) => [(operation as Operation).name, operation as Operation]),
);

/** The files that hold operations, to be held against what was found in them. */
export const operationFiles: readonly string[] = Object.keys(modules);

export interface ConformanceCase {
  readonly name: string;
  readonly inputs: readonly GivenTensor[];
  /** The results whose gradients are measured. */
  readonly build: (inputs: readonly Tensor[]) => readonly Tensor[];
  /** The results, and the gradients of their weighed sum, as tensors of the inputs: what devices are compared on. */
  readonly buildWithGradients: (inputs: readonly Tensor[]) => readonly Tensor[];
  /** Inputs that `buildWithGradients` takes after the others. */
  readonly weights: readonly GivenTensor[];
  readonly differentiable: boolean;
}

/** Adds to what a case builds the gradients with respect to all f32 inputs. */
export function conformanceCase(
  name: string,
  inputs: readonly GivenTensor[],
  build: (inputs: readonly Tensor[]) => readonly Tensor[],
  differentiable: boolean,
): ConformanceCase {
  const weights = differentiable ? drawWeights(name, build(inputTensors(inputs))) : [];
  const buildWithGradients = (tensors: readonly Tensor[]): readonly Tensor[] => {
    const own = tensors.slice(0, inputs.length);
    const results = build(own);
    const objective = differentiable ? weigh(results, tensors.slice(inputs.length)) : null;
    const variables = own.filter(({ type }) => type === 'f32');
    return objective === null ? results : [...results, ...gradients(objective, variables)];
  };
  return { name, inputs, build, buildWithGradients, weights, differentiable };
}

/** The tensor of an operation with a sample's attributes. */
export function applySample(operation: Operation, sample: OperationSample, inputs: readonly Tensor[]): Tensor {
  // The sample stands in the definition and gives the attributes that this operation takes.
  const definition = operation as Operation & { readonly infer: (inputs: readonly TensorType[], attributes: Attributes) => TensorType };
  return apply(definition, inputs, sample.attributes);
}

export const operationCases: readonly ConformanceCase[] = [...operations.values()].flatMap((operation) =>
  operation.samples.map((sample) => {
    const name = `${operation.name}: ${sample.name}`;
    const inputs = sample.inputs.map((input, position): GivenTensor => ({
      shape: input.shape,
      type: input.type,
      data: drawInput(`${name} ${String(position)}`, input),
    }));
    return conformanceCase(
      name,
      inputs,
      (tensors) => [applySample(operation, sample, tensors)],
      operation.gradient !== 'nondifferentiable',
    );
  }),
);
