/** Trials of a sweep: what is there of one that was broken off, and when one is over. */
import { watch } from 'vue';
import type { ModelDocument } from '../../../compute/graph/model-document';
import type { Problem } from '../../../compute/graph/problem';
import type { TrialContent } from '../../../compute/graph/sweep';
import type { TrainingSettings } from '../../../compute/graph/training-settings';
import type { ContractError, ContractResponse } from '../../../main/contract/contract';
import { sameJson, type Checkpoints, type OpenedCheckpoint } from './checkpoints';
import type { CallSystem, RunTrial } from './recorder';
import type { TrainingState } from './training-state';

export interface TrialStart extends RunTrial {
  readonly name: string;
  readonly document: ModelDocument;
  readonly settings: TrainingSettings;
  readonly dataset: string;
  /** A person wants no more of it, before it has begun. */
  readonly isStopped: () => boolean;
}

type RunMeasures = ContractResponse<'runs.read'>['run']['measures'];

/** `stopped`: by a person, before it was done. */
export type TrialEnd =
  | { readonly end: 'finished'; readonly runId: string; readonly measures: RunMeasures }
  | { readonly end: 'failed'; readonly runId: string | null; readonly problem: Problem | ContractError }
  | { readonly end: 'stopped'; readonly runId: string | null };

/** `finished`: nothing is left to train; `isRecorded` where the run knows of it. */
export type FormerRun =
  | { readonly state: 'finished'; readonly runId: string; readonly isRecorded: boolean }
  | { readonly state: 'broken-off'; readonly runId: string; readonly opened: OpenedCheckpoint };

interface Surroundings {
  readonly call: CallSystem;
  readonly checkpoints: Pick<Checkpoints, 'open'>;
  readonly token: string;
}

/** Ended by the program's end, or by a person: what failed fails again. */
const mayGoOn: ReadonlySet<string> = new Set(['interrupted', 'stopped', 'paused']);

/** The run that a trial has already, the newest first; null where it has none, or none that it can go on with. */
export async function formerRun(
  { call, checkpoints, token }: Surroundings,
  { document, settings, sweep, trial }: TrialContent & RunTrial,
): Promise<FormerRun | null> {
  const [runs, kept] = await Promise.all([call('runs.list', { project: token }), call('checkpoints.list', { project: token })]);
  if (!runs.ok || !kept.ok) return null;
  for (const run of runs.value) {
    if (run.trial?.sweep !== sweep || run.trial.trial !== trial) continue;
    if (run.status === 'finished') return { state: 'finished', runId: run.id, isRecorded: true };
    const last = mayGoOn.has(run.status) ? kept.value.findLast(({ runId }) => runId === run.id) : undefined;
    const opened = last === undefined ? null : await checkpoints.open(run.id, last.id);
    if (opened === null || !sameJson([opened.state.document, opened.state.settings], [document, settings])) continue;
    return opened.state.position.epoch >= settings.epochs
      ? { state: 'finished', runId: run.id, isRecorded: false }
      : { state: 'broken-off', runId: run.id, opened };
  }
  return null;
}

/** Resolves once the training that was ordered is over; a pause of a person is none. */
export const untilOver = (state: Pick<TrainingState, 'status' | 'badNumber'>): Promise<'finished' | 'failed' | 'stopped'> =>
  new Promise((resolve) => {
    let hasRun = false;
    const stop = watch(
      [state.status, state.badNumber],
      ([status, badNumber]) => {
        hasRun ||= status === 'running';
        const end =
          status === 'finished'
            ? 'finished'
            : status === 'failed' || badNumber !== null
              ? 'failed'
              : hasRun && status === 'idle'
                ? 'stopped'
                : null;
        if (end === null) return;
        queueMicrotask(() => {
          stop();
        });
        resolve(end);
      },
      // At once: a training that is stopped as it begins would be missed between two looks.
      { immediate: true, flush: 'sync' },
    );
  });
