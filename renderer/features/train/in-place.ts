/**
 * What has the engine for a while in place of the project's own training: a checkpoint to look at, the trials of a sweep,
 * the run that a new one branches off. What waits lies aside in the worker and comes back as it was.
 */
import type { ModelDocument } from '../../../compute/graph/model-document';
import { failure, success, type Outcome, type Problem } from '../../../compute/graph/problem';
import type { TrainingSettings } from '../../../compute/graph/training-settings';
import type { CheckpointState } from '../../../compute/worker/protocol';
import type { ContractError } from '../../../main/contract/contract';
import type { EngineClient } from '../../engine';
import type { useProjectStore } from '../project';
import { sameJson, type Checkpoints, type OpenedCheckpoint } from './checkpoints';
import { givenWeights } from './given-weights';
import type { LiveLog } from './live-log';
import type { LogContent } from './metrics-log';
import type { CallSystem, Recorder } from './recorder';
import { formerRun, untilOver, type TrialEnd, type TrialStart } from './trials';
import type { Configuration, LatestMetrics, MeasuredEpoch, TrainingState } from './training-state';

interface Surroundings {
  readonly state: TrainingState;
  readonly live: LiveLog;
  readonly recorder: Recorder;
  readonly checkpoints: Checkpoints;
  readonly engine: Pick<EngineClient, 'call'>;
  readonly call: CallSystem;
  readonly project: ReturnType<typeof useProjectStore>;
  readonly configure: () => Promise<boolean>;
  /** Brings the data set that is shown to the worker; false where it cannot be. */
  readonly bringData: () => Promise<boolean>;
}

export interface InPlaceWork {
  /**
   * Shows a run as it was at a checkpoint: its network, settings and data set, read-only, and its weights, predictions and maps.
   * Refused while a training runs.
   */
  lookAt(runId: string, id: string): Promise<boolean>;
  /** Back to the newest: the training as it was before the first look. True if there is nothing to come back from. */
  takeBack(): Promise<boolean>;
  /**
   * Goes back to a checkpoint, then on with the network and settings of the project as they are now: every weight of the same name
   * and shape is kept. The training that follows is a new run.
   */
  branch(runId: string, id: string): Promise<boolean>;
  /** Trains one trial to its end, from its last checkpoint where it was broken off. Pausing it is no end. */
  runTrial(trial: TrialStart): Promise<TrialEnd>;
  /** The trials are over, for now: the project's own training comes back. */
  endTrials(): Promise<void>;
}

/** What lies aside: the training in the worker, and what the screen showed of it. */
interface Waiting {
  /** Null where the worker had none. */
  readonly configuration: Configuration | null;
  readonly run: Recorder['current'];
  readonly latest: LatestMetrics | null;
  readonly measured: MeasuredEpoch | null;
  readonly log: LogContent;
}

export function createInPlace({
  state,
  live,
  recorder,
  checkpoints,
  engine,
  call,
  project,
  configure,
  bringData,
}: Surroundings): InPlaceWork {
  let waiting: Waiting | null = null;

  const refuse = (code: string): false => {
    state.trouble.value = failure(code).problem;
    return false;
  };

  /** Results of other weights say nothing of these. */
  function weightsChanged(): void {
    state.measured.value = null;
    state.latest.value = null;
    state.badNumber.value = null;
    state.weightsVersion.value += 1;
  }

  /** The training of the project, in the worker; where what is drawn cannot be trained, what the worker has, or nothing. */
  async function setAside(): Promise<Outcome<boolean>> {
    await configure();
    await recorder.settled();
    const aside = await engine.call('set-aside', null);
    if (aside.ok)
      waiting = {
        configuration: aside.value ? state.configured.value : null,
        run: recorder.current,
        latest: state.latest.value,
        measured: state.measured.value,
        log: live.log.content(),
      };
    return aside;
  }

  /** Gives the engine a network and settings that are not the project's; `begins` where its weights do not follow. */
  async function configureOther(document: ModelDocument, settings: TrainingSettings, begins: boolean): Promise<Outcome<unknown>> {
    const known = state.configured.value;
    if (known !== null && sameJson(known.document, document) && sameJson(known.settings, settings)) return success(null);
    const given = begins ? await givenWeights(call, project) : success({});
    if (!given.ok) {
      state.trouble.value = given.problem;
      return { ok: false, problem: state.refusal() };
    }
    state.configuring.value = true;
    const result = await engine.call('configure', { document, settings, keepWeights: false, ...given.value });
    state.configuring.value = false;
    if (!result.ok) return result;
    state.configured.value = { document, settings, generation: -1 };
    state.device.value = result.value.device;
    state.position.value = result.value.position;
    return result;
  }

  async function load({ state: kept, weightsUrl, optimizerUrl }: OpenedCheckpoint): Promise<Outcome<unknown>> {
    await recorder.settled();
    const configuredOther = await configureOther(kept.document, kept.settings, false);
    if (!configuredOther.ok) return configuredOther;
    const loaded = await engine.call('load-checkpoint', { weightsUrl, optimizerUrl, state: kept });
    if (!loaded.ok) return loaded;
    state.position.value = loaded.value.position;
    state.device.value = loaded.value.device;
    weightsChanged();
    return loaded;
  }

  async function takeBack(): Promise<boolean> {
    if (state.inPlace.value === null) return true;
    project.lookBack();
    // Where its data set is gone, nothing can be trained; what else there was comes back all the same.
    const back = (await bringData()) ? await engine.call('take-back', null) : success(null);
    state.inPlace.value = null;
    const kept = waiting;
    waiting = null;
    state.configured.value = back.ok && back.value !== null && kept !== null ? kept.configuration : null;
    if (!back.ok) {
      state.trouble.value = back.problem;
      return false;
    }
    state.position.value = back.value;
    weightsChanged();
    state.looksVersion.value += 1;
    if (kept !== null) {
      state.latest.value = kept.latest;
      state.measured.value = kept.measured;
      live.replace(kept.log);
    }
    return true;
  }

  /** What is drawn gives its place to this; what of it is drawn too stands where it stood. */
  function show({ document, settings }: CheckpointState, dataset: string): void {
    const { own } = project;
    const isDrawn = document.nodes.every(({ id }) => own.document.nodes.some((node) => node.id === id));
    project.lookAt({ document, training: settings, dataset: { id: dataset }, layout: isDrawn ? own.layout : {} });
  }

  async function lookAt(runId: string, id: string): Promise<boolean> {
    if (state.isRunning.value || state.inPlace.value?.kind === 'trial') return refuse('train.look-while-running');
    const opened = await checkpoints.open(runId, id);
    if (!opened) return false;
    // Where its own is gone, the one that is open may fit all the same.
    const dataset = (await checkpoints.datasetOf(runId)) ?? project.own.dataset.id;
    return state.order(async () => {
      const position = state.inPlace.value?.kind === 'look' ? state.inPlace.value.position : state.position.value;
      if (state.inPlace.value === null) {
        const aside = await setAside();
        if (!aside.ok) return aside;
      }
      const { epoch, step } = opened.state.position;
      state.inPlace.value = { kind: 'look', runId, id, epoch, step, position };
      show(opened.state, dataset);
      if (!(await bringData())) {
        await takeBack();
        return failure('train.look-no-data', { dataset });
      }
      const loaded = await load(opened);
      if (!loaded.ok) {
        await takeBack();
        return loaded;
      }
      state.looksVersion.value += 1;
      await checkpoints.showPast(runId, step);
      return loaded;
    });
  }

  async function branch(runId: string, id: string): Promise<boolean> {
    if (state.isRunning.value || state.inPlace.value?.kind === 'trial') return refuse('train.branch-while-running');
    const opened = await checkpoints.open(runId, id);
    if (!opened) return false;
    return state.order(async () => {
      if (!(await takeBack())) return { ok: false, problem: state.refusal() };
      const loaded = await load(opened);
      if (!loaded.ok) {
        state.configured.value = null;
        return loaded;
      }
      await recorder.end('stopped');
      const { epoch, step } = opened.state.position;
      const { training } = project.content;
      // Nothing would be left to train: as many epochs again.
      if (epoch >= training.epochs)
        project.edit('train.edit.branch', (draft) => {
          draft.training.epochs = epoch + training.epochs;
        });
      // Of the project as it is: the worker keeps every weight of the same name and shape.
      if (state.configured.value)
        state.configured.value = { ...state.configured.value, generation: project.generation, given: project.content.weights?.file };
      if (!(await configure())) return { ok: false, problem: state.refusal() };
      await checkpoints.showPast(runId, step);
      checkpoints.forgetLast();
      state.forgetRun();
      state.parent.value = { run: runId, step };
      state.news.value = { kind: 'branched', step };
      return success(null);
    });
  }

  async function runTrial({ name, document, settings, dataset, sweep, trial, isStopped }: TrialStart): Promise<TrialEnd> {
    const failed = (problem: Problem | ContractError, runId: string | null = null): TrialEnd => ({ end: 'failed', runId, problem });
    const { token } = project;
    if (state.isRunning.value || token === null) return failed(failure('training.running').problem);
    if (state.inPlace.value?.kind === 'look' && !(await takeBack())) return failed(state.refusal());
    const endOf = async (runId: string): Promise<TrialEnd> => {
      const read = await call('runs.read', { project: token, runId });
      return read.ok ? { end: 'finished', runId, measures: read.value.run.measures } : failed(read.error, runId);
    };
    const former = await formerRun({ call, checkpoints, token }, { document, settings, sweep, trial });
    if (former?.state === 'finished') {
      if (former.isRecorded) return endOf(former.runId);
      recorder.resume(token, former.runId);
      await recorder.end('finished');
      return endOf(former.runId);
    }
    if (isStopped()) return { end: 'stopped', runId: null };
    const begun = await state.order(async () => {
      if (state.inPlace.value === null) {
        const aside = await setAside();
        if (!aside.ok) return aside;
      }
      state.inPlace.value = { kind: 'trial', sweep, trial };
      state.configured.value = null;
      const ready = await configureOther(document, settings, former === null);
      if (!ready.ok) return ready;
      live.clear();
      state.forgetRun();
      checkpoints.forgetLast();
      if (former !== null) {
        const loaded = await load(former.opened);
        if (!loaded.ok) return loaded;
        await checkpoints.showPast(former.runId, former.opened.state.position.step);
        recorder.resume(token, former.runId);
        recorder.goOn();
        return engine.call('train', null);
      }
      const settled = await engine.call('settle-device', null);
      if (!settled.ok) return settled;
      state.device.value = settled.value;
      const { description, choice } = settled.value;
      recorder.begin({
        project: token,
        name,
        settings,
        document,
        dataset,
        device: { ...description, chosen: choice },
        trial: { sweep, trial },
      });
      return engine.call('train', null);
    });
    if (!begun) return failed(state.refusal());
    const run = recorder.current;
    const end = await untilOver(state);
    if (end === 'failed' && state.badNumber.value !== null) {
      await engine.call('stop', null);
      await recorder.end('failed');
    }
    await recorder.settled();
    const runId = run?.runId ?? null;
    if (end === 'stopped') return { end, runId };
    if (end === 'failed' || runId === null) return failed(state.badNumber.value?.problem ?? state.refusal(), runId);
    return endOf(runId);
  }

  async function endTrials(): Promise<void> {
    if (state.inPlace.value?.kind !== 'trial') return;
    const run = waiting?.run ?? null;
    await takeBack();
    checkpoints.forgetLast();
    if (run !== null && run.runId !== null) recorder.resume(run.project, run.runId);
  }

  return { lookAt, takeBack, branch, runTrial, endTrials };
}
