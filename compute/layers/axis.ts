/** What the layers share that work along one axis of a sample. */
import { failure, success, type Outcome } from '../graph/problem';
import { formatShape, type Shape } from '../graph/tensor';

export const axisParameter = (help: string, value: number) =>
  ({ type: 'integer', label: 'Axis', help, default: value, minimum: -6, maximum: 5 }) as const;

/** The axis of a sample, counted from 0; negative ones count from the last. */
export function sampleAxis(layer: string, shape: Shape, axis: number): Outcome<number> {
  const positive = axis < 0 ? axis + shape.length : axis;
  return positive >= 0 && positive < shape.length
    ? success(positive)
    : failure('network.no-such-axis', { layer, axis, actual: formatShape(shape), last: shape.length - 1 }, { parameter: 'axis' });
}

/** The same axis in a tensor of `rank` axes, of which the first is the batch. */
export const batchedAxis = (rank: number, axis: number): number => (axis < 0 ? axis + rank : axis + 1);
