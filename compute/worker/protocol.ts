/**
 * What the screen and the training worker say to each other: one entry a call, one variant an event. Plain data that
 * structured clone carries; large arrays are transferred. It knows no Worker: entry.ts and renderer/engine/ do.
 */
import type { DeviceDescription } from '../devices/device';
import type { KernelChoices } from '../devices/webgpu/tuning';
import type { ModelDocument } from '../graph/model-document';
import type { Problem } from '../graph/problem';
import type { PreparationSettings, TrainingSettings } from '../graph/training-settings';
import type { Shape } from '../graph/tensor';
import type { AttackRequest, AttackedSample } from '../attacks/attack-samples';
import type { SplitActivations, SplitPredictions } from '../insight/batches';
import type { NamedTensor } from '../insight/named-tensors';
import type { Prediction } from '../insight/prediction';
import type { Activation } from '../insight/probe';
import type { PreviewRequest } from '../training/augmentation-preview';
import type { CheckpointState } from '../training/checkpoint';
import type { Split } from '../training/dataset';
import type { DeviceChoice, DeviceWish } from '../training/device-choice';
import type { Evaluation, StepMetrics, TrainingEvent, TrainingPosition, TrainingStatus } from '../training/progress';

export type { DeviceChoice, DeviceWish, Split };

/**
 * One table of all samples, in shards that the worker fetches itself, and the split of each sample. Samples are row-major,
 * everything is little-endian; a shard holds whole samples.
 */
export interface DatasetSource {
  readonly name: string;
  readonly sampleShape: Shape;
  /** i32 for tokens. */
  readonly sampleType: 'u8' | 'f32' | 'i32';
  /** Given with tokens: how many there are. */
  readonly vocabulary?: number;
  /** Axes of the labels of one sample; absent for one class a sample. */
  readonly labelShape?: Shape;
  readonly classes: readonly string[];
  /** What the numbers of f32 labels are; absent or empty where labels are classes (i32). */
  readonly targetNames?: readonly string[];
  /** Of all samples, those that are excluded too. */
  readonly count: number;
  readonly sampleShards: readonly ShardSource[];
  readonly labelShards: readonly ShardSource[];
  /** One byte a sample: 0 train, 1 validation, 2 test, 3 excluded. */
  readonly splitUrl: string;
}

export interface ShardSource {
  readonly url: string;
  readonly bytes: number;
}

export type { AttackRequest, CheckpointState, Evaluation, NamedTensor, Prediction, StepMetrics, TrainingPosition, TrainingStatus };
export type { Activation as ProbeResult, AttackedSample as AttackSampleResult };

export interface ChosenDevice {
  readonly description: DeviceDescription;
  readonly choice: DeviceChoice;
}

/** Data of one sample: given, or from the loaded data set. */
export type SampleReference =
  { readonly from: 'data'; readonly values: Float32Array } | { readonly from: 'split'; readonly split: Split; readonly index: number };

export interface WorkerCalls {
  /**
   * Opens a device as wished; what was trained goes over to it, and goes on there from the same step. `threads` are those of the
   * CPU device (null: all cores but one). `kernels` is what earlier events of that type told; by it kernels are chosen without measuring again.
   */
  'open-device': {
    request: { readonly wish: DeviceWish; readonly threads: number | null; readonly kernels: KernelChoices };
    response: ChosenDevice;
  };
  /**
   * Settles where a training that begins now computes: with the wish `auto` and a GPU that is software the step is tried on both
   * devices. One that has begun stays where it is.
   */
  'settle-device': { request: null; response: ChosenDevice };
  /**
   * Samples that are together more than `memoryBudget` bytes stay on disk, and are read while they are needed; null: as many bytes
   * as the device takes in one piece, at most a gigabyte.
   */
  'load-dataset': {
    request: DatasetSource & { readonly memoryBudget?: number | null };
    response: { readonly bytes: number; readonly classCounts: Readonly<Record<Split, readonly number[]>> };
  };
  /**
   * Replaces the network; weights of the same name and shape are kept if `keepWeights`. Answers when compiled; with the wish
   * `auto` on another device where only that can do it.
   */
  configure: {
    request: {
      readonly document: ModelDocument;
      readonly settings: TrainingSettings;
      readonly keepWeights: boolean;
      /** Weights (safetensors) that the network begins with instead of drawn ones, by name and shape, now and after a reset. */
      readonly given?: { readonly id: string; readonly url: string };
    };
    response: { readonly position: TrainingPosition; readonly parameterCount: number; readonly device: ChosenDevice };
  };
  /** Starts, or goes on after a pause. Answers when running; progress comes as events. */
  train: { request: null; response: null };
  pause: { request: null; response: TrainingPosition };
  /** Exactly one batch, then paused. */
  step: { request: null; response: TrainingPosition };
  /** Ends the run where it is; the weights stay. */
  stop: { request: null; response: TrainingPosition };
  /** Back to the newest snapshot of which every number is finite; again, to the one before. Problem: `training.no-step-back`. */
  'step-back': { request: null; response: TrainingPosition };
  /** New weights from the seed, position 0. */
  reset: { request: null; response: null };
  /** By name: `conv1.weight`, `conv1.weight.gradient` (of the latest step), `bn.running_mean`. */
  'read-tensors': { request: { readonly names: readonly string[] }; response: readonly NamedTensor[] };
  /** Writes the latest snapshot as safetensors by PUT to these URLs; null if there is no network yet. */
  'save-checkpoint': {
    request: { readonly weightsUrl: string; readonly optimizerUrl: string; readonly fresh: boolean };
    response: CheckpointState | null;
  };
  /**
   * Writes what an export of the network as it is now needs by PUT to these URLs: its weights as safetensors, and samples with its
   * outputs for them (compute/export/check-material.ts). False if there is no network yet.
   */
  'save-export': { request: { readonly weightsUrl: string; readonly materialUrl: string }; response: boolean };
  /** Goes on where it was, with the wish `auto` on the kind of device that it was trained on, if that is here. */
  'load-checkpoint': {
    request: { readonly weightsUrl: string; readonly optimizerUrl: string; readonly state: CheckpointState };
    response: { readonly position: TrainingPosition; readonly device: ChosenDevice };
  };
  /**
   * Keeps the training as it is in memory, in place of one that was set aside before, while something else is looked at or
   * trained. False where there is none. Problem: `training.running`.
   */
  'set-aside': { request: null; response: boolean };
  /** Brings back what was set aside, network, settings, weights and position; null where nothing was. */
  'take-back': { request: null; response: TrainingPosition | null };
  evaluate: { request: { readonly split: Split }; response: Evaluation };
  /** One where a sample has one class, else one a position of its labels, in order. */
  predict: { request: { readonly sample: SampleReference }; response: readonly Prediction[] };
  /** The output of each named node for one sample. */
  probe: { request: { readonly sample: SampleReference; readonly nodes: readonly string[] }; response: readonly Activation[] };
  /** One prediction a sample, in the order of the indices. Ask in pieces of a few hundred: other calls come between. */
  'predict-many': { request: { readonly split: Split; readonly indices: Uint32Array }; response: SplitPredictions };
  /** The output of a node for these samples, sketched to `most` numbers each if it has more. In pieces, too. */
  activations: {
    request: { readonly split: Split; readonly indices: Uint32Array; readonly node: string; readonly most: number };
    response: SplitActivations;
  };
  /**
   * Samples of the data set, one after another, as these settings would augment them while training: they stand for the batch of that
   * step. Values are as the data set holds them, bytes from 0 to 1. No network is needed.
   */
  'preview-augmentation': {
    request: PreviewRequest & { readonly preparation: PreparationSettings };
    response: { readonly shape: Shape; readonly samples: Float32Array };
  };
  /** ∂output[unit]/∂input, of the input's shape. */
  saliency: {
    request: { readonly sample: SampleReference; readonly unit: number };
    response: { readonly shape: Shape; readonly gradient: Float32Array };
  };
  attack: {
    request: { readonly sample: SampleReference; readonly label: number; readonly attack: AttackRequest };
    response: AttackedSample;
  };
  /** Accuracy under attack over the first `count` samples; progress by `robustness` events; `cancel` ends it early. */
  robustness: {
    request: { readonly split: Split; readonly count: number; readonly attack: AttackRequest };
    response: { readonly clean: number; readonly robust: number; readonly count: number; readonly cancelled: boolean };
  };
  cancel: { request: null; response: null };
}

export type WorkerCall = keyof WorkerCalls;

export type WorkerEvent =
  | TrainingEvent
  | { readonly type: 'robustness'; readonly done: number; readonly count: number; readonly robust: number }
  /** Kernels were chosen by measuring them on this device. */
  | { readonly type: 'kernels'; readonly choices: KernelChoices };

export interface WorkerRequest<Call extends WorkerCall = WorkerCall> {
  readonly id: number;
  readonly call: Call;
  readonly request: WorkerCalls[Call]['request'];
}

export type WorkerMessage =
  | { readonly type: 'response'; readonly id: number; readonly ok: true; readonly value: WorkerCalls[WorkerCall]['response'] }
  | { readonly type: 'response'; readonly id: number; readonly ok: false; readonly problem: Problem }
  | { readonly type: 'event'; readonly event: WorkerEvent };
