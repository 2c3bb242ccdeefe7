/** What the layers share that work on each element by itself: any shape goes in, and comes out. */
import { success, type Outcome } from '../graph/problem';
import type { Shape } from '../graph/tensor';

export const oneInput = { minimum: 1, maximum: 1 } as const;

export const sameAsInput = ([input = []]: readonly Shape[]): Outcome<Shape> => success(input);

/** The samples of such a layer: a row of features and an image, each with its parameters. */
export const elementwiseSamples = <const Values>(features: Values, image: Values) =>
  [
    { name: 'features', inputShapes: [[5]], parameters: features },
    { name: 'an image', inputShapes: [[2, 3, 2]], parameters: image },
  ] as const;

/** Numbers as ONNX nodes take them: a constant of that name, a scalar where one number is given. */
export const onnxConstant = (name: string, values: number | readonly number[]) =>
  typeof values === 'number'
    ? ({ operator: 'Constant', inputs: [], outputs: [name], attributes: { value_float: { float: values } } } as const)
    : ({ operator: 'Constant', inputs: [], outputs: [name], attributes: { value_floats: { floats: values } } } as const);

/** Whole numbers as ONNX nodes take them: shapes, axes, amounts of padding. */
export const onnxIntegers = (name: string, values: readonly number[]) =>
  ({ operator: 'Constant', inputs: [], outputs: [name], attributes: { value_ints: values } }) as const;
