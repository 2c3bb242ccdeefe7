/**
 * A network ready to be trained on a data set: the document checked, its loss and optimizer looked up, its weights
 * placed. Everything that programs are built from; it knows no device.
 */
import { checkParameters, type ParameterValues } from '../graph/parameter-schema';
import { failure, success, type Outcome } from '../graph/problem';
import { formatShape, sameShape, type Shape, type Tensor } from '../graph/tensor';
import type { ModelDocument } from '../graph/model-document';
import type { TrainingSettings } from '../graph/training-settings';
import { analyseNetwork, buildNetwork, weightsOf, type NetworkAnalysis } from '../layers/network';
import { losses } from '../losses/registry';
import type { LossDefinition } from '../losses/loss';
import { optimizers } from '../optimizers/registry';
import type { OptimizerDefinition } from '../optimizers/optimizer';
import { randomUniform } from '../ops/random-uniform.op';
import { streamKey } from '../graph/philox';
import { readState, type StateReference } from '../plan/program';
import { placeWeights, type Placement } from './placement';
import type { Dataset } from './dataset';
import { acceptsOutput, objectiveOf, type Objective } from './objective';

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
  readonly placement: Placement;
}

/**
 * Checks a document and settings against a data set. Problems: those of the network, `training.*` for a loss or an
 * optimizer that does not exist or does not fit, `parameter.*` for their settings.
 */
export function prepareModel(document: ModelDocument, settings: TrainingSettings, dataset: Dataset): Outcome<Model> {
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
  const loss = losses.get(settings.loss.kind);
  if (loss === undefined) return failure('training.unknown-loss', { kind: settings.loss.kind, known: [...losses.keys()].join(', ') });
  const lossParameters = checkParameters(loss.parameters, settings.loss.parameters);
  if (!lossParameters.ok) return lossParameters;
  const objective = objectiveOf(settings.target, dataset);
  if (!objective.ok) return objective;
  const accepted = acceptsOutput(loss, lossParameters.value, outputShape, objective.value);
  if (!accepted.ok)
    return { ok: false, problem: analysis.output === null ? accepted.problem : { ...accepted.problem, node: analysis.output } };
  const optimizer = optimizers.get(settings.optimizer.kind);
  if (optimizer === undefined)
    return failure('training.unknown-optimizer', { kind: settings.optimizer.kind, known: [...optimizers.keys()].join(', ') });
  const optimizerParameters = checkParameters(optimizer.parameters, settings.optimizer.parameters);
  if (!optimizerParameters.ok) return optimizerParameters;
  return success({
    document,
    settings,
    analysis,
    outputShape,
    objective: objective.value,
    loss,
    lossParameters: lossParameters.value,
    optimizer,
    optimizerParameters: optimizerParameters.value,
    placement: placeWeights(weightsOf(document)),
  });
}

/** The small states that a training step reads and moves on. */
export const stepState: StateReference = { arena: 'step', offset: 0, shape: [1], type: 'i32' };
export const seedState: StateReference = { arena: 'seed', offset: 0, shape: [2], type: 'i32' };

/** The network's tensors with its weights read from the device; `input` is f32 [batch, …]. */
export function forward(model: Model, mode: 'train' | 'evaluate', input: Tensor) {
  const weights = new Map(model.placement.weights.map(({ name, reference }) => [name, readState(reference)]));
  const built = buildNetwork(model.document, {
    mode,
    input,
    weights,
    random: (key, shape) => randomUniform(readState(seedState), readState(stepState), streamKey(key), shape),
  });
  return { ...built, weights };
}
