/** The samples of all losses as cases: the loss of each sample, with the gradient by the output. */
import type { ParameterValues } from '../graph/parameter-schema';
import type { LossDefinition, LossSample } from '../losses/loss';
import { losses } from '../losses/registry';
import { draw } from './draw';
import type { GivenTensor } from './evaluation';
import { conformanceCase, type ConformanceCase } from './operation-cases';

const BATCH = 5;

export interface LossCase extends ConformanceCase {
  readonly definition: LossDefinition;
  readonly sample: LossSample<ParameterValues>;
  readonly batch: number;
}

function lossCase(definition: LossDefinition, sample: LossSample<ParameterValues>): LossCase {
  const name = `${definition.kind}: ${sample.name}`;
  const { output, target, parameters, range = [-2, 2] } = sample;
  const shape = [BATCH, ...output];
  const inputs: GivenTensor[] = [
    { shape, type: 'f32', data: draw(`${name} output`, shape, range) },
    target.kind === 'class'
      ? { shape: [BATCH], type: 'i32', data: Float64Array.from({ length: BATCH }, (_, index) => (2 * index) % target.classes) }
      : { shape: [BATCH, ...target.shape], type: 'f32', data: draw(`${name} target`, [BATCH, ...target.shape], [0, 1]) },
  ];
  const common = conformanceCase(
    name,
    inputs,
    ([outputs, targets]) => {
      if (outputs === undefined || targets === undefined) throw new TypeError(`${name} was given no tensors.`);
      return [definition.forward(outputs, targets, parameters)];
    },
    true,
  );
  return { ...common, definition, sample, batch: BATCH };
}

/** Every sample of every loss. */
export const lossCases: readonly LossCase[] = [...losses.values()].flatMap((definition) =>
  definition.samples.map((sample) => lossCase(definition, sample)),
);
