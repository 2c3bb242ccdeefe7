/** Why training cannot start, if it cannot: pure, from what the stores know. Texts stand under train.reasons. */
import type { ModelDocument } from '../../../compute/graph/model-document';
import type { Problem } from '../../../compute/graph/problem';
import type { Shape } from '../../../compute/graph/tensor';
import type { TrainingSettings } from '../../../compute/graph/training-settings';
import { losses } from '../../../compute/losses/registry';
import { optimizers } from '../../../compute/optimizers/registry';
import { acceptsOutput, objectiveOf } from '../../../compute/training/objective';
import { checkParameters } from '../../../compute/graph/parameter-schema';

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
  const loss = losses.get(settings.loss.kind);
  const optimizer = optimizers.get(settings.optimizer.kind);
  if (!loss) reasons.push({ code: 'settings', values: { name: settings.loss.kind } });
  else if (analysis.outputShape) {
    const checked = checkParameters(loss.parameters, settings.loss.parameters);
    const objective = objectiveOf(settings.target, dataset);
    if (!checked.ok) reasons.push({ code: 'settings', values: { name: settings.loss.kind }, problem: checked.problem });
    else if (!objective.ok) reasons.push({ code: 'loss', values: {}, problem: objective.problem });
    else {
      const accepted = acceptsOutput(loss, checked.value, analysis.outputShape, objective.value);
      if (!accepted.ok) reasons.push({ code: 'loss', values: {}, problem: accepted.problem });
    }
  }
  if (!optimizer) reasons.push({ code: 'settings', values: { name: settings.optimizer.kind } });
  else {
    const checked = checkParameters(optimizer.parameters, settings.optimizer.parameters);
    if (!checked.ok) reasons.push({ code: 'settings', values: { name: settings.optimizer.kind }, problem: checked.problem });
  }
  return reasons;
}
