/** Keeps the training as checkpoints of its run, and goes back to them. */
import * as v from 'valibot';
import { modelDocumentSchema } from '../../../compute/graph/model-document';
import { failure, success } from '../../../compute/graph/problem';
import { trainingSettingsSchema } from '../../../compute/graph/training-settings';
import type { CheckpointState } from '../../../compute/worker/protocol';
import type { EngineClient } from '../../engine';
import type { useProjectStore } from '../project';
import type { LiveLog } from './live-log';
import { logFromRecords } from './metrics-log';
import type { CallSystem, Recorder } from './recorder';
import type { TrainingState } from './training-state';

interface Surroundings {
  readonly state: TrainingState;
  readonly live: LiveLog;
  readonly recorder: Recorder;
  readonly engine: Pick<EngineClient, 'call'>;
  readonly call: CallSystem;
  readonly project: ReturnType<typeof useProjectStore>;
}

export interface OpenedCheckpoint {
  readonly state: CheckpointState;
  readonly weightsUrl: string;
  readonly optimizerUrl: string;
}

export interface Checkpoints {
  /** Of the last snapshot, or of now (`fresh`). A second one of the same step is not made, nor one of what is only looked at. */
  keep(fresh: boolean): Promise<boolean>;
  /** A project that is opened goes on where its last run was kept, if its network is still the same. */
  restoreLatest(): Promise<void>;
  /**
   * Goes back to a checkpoint: its network, settings and data set become the project's (one step of undo), then `prepare`
   * brings them to the worker, and its weights follow.
   */
  resumeFrom(runId: string, id: string, prepare: () => Promise<boolean>): Promise<boolean>;
  /** Its state and where its tensors are, checked; null, with the trouble told, where it cannot be read. */
  open(runId: string, id: string): Promise<OpenedCheckpoint | null>;
  /** The data set of a run; null where it is gone. */
  datasetOf(runId: string): Promise<string | null>;
  /** The live curves become those of a run up to a step. */
  showPast(runId: string, step: number): Promise<void>;
  /** Another run begins: its steps have no checkpoint yet. */
  forgetLast(): void;
}

export const sameJson = (first: unknown, second: unknown): boolean => JSON.stringify(first) === JSON.stringify(second);

export function createCheckpoints({ state, live, recorder, engine, call, project }: Surroundings): Checkpoints {
  let lastStep = -1;

  const validationAt = (at: number): Readonly<Record<string, number>> | null => {
    const measured = live.log.epochs.find((epoch) => epoch.step === at)?.validation;
    return measured === undefined ? null : Object.fromEntries(Object.entries(measured).filter(([, value]) => Number.isFinite(value)));
  };

  async function keep(fresh: boolean): Promise<boolean> {
    if (state.inPlace.value?.kind === 'look') return false;
    if (fresh && state.position.value?.step === lastStep) return true;
    const summary = await recorder.checkpoint({ fresh, validationAt });
    if (!summary) return false;
    lastStep = summary.step;
    state.checkpointsVersion.value += 1;
    return true;
  }

  async function open(runId: string, id: string): Promise<OpenedCheckpoint | null> {
    if (project.token === null) return null;
    const opened = await call('checkpoints.open', { project: project.token, runId, id });
    if (!opened.ok) {
      state.trouble.value = opened.error;
      return null;
    }
    // Written by the worker and kept with its checksum; what a person could have changed is checked here.
    const kept = opened.value.state as CheckpointState;
    const document = v.safeParse(modelDocumentSchema, kept.document);
    const settings = v.safeParse(trainingSettingsSchema, kept.settings);
    if (!document.success || !settings.success) {
      state.trouble.value = failure('train.foreign-checkpoint', { id }).problem;
      return null;
    }
    const { weightsUrl, optimizerUrl } = opened.value;
    return { state: { ...kept, document: document.output, settings: settings.output }, weightsUrl, optimizerUrl };
  }

  /** The data set of a run, if it is still here. */
  async function datasetOf(runId: string): Promise<string | null> {
    if (project.token === null) return null;
    const [run, sets] = await Promise.all([call('runs.read', { project: project.token, runId }), call('datasets.list', null)]);
    if (!run.ok || !sets.ok) return null;
    const { dataset } = run.value.run;
    return sets.value.some(({ id }) => id === dataset) ? dataset : null;
  }

  async function showPast(runId: string, step: number): Promise<void> {
    if (project.token === null) return;
    const read = await call('runs.read', { project: project.token, runId });
    if (read.ok) live.log.replace(logFromRecords(read.value.metrics).content());
    else live.log.clear();
    live.goBackTo(step);
  }

  async function load(runId: string, { state: kept, weightsUrl, optimizerUrl }: OpenedCheckpoint): Promise<boolean> {
    if (project.token === null) return false;
    await recorder.settled();
    state.forgetRun();
    const result = await engine.call('load-checkpoint', { weightsUrl, optimizerUrl, state: kept });
    if (!result.ok) {
      state.trouble.value = result.problem;
      return false;
    }
    const { position, device } = result.value;
    await showPast(runId, position.step);
    state.position.value = position;
    state.device.value = device;
    lastStep = position.step;
    recorder.resume(project.token, runId);
    state.weightsVersion.value += 1;
    const isSame = device.description.kind === kept.device.kind && device.description.software === kept.device.software;
    state.news.value = { kind: 'restored', epoch: position.epoch, step: position.step, elsewhere: isSame ? null : kept.device };
    return true;
  }

  return {
    keep,
    open,
    datasetOf,
    showPast,
    forgetLast() {
      lastStep = -1;
    },
    async restoreLatest() {
      if (project.token === null) return;
      const [runs, listed] = await Promise.all([
        call('runs.list', { project: project.token }),
        call('checkpoints.list', { project: project.token }),
      ]);
      // Trials of a sweep are trainings in place of the project's own.
      const trials = new Set(runs.ok ? runs.value.filter(({ trial }) => trial !== null).map(({ id }) => id) : []);
      const last = listed.ok ? listed.value.filter(({ runId }) => !trials.has(runId)).at(-1) : undefined;
      if (!last) return;
      const opened = await open(last.runId, last.id);
      if (!opened || opened.state.given !== project.content.weights?.file) return;
      const { document, settings } = opened.state;
      if (sameJson(document, project.content.document) && sameJson(settings, project.content.training)) await load(last.runId, opened);
    },
    async resumeFrom(runId, id, prepare) {
      const opened = await open(runId, id);
      if (!opened) return false;
      const { document, settings } = opened.state;
      const { own } = project;
      const dataset = (await datasetOf(runId)) ?? own.dataset.id;
      if (!sameJson(document, own.document) || !sameJson(settings, own.training) || dataset !== own.dataset.id)
        project.edit('train.edit.restore', (draft) => {
          draft.document = structuredClone(document) as typeof draft.document; // a draft is the same data without readonly
          draft.training = structuredClone(settings);
          draft.dataset.id = dataset;
        });
      let done = false;
      await state.order(async () => {
        if (!(await prepare())) return failure('train.not-ready');
        done = await load(runId, opened);
        return success(null);
      });
      return done;
    },
  };
}
