/** What the losses over classes share. */
import { failure, success, type Outcome } from '../graph/problem';
import { formatShape, type Shape } from '../graph/tensor';

/** One output a class. */
export const oneOutputPerClass = (loss: string, output: Shape, classes: number): Outcome<true> =>
  output.length === 1 && output[0] === classes ? success(true) : failure('loss.classes', { loss, classes, actual: formatShape(output) });
