/**
 * A network ready to be trained on a data set: the document checked, its loss and optimizer looked up, its weights
 * placed. Everything that programs are built from; it knows no device.
 */
import { checkParameters, type ParameterSchema, type ParameterValues } from '../graph/parameter-schema';
import { failure, success, type Outcome } from '../graph/problem';
import { formatShape, sameShape, sizeOf, type Shape, type Tensor } from '../graph/tensor';
import type { ModelDocument } from '../graph/model-document';
import type { SafetensorsEntry } from '../graph/safetensors';
import type { TrainingSettings } from '../graph/training-settings';
import { analyseNetwork, buildNetwork, weightsOf, type NetworkAnalysis } from '../layers/network';
import { losses } from '../losses/registry';
import type { LossDefinition } from '../losses/loss';
import { optimizers } from '../optimizers/registry';
import type { OptimizerDefinition } from '../optimizers/optimizer';
import { randomUniform } from '../ops/random-uniform.op';
import { streamKey } from '../graph/philox';
import { learningRules } from '../learning-rules/registry';
import type { LearningRuleDefinition } from '../learning-rules/learning-rule';
import { readState } from '../plan/program';
import { schedules } from '../schedules/registry';
import type { ScheduleDefinition } from '../schedules/schedule';
import { ACCUMULATED, AVERAGED, inArena, isTrainable, optimizerArena, placeWeights, type Placement } from './placement';
import { seedState, stepState } from './states';
import type { Dataset } from './dataset';
import { acceptsOutput, hasTargets, objectiveOf, type Objective } from './objective';
import { normalise, planPreparation, type PreparationPlan } from './preparation';

/** Weights that a network begins with where it has some of their names and shapes, instead of those drawn from the seed. */
export interface GivenWeights {
  /** The same for the same weights: a checkpoint tells by it what its training began with. */
  readonly id: string;
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
}

export interface Model {
  readonly document: ModelDocument;
  readonly settings: TrainingSettings;
  readonly analysis: NetworkAnalysis;
  /** Of one output sample. */
  readonly outputShape: Shape;
  readonly objective: Objective;
  readonly loss: LossDefinition;
  readonly lossParameters: ParameterValues;
  readonly optimizer: OptimizerDefinition;
  readonly optimizerParameters: ParameterValues;
  readonly schedule: ScheduleDefinition;
  readonly scheduleParameters: ParameterValues;
  readonly learningRule: LearningRuleDefinition;
  readonly learningRuleParameters: ParameterValues;
  readonly preparation: PreparationPlan;
  /** Arrays of the size of all weights that the optimizer and its companions keep. */
  readonly slots: readonly string[];
  readonly placement: Placement;
  readonly given?: GivenWeights;
}

/** The definition of a kind, and its parameters. Problems: `training.unknown-<what>`, `parameter.*`. */
function chosen<Definition extends { readonly parameters: ParameterSchema }>(
  known: ReadonlyMap<string, Definition>,
  { kind, parameters }: { readonly kind: string; readonly parameters: Readonly<Record<string, unknown>> },
  what: string,
): Outcome<{ readonly definition: Definition; readonly parameters: ParameterValues }> {
  const definition = known.get(kind);
  if (definition === undefined) return failure(`training.unknown-${what}`, { kind, known: [...known.keys()].join(', ') });
  const values = checkParameters(definition.parameters, parameters);
  return values.ok ? success({ definition, parameters: values.value }) : values;
}

/** What of a data set decides which networks fit it: everything but its samples. */
export type DatasetForm = Omit<Dataset, 'splits'>;

/**
 * Checks a document and settings against a data set. Problems: those of the network, `training.*` for a loss or an
 * optimizer that does not exist or does not fit, `parameter.*` for their settings.
 */
export function prepareModel(document: ModelDocument, settings: TrainingSettings, dataset: DatasetForm): Outcome<Model> {
  const analysis = analyseNetwork(document);
  const { input, outputShape } = analysis;
  const problem = analysis.problems.find(({ severity }) => severity === 'error');
  if (problem !== undefined) return { ok: false, problem };
  if (!analysis.valid || input === null || outputShape === null) return failure('training.invalid-network');
  const inputShape = analysis.nodes.get(input)?.outputShape ?? [];
  if (!sameShape(inputShape, dataset.sampleShape)) {
    return failure(
      'training.input-shape',
      { dataset: dataset.name, expected: formatShape(dataset.sampleShape), actual: formatShape(inputShape) },
      { node: input },
    );
  }
  const { vocabulary } = analysis.nodes.get(input) ?? {};
  if ((vocabulary ?? null) !== (dataset.vocabulary ?? null)) {
    const count = { dataset: dataset.name, expected: dataset.vocabulary ?? 0, actual: vocabulary ?? 0 };
    const code = dataset.vocabulary === undefined ? 'numbers' : vocabulary === null ? 'tokens' : 'vocabulary';
    return failure(`training.input-${code}`, count, { node: input });
  }
  const loss = chosen(losses, settings.loss, 'loss');
  if (!loss.ok) return loss;
  const objective = objectiveOf(settings.target, dataset);
  if (!objective.ok) return objective;
  const accepted = acceptsOutput(loss.value.definition, loss.value.parameters, outputShape, objective.value);
  if (!accepted.ok)
    return { ok: false, problem: analysis.output === null ? accepted.problem : { ...accepted.problem, node: analysis.output } };
  const optimizer = chosen(optimizers, settings.optimizer, 'optimizer');
  if (!optimizer.ok) return optimizer;
  const schedule = chosen(schedules, settings.schedule, 'schedule');
  if (!schedule.ok) return schedule;
  const learningRule = chosen(learningRules, settings.learningRule, 'learning-rule');
  if (!learningRule.ok) return learningRule;
  const isRegression = hasTargets({ objective: objective.value });
  const preparation = planPreparation(settings.preparation, dataset, isRegression ? sizeOf(dataset.labelShape ?? []) : 0);
  if (!preparation.ok) return preparation;
  if (preparation.value.targets > 0 && loss.value.definition.targetRange !== undefined)
    return failure('training.standardized-targets', { loss: loss.value.definition.label });
  const { early } = settings.stopping;
  if (early?.measure === 'accuracy' && objective.value.target.kind !== 'class') return failure('training.no-accuracy');
  const placement = placeWeights(weightsOf(document));
  if (!placement.weights.some(isTrainable)) return failure('training.all-frozen');
  return success({
    document,
    settings,
    analysis,
    outputShape,
    objective: objective.value,
    loss: loss.value.definition,
    lossParameters: loss.value.parameters,
    optimizer: optimizer.value.definition,
    optimizerParameters: optimizer.value.parameters,
    schedule: schedule.value.definition,
    scheduleParameters: schedule.value.parameters,
    learningRule: learningRule.value.definition,
    learningRuleParameters: learningRule.value.parameters,
    preparation: preparation.value,
    slots: [
      ...optimizer.value.definition.slots(optimizer.value.parameters),
      ...(settings.accumulation > 1 ? [ACCUMULATED] : []),
      ...(settings.averaging === null ? [] : [AVERAGED]),
    ],
    placement,
  });
}

/** Whether the numbers that a network is to tell are such as its loss can compare with. Problem: `loss.target-range`. */
export function checkTargets(model: Model, dataset: Dataset): Outcome<true> {
  const [least, greatest] = model.loss.targetRange ?? [-Infinity, Infinity];
  if (!hasTargets(model)) return success(true);
  for (const [split, { labels }] of Object.entries(dataset.splits)) {
    const wrong = labels.findIndex((label) => !(label >= least && label <= greatest) || !Number.isFinite(label));
    if (wrong < 0) continue;
    const names = dataset.targetNames ?? [];
    const place = { split, sample: Math.floor(wrong / names.length), target: names[wrong % names.length] ?? '' };
    const value = String(labels[wrong]);
    if (model.loss.targetRange === undefined) return failure('loss.target-not-finite', { ...place, value });
    return failure('loss.target-range', { ...place, value, loss: model.loss.label, minimum: least, maximum: greatest });
  }
  return success(true);
}

/**
 * The network's tensors with its weights read from the device; `input` is [batch, …], as the data set holds it. Where weights are averaged, an evaluation
 * reads the averages.
 */
export function forward(model: Model, mode: 'train' | 'evaluate', input: Tensor) {
  const weights = new Map(
    model.placement.weights.map((weight) => {
      const averaged = mode === 'evaluate' && model.settings.averaging !== null && isTrainable(weight);
      return [weight.name, readState(averaged ? inArena(weight.reference, optimizerArena(AVERAGED)) : weight.reference)];
    }),
  );
  const built = buildNetwork(model.document, {
    mode,
    input: normalise(model.preparation, input),
    weights,
    random: (key, shape) => randomUniform(readState(seedState), readState(stepState), streamKey(key), shape),
  });
  return { ...built, weights };
}
