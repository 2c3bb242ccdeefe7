/**
 * Losses as batches are trained by them, over more than their samples: all parameters to their limits, from one class to many,
 * labels a sample or a position, a batch of one, scores that are equal or far out.
 */
import type { ParameterSpecification, ParameterValue, ParameterValues } from '../graph/parameter-schema';
import type { Shape, Tensor } from '../graph/tensor';
import type { LossDefinition, Target } from '../losses/loss';
import { losses } from '../losses/registry';
import { acceptsOutput, batchLoss, type Objective } from '../training/objective';
import { draw } from './draw';
import type { GivenTensor } from './evaluation';

export interface LossGridCase {
  readonly name: string;
  readonly definition: LossDefinition;
  readonly parameters: ParameterValues;
  /** Of one sample or position. */
  readonly output: Shape;
  readonly target: Target;
  /** Outputs [batch, …positions, …output], then labels [batch, …positions] or numbers [batch, …output]. */
  readonly inputs: readonly [GivenTensor, GivenTensor];
  /** The loss of the batch, a scalar, of such inputs. */
  readonly build: (output: Tensor, target: Tensor) => Tensor;
}

interface Point {
  readonly parameters: ParameterValues;
  readonly compared: Comparison;
  readonly positions: Shape;
  readonly batch: number;
  readonly range: readonly [number, number];
}

interface Comparison {
  readonly output: Shape;
  readonly target: Target;
}

const comparisons: readonly Comparison[] = [
  ...[3, 1, 2, 10, 137].map((classes): Comparison => ({ output: [classes], target: { kind: 'class', classes } })),
  { output: [1], target: { kind: 'class', classes: 2 } },
  { output: [7], target: { kind: 'values', shape: [7] } },
  { output: [2, 3, 1], target: { kind: 'values', shape: [2, 3, 1] } },
];
const positionsTried: readonly Shape[] = [[], [1], [4], [2, 3]];
const batches = [5, 1, 2];
const ranges: readonly Point['range'][] = [
  [-2, 2],
  [0, 0],
  [-1e-4, 1e-4],
  [-80, 80],
  [-1e4, 1e4],
];

const distinct = <Value>(values: readonly Value[]): Value[] => [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];

/** The default first, then the values of the samples and the limits. */
function alternatives(definition: LossDefinition, name: string, specification: ParameterSpecification, { output }: Comparison) {
  const sampled = definition.samples.flatMap((sample) => sample.parameters[name] ?? []);
  const values = ((): readonly ParameterValue[] => {
    switch (specification.type) {
      case 'boolean':
        return [true, false];
      case 'number':
        return [...sampled, specification.minimum, specification.maximum];
      case 'numbers': {
        // One a class: alike, with a zero and of all sizes.
        const classes = Array.from({ length: output[0] ?? 1 }, (_, index) => index);
        return [
          classes.map(() => 2.5),
          classes.map((index) => [0.5, 2, 0, 1][index % 4] ?? 1),
          classes.map((index) => 10 ** ((index % 7) - 3)),
        ];
      }
      default:
        return sampled;
    }
  })();
  return distinct([specification.default, ...values]);
}

/** Of each parameter one alternative, in all combinations or one at a time. */
function parametersOf(definition: LossDefinition, compared: Comparison, full: boolean): ParameterValues[] {
  const lists = Object.entries(definition.parameters).map(([name, specification]) => ({
    name,
    values: alternatives(definition, name, specification, compared),
  }));
  const usual: ParameterValues = Object.fromEntries(lists.map(({ name, values: [first = 0] }) => [name, first]));
  if (!full) return distinct([usual, ...lists.flatMap(({ name, values }) => values.map((value) => ({ ...usual, [name]: value })))]);
  return lists.reduce<ParameterValues[]>(
    (partial, { name, values }) => partial.flatMap((given) => values.map((value) => ({ ...given, [name]: value }))),
    [{}],
  );
}

/** All points, or those that differ from the first in one respect. */
function pointsOf(definition: LossDefinition, full: boolean): Point[] {
  const points = comparisons.flatMap((compared, first) =>
    parametersOf(definition, compared, full).flatMap((parameters, second) =>
      positionsTried.flatMap((positions, third) =>
        batches.flatMap((batch, fourth) =>
          ranges.flatMap((range, fifth) => {
            const changes = [first, second, third, fourth, fifth].filter((place) => place > 0).length;
            return full || changes <= 1 ? [{ parameters, compared, positions, batch, range }] : [];
          }),
        ),
      ),
    ),
  );
  return points.filter(({ compared: { output, target }, positions, parameters }) => {
    const objective: Objective = { target, comparesWith: 'label', positions };
    return (
      (target.kind === 'class' || positions.length === 0) && acceptsOutput(definition, parameters, [...positions, ...output], objective).ok
    );
  });
}

function caseOf(definition: LossDefinition, { parameters, compared: { output, target }, positions, batch, range }: Point): LossGridCase {
  const outputs = [batch, ...positions, ...output];
  const places = [batch, ...positions];
  const of = target.kind === 'class' ? `${String(target.classes)} classes` : 'numbers';
  const name = `${definition.kind} of ${outputs.join('×')} (${of}) within ${range.join(' … ')}, ${JSON.stringify(parameters)}`;
  const count = places.reduce((product, size) => product * size, 1);
  const objective: Objective = { target, comparesWith: 'label', positions };
  const valued = { loss: definition, lossParameters: parameters, objective };
  return {
    name,
    definition,
    parameters,
    output,
    target,
    inputs: [
      // Devices round inputs to f32: what is far out would not be the same.
      { shape: outputs, type: 'f32', data: draw(name, outputs, range).map(Math.fround) },
      target.kind === 'class'
        ? { shape: places, type: 'i32', data: Float64Array.from({ length: count }, (_, index) => (2 * index) % target.classes) }
        : { shape: outputs, type: 'f32', data: draw(`${name} target`, outputs, [0, 1]).map(Math.fround) },
    ],
    build: (given, wanted) => batchLoss(valued, given, { samples: wanted, labels: wanted }),
  };
}

/** What each loss is held against PyTorch by: `full` combines what is otherwise tried one after the other. */
export const lossGrid = (full: boolean): LossGridCase[] =>
  [...losses.values()].flatMap((definition) => pointsOf(definition, full).map((point) => caseOf(definition, point)));
