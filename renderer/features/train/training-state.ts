/** What the screen knows of the training: plain refs that the parts of the training store share. No part's work is done here. */
import { computed, ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import type { ModelDocument } from '../../../compute/graph/model-document';
import { failure, type Outcome, type Problem } from '../../../compute/graph/problem';
import type { TrainingSettings } from '../../../compute/graph/training-settings';
import type { BadNumber, StopRule } from '../../../compute/training/progress';
import type { ChosenDevice, DeviceChoice, Evaluation, TrainingPosition, TrainingStatus } from '../../../compute/worker/protocol';
import type { DeviceDescription } from '../../../compute/devices/device';
import type { ContractError } from '../../../main/contract/contract';
import type { Recorder, RunParent } from './recorder';
import { until } from './until';

export interface Configuration {
  readonly document: ModelDocument;
  readonly settings: TrainingSettings;
  readonly generation: number;
  /** The file of weights that it began with; absent where they were drawn. */
  readonly given?: string | undefined;
}

export interface LatestMetrics {
  readonly loss: number;
  readonly accuracy: number;
  readonly meanAbsoluteError: number;
  readonly learningRate: number;
  readonly gradientNorm: number | null;
  readonly samplesPerSecond: number;
  readonly secondsLeft: number;
  /** Part of the time in which the device did not wait for samples. */
  readonly busyShare: number;
}

export interface MeasuredEpoch {
  /** Finished epochs; null when it was measured on demand. */
  readonly epoch: number | null;
  readonly step: number;
  readonly evaluation: Evaluation;
}

/** A step the person should know of, for notices and the live region. */
export type TrainingNews =
  | {
      readonly kind: 'epoch';
      readonly epoch: number;
      readonly epochs: number;
      readonly loss: number;
      readonly accuracy: number;
      readonly meanAbsoluteError: number;
    }
  /** `offersCpu`: the device that failed was a GPU, and the CPU can go on from the same step. */
  | { readonly kind: 'device'; readonly state: 'lost' | 'recovered' | 'failed'; readonly message: string; readonly offersCpu: boolean }
  /** The faster of two was found by trying both. */
  | { readonly kind: 'chosen'; readonly choice: DeviceChoice }
  /** `elsewhere`: it was trained on a device that is not used now. */
  | { readonly kind: 'restored'; readonly epoch: number; readonly step: number; readonly elsewhere: DeviceDescription | null }
  | { readonly kind: 'checkpoint'; readonly step: number }
  /** The next run branches off here; weights that match went over. */
  | { readonly kind: 'branched'; readonly step: number }
  | { readonly kind: 'stepped-back'; readonly step: number }
  | {
      readonly kind: 'rule';
      readonly rule: StopRule;
      readonly epoch: number;
      readonly step: number;
      readonly restored: { readonly epoch: number; readonly step: number } | null;
    };

/** A NaN or an infinity that paused the training, with the words of the engine. */
export interface BadNumberFound {
  readonly finding: BadNumber;
  readonly problem: Problem;
}

/** What has the engine in place of the project's own training, which waits aside. */
export type InPlace =
  | {
      readonly kind: 'look';
      readonly runId: string;
      readonly id: string;
      readonly epoch: number;
      readonly step: number;
      /** Where the training that waits stands. */
      readonly position: TrainingPosition | null;
    }
  | { readonly kind: 'trial'; readonly sweep: string; readonly trial: number };

export interface TrainingState {
  readonly device: ShallowRef<ChosenDevice | null>;
  readonly deviceProblem: ShallowRef<Problem | null>;
  readonly openingDevice: Ref<boolean>;
  /** Both devices are being tried. */
  readonly comparing: Ref<boolean>;
  /** The run whose device failed: what goes on in its place goes on in this record. */
  readonly interruptedRun: ShallowRef<Recorder['current']>;
  /** Null while the engine has the project's own training. */
  readonly inPlace: ShallowRef<InPlace | null>;
  /** Where the run that begins next branches off. */
  readonly parent: ShallowRef<RunParent | null>;
  readonly status: Ref<TrainingStatus>;
  readonly position: ShallowRef<TrainingPosition | null>;
  readonly latest: ShallowRef<LatestMetrics | null>;
  readonly measured: ShallowRef<MeasuredEpoch | null>;
  /** What last went wrong: in the engine, or in keeping the run. */
  readonly trouble: ShallowRef<Problem | ContractError | null>;
  readonly news: ShallowRef<TrainingNews | null>;
  readonly badNumber: ShallowRef<BadNumberFound | null>;
  /** The data set that the worker has. */
  readonly loaded: ShallowRef<object | null>;
  readonly loading: Ref<boolean>;
  /** The network and settings that the worker has. */
  readonly configured: ShallowRef<Configuration | null>;
  readonly configuring: Ref<boolean>;
  readonly busy: Ref<boolean>;
  /** What was trained is being kept; the worker must not get another network meanwhile. */
  readonly saving: Ref<boolean>;
  /** Counts changes of the weights, for whoever shows something made with them. */
  readonly weightsVersion: Ref<number>;
  /** Counts changes of what is looked at, once its weights are there; also those back to the training. */
  readonly looksVersion: Ref<number>;
  /** Counts checkpoints written. */
  readonly checkpointsVersion: Ref<number>;
  readonly isRunning: Readonly<Ref<boolean>>;
  /** Runs one order to the worker at a time; a refusal becomes trouble. True when it was carried out. */
  order(work: () => Promise<Outcome<unknown>>): Promise<boolean>;
  /** The same after the order that is under way, for what a person must not ask for twice. */
  orderNext(work: () => Promise<Outcome<unknown>>): Promise<boolean>;
  /** The trouble there is as a problem, else that the network is not ready. */
  refusal(): Problem;
  /** As before anything was trained; device and data stay. */
  forgetRun(): void;
}

export function createTrainingState(): TrainingState {
  const status = ref<TrainingStatus>('idle');
  const position = shallowRef<TrainingPosition | null>(null);
  const latest = shallowRef<LatestMetrics | null>(null);
  const measured = shallowRef<MeasuredEpoch | null>(null);
  const trouble = shallowRef<Problem | ContractError | null>(null);
  const badNumber = shallowRef<BadNumberFound | null>(null);
  const busy = ref(false);
  const interruptedRun = shallowRef<Recorder['current']>(null);
  const parent = shallowRef<RunParent | null>(null);
  async function order(work: () => Promise<Outcome<unknown>>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    trouble.value = null;
    const outcome = await work();
    busy.value = false;
    if (!outcome.ok) trouble.value = outcome.problem;
    return outcome.ok;
  }
  return {
    device: shallowRef(null),
    deviceProblem: shallowRef(null),
    openingDevice: ref(false),
    comparing: ref(false),
    interruptedRun,
    inPlace: shallowRef(null),
    parent,
    status,
    position,
    latest,
    measured,
    trouble,
    news: shallowRef(null),
    badNumber,
    loaded: shallowRef(null),
    loading: ref(false),
    configured: shallowRef(null),
    configuring: ref(false),
    busy,
    saving: ref(false),
    weightsVersion: ref(0),
    looksVersion: ref(0),
    checkpointsVersion: ref(0),
    isRunning: computed(() => status.value === 'running' || (status.value === 'compiling' && busy.value)),
    order,
    async orderNext(work) {
      while (busy.value) await until(() => !busy.value);
      return await order(work);
    },
    refusal: () => (trouble.value && 'severity' in trouble.value ? trouble.value : failure('train.not-ready').problem),
    forgetRun() {
      measured.value = null;
      latest.value = null;
      badNumber.value = null;
      interruptedRun.value = null;
      parent.value = null;
    },
  };
}
