/** Why training cannot start, if it cannot: pure, from what the stores know. Texts stand under train.reasons. */
import type { ModelDocument } from '../../../compute/graph/model-document';
import type { Problem } from '../../../compute/graph/problem';
import type { Shape } from '../../../compute/graph/tensor';
import type { TrainingSettings } from '../../../compute/graph/training-settings';
import { losses } from '../../../compute/losses/registry';
import { optimizers } from '../../../compute/optimizers/registry';
import { schedules } from '../../../compute/schedules/registry';
import { acceptsOutput, objectiveOf } from '../../../compute/training/objective';
import { checkParameters, type ParameterSchema, type ParameterValues } from '../../../compute/graph/parameter-schema';

export interface Reason {
  readonly code: 'no-device' | 'opening-device' | 'no-data' | 'opening-data' | 'network' | 'input-shape' | 'loss' | 'settings' | 'empty';
  readonly values: Readonly<Record<string, string | number>>;
  /** Said by the engine's own text, where there is one. */
  readonly problem?: Problem;
}

export interface Circumstances {
  readonly device: 'opening' | 'ready' | 'failed';
  readonly dataset:
    | { readonly state: 'opening' | 'failed' }
    | {
        readonly state: 'ready';
        readonly sampleShape: Shape;
        readonly sampleType: 'u8' | 'f32' | 'i32';
        readonly labelShape: Shape;
        readonly classes: readonly string[];
        readonly trainCount: number;
      };
  readonly document: ModelDocument;
  readonly analysis: {
    readonly valid: boolean;
    readonly problems: readonly Problem[];
    readonly input: string | null;
    readonly outputShape: Shape | null;
    readonly nodes: ReadonlyMap<string, { readonly outputShape: Shape | null }>;
  };
  readonly settings: TrainingSettings;
}

const sameShape = (first: Shape, second: Shape): boolean =>
  first.length === second.length && first.every((size, axis) => size === second[axis]);
export const shapeText = (shape: Shape): string => shape.join('×');

/** A kind that does not exist, or parameters that it does not take. */
function settingsReasons({
  kind,
  parameters,
  definition,
}: {
  readonly kind: string;
  readonly parameters: ParameterValues;
  readonly definition: { readonly parameters: ParameterSchema } | undefined;
}): readonly Reason[] {
  if (!definition) return [{ code: 'settings', values: { name: kind } }];
  const checked = checkParameters(definition.parameters, parameters);
  return checked.ok ? [] : [{ code: 'settings', values: { name: kind }, problem: checked.problem }];
}

/** Why the loss cannot compare this output with what the data gives; null where it can, or its settings are wrong already. */
function lossProblem(settings: TrainingSettings, output: Shape, dataset: Parameters<typeof objectiveOf>[1]): Problem | null {
  const loss = losses.get(settings.loss.kind);
  const parameters = loss ? checkParameters(loss.parameters, settings.loss.parameters) : null;
  if (!loss || !parameters?.ok) return null;
  const objective = objectiveOf(settings.target, dataset);
  if (!objective.ok) return objective.problem;
  const accepted = acceptsOutput(loss, parameters.value, output, objective.value);
  return accepted.ok ? null : accepted.problem;
}

/** Empty when everything is ready; the most basic reason first. */
export function reasonsAgainst({ device, dataset, document, analysis, settings }: Circumstances): readonly Reason[] {
  const reasons: Reason[] = [];
  if (document.nodes.length === 0) return [{ code: 'empty', values: {} }];
  const errors = analysis.problems.filter((problem) => problem.severity === 'error');
  if (!analysis.valid || errors.length > 0)
    reasons.push({ code: 'network', values: { count: errors.length }, ...(errors[0] ? { problem: errors[0] } : {}) });
  if (device !== 'ready') reasons.push({ code: device === 'opening' ? 'opening-device' : 'no-device', values: {} });
  if (dataset.state !== 'ready') {
    reasons.push({ code: dataset.state === 'opening' ? 'opening-data' : 'no-data', values: {} });
    return reasons;
  }
  if (!analysis.valid) return reasons;
  const inputShape = analysis.input === null ? null : (analysis.nodes.get(analysis.input)?.outputShape ?? null);
  if (inputShape && !sameShape(inputShape, dataset.sampleShape))
    reasons.push({ code: 'input-shape', values: { network: shapeText(inputShape), data: shapeText(dataset.sampleShape) } });
  for (const component of [
    { definition: losses.get(settings.loss.kind), ...settings.loss },
    { definition: optimizers.get(settings.optimizer.kind), ...settings.optimizer },
    { definition: schedules.get(settings.schedule.kind), ...settings.schedule },
  ])
    reasons.push(...settingsReasons(component));
  const unfit = analysis.outputShape === null ? null : lossProblem(settings, analysis.outputShape, dataset);
  if (unfit) reasons.push({ code: 'loss', values: {}, problem: unfit });
  return reasons;
}
