/** Why training cannot start, if it cannot: pure, from what the stores know. Texts stand under train.reasons. */
import type { ModelDocument } from '../../../compute/graph/model-document';
import type { Problem } from '../../../compute/graph/problem';
import type { Shape } from '../../../compute/graph/tensor';
import type { TrainingSettings } from '../../../compute/graph/training-settings';
import { prepareModel, type DatasetForm } from '../../../compute/training/model';

export interface Reason {
  readonly code: 'no-device' | 'opening-device' | 'no-data' | 'opening-data' | 'network' | 'input-shape' | 'unfit' | 'empty';
  readonly values: Readonly<Record<string, string | number>>;
  /** Said by the engine's own text, where there is one. */
  readonly problem?: Problem;
}

export interface Circumstances {
  readonly device: 'opening' | 'ready' | 'failed';
  readonly dataset: { readonly state: 'opening' | 'failed' } | { readonly state: 'ready'; readonly form: DatasetForm };
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
  if (inputShape && !sameShape(inputShape, dataset.form.sampleShape))
    return [...reasons, { code: 'input-shape', values: { network: shapeText(inputShape), data: shapeText(dataset.form.sampleShape) } }];
  const prepared = prepareModel(document, settings, dataset.form);
  return prepared.ok ? reasons : [...reasons, { code: 'unfit', values: {}, problem: prepared.problem }];
}
