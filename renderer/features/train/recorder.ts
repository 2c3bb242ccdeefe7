/**
 * Keeps a training on disk through the contract: the run, its metrics, its checkpoints. One thing at a time, in order;
 * what fails is told once and does not stop the training. It knows no component.
 */
import type { DeviceDescription } from '../../../compute/devices/device';
import type { ModelDocument } from '../../../compute/graph/model-document';
import type { Problem } from '../../../compute/graph/problem';
import type { TrainingSettings } from '../../../compute/graph/training-settings';
import type { CheckpointState, DeviceChoice } from '../../../compute/worker/protocol';
import type { ContractCall, ContractError, ContractRequest, ContractResponse, ContractResult } from '../../../main/contract/contract';
import type { EngineClient } from '../../engine';
import type { MetricsRecord } from './metrics-log';

export type CallSystem = <Call extends ContractCall>(
  name: Call,
  request: ContractRequest<Call>,
) => Promise<ContractResult<ContractResponse<Call>>>;
export type CheckpointSummary = ContractResponse<'checkpoints.commit'>;
export type RunEnd = ContractRequest<'runs.finish'>['status'];

export interface RunStart {
  readonly project: string;
  readonly settings: TrainingSettings;
  readonly document: ModelDocument;
  readonly dataset: string;
  /** And why it is this one. */
  readonly device: DeviceDescription & { readonly chosen: DeviceChoice };
  /** Where it branched off, if it did. */
  readonly parent?: RunParent | null;
  /** The sweep that it is a trial of, if it is. */
  readonly trial?: RunTrial | null;
  readonly name?: string;
}

/** Another run of the project, and the step at which this one left it. */
export interface RunParent {
  readonly run: string;
  readonly step: number;
}

export interface RunTrial {
  readonly sweep: string;
  readonly trial: number;
}

/** What an evaluation at an epoch's end measured, to be kept with the run. */
export interface EvaluationRecord {
  readonly split: string;
  readonly epoch: number | null;
  readonly step: number;
  readonly count: number;
  /** Null where it was no finite number. */
  readonly measures: Readonly<Record<string, number | null>>;
  readonly classes: readonly string[];
  readonly confusion: readonly (readonly number[])[];
}

export interface Recorder {
  /** Project and run being written, or null. */
  readonly current: { readonly project: string; readonly runId: string | null } | null;
  begin(start: RunStart): void;
  /** Goes on writing to a run that exists. */
  resume(project: string, runId: string): void;
  /** The current run goes on after a rest, which is no time of training. */
  goOn(): void;
  record(record: MetricsRecord): void;
  /** The newest is kept when the run ends. */
  evaluated(evaluation: EvaluationRecord): void;
  /** Writes what is waiting. */
  flush(): Promise<void>;
  /** `paused` keeps the run current. */
  end(status: RunEnd): Promise<void>;
  /** Resolves when all that was asked for so far is done. */
  settled(): Promise<void>;
  /**
   * A checkpoint of the run: of now (`fresh`) or of the last snapshot. `validationAt` gives what validation measured at a
   * step, if it did. Null when there is no run, nothing was trained yet, or it failed (which was told).
   */
  checkpoint(options: {
    readonly fresh: boolean;
    readonly validationAt: (step: number) => Readonly<Record<string, number>> | null;
  }): Promise<CheckpointSummary | null>;
}

export function createRecorder(
  callSystem: CallSystem,
  engine: Pick<EngineClient, 'call'>,
  tell: (error: ContractError | Problem) => void,
  /** A run began or ended, on the disk. */
  kept: () => void = () => undefined,
  /** Milliseconds since 1970. */
  now: () => number = Date.now,
): Recorder {
  let current: { project: string; runId: string | null } | null = null;
  let waiting: unknown[] = [];
  let evaluation: EvaluationRecord | null = null;
  let chain: Promise<unknown> = Promise.resolve();

  const started = () => ({ type: 'started', at: now() });

  /** After everything that was asked for before. */
  function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = chain.then(work);
    chain = result.catch(() => undefined);
    return result;
  }

  function writeWaiting(run: { project: string; runId: string | null }): Promise<void> {
    const records = waiting;
    waiting = [];
    return inTurn(async () => {
      if (run.runId === null || records.length === 0) return;
      const appended = await callSystem('runs.append', { project: run.project, runId: run.runId, records });
      if (!appended.ok) tell(appended.error);
    });
  }

  return {
    get current() {
      return current;
    },
    begin(start) {
      waiting = [started()];
      evaluation = null;
      const run: { project: string; runId: string | null } = { project: start.project, runId: null };
      current = run;
      void inTurn(async () => {
        const created = await callSystem('runs.create', structuredClone(start));
        if (created.ok) run.runId = created.value.runId;
        else tell(created.error);
        kept();
      });
    },
    resume(project, runId) {
      waiting = [];
      evaluation = null;
      current = { project, runId };
    },
    goOn() {
      if (current) waiting.push(started());
    },
    record(record) {
      if (current) waiting.push({ ...record, at: now() });
    },
    evaluated(measured) {
      if (current) evaluation = measured;
    },
    async flush() {
      if (current) await writeWaiting(current);
    },
    async end(status) {
      const run = current;
      if (!run) return;
      const measured = evaluation;
      // At once: what ends it a moment later does not say how it ended.
      if (status !== 'paused') current = null;
      await writeWaiting(run);
      await inTurn(async () => {
        if (run.runId === null) return;
        const finished = await callSystem('runs.finish', {
          project: run.project,
          runId: run.runId,
          status,
          evaluation: structuredClone(measured),
        });
        if (!finished.ok) tell(finished.error);
        kept();
      });
    },
    async settled() {
      await chain;
    },
    checkpoint({ fresh, validationAt }) {
      const run = current;
      if (!run) return Promise.resolve(null);
      return inTurn(async () => {
        if (run.runId === null) return null;
        const begun = await callSystem('checkpoints.begin', { project: run.project, runId: run.runId });
        if (!begun.ok) {
          tell(begun.error);
          return null;
        }
        const { checkpoint, weightsUrl, optimizerUrl } = begun.value;
        const saved = await engine.call('save-checkpoint', { weightsUrl, optimizerUrl, fresh });
        if (!saved.ok) {
          tell(saved.problem);
          return null;
        }
        const state: CheckpointState | null = saved.value;
        if (state === null) return null;
        const validation = validationAt(state.position.step);
        const committed = await callSystem('checkpoints.commit', {
          project: run.project,
          checkpoint,
          state,
          validationAccuracy: validation?.['accuracy'] ?? null,
          validation: { ...validation },
          pinned: false,
        });
        if (committed.ok) return committed.value;
        tell(committed.error);
        return null;
      });
    },
  };
}
