/**
 * A training from beginning to end: configure, train, pause, step, stop, reset; snapshots to go on from, and a new device
 * where the old one is lost. One call changes it at a time; pause and stop do not wait for their turn.
 */
import type { Device, DeviceDescription } from '../devices/device';
import { ProblemError, unwrap } from '../graph/problem';
import { previewAugmentation } from './augmentation-preview';
import { checkDataset } from './dataset';
import { checkTargets, prepareModel, type Model } from './model';
import { createNetworkInTraining } from './network-in-training';
import { onlyPaceDiffers, withoutHistory, type Content } from './session-content';
import { planPreparation } from './preparation';
import { createSessionDevice } from './session-device';
import type { Configuration, Session, SessionOptions } from './session-interface';
import { fail, messageOf, problemOf } from './session-problems';
import { createRunning } from './session-running';
import type { Statistics } from './statistics';
import { START, carryOver, checkTensors, initialSnapshot, sameOrder } from './snapshot';

export type { Session } from './session-interface';

export function createSession({ openDevice: open, emit, now = () => performance.now() }: SessionOptions): Session {
  const training = createNetworkInTraining({ emit, now });
  const running = createRunning(training, emit);
  const place = createSessionDevice({ open, now, onLoss: (device, message) => void exclusive(() => recover(device, message)) });
  let turn: Promise<unknown> = Promise.resolve();
  /** What was on a device that is gone, as long as no other has taken it. */
  let homeless: Model | null = null;

  /** One after another, whatever happened to the one before. */
  function exclusive<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  }

  const position = () => training.positionOf(training.cursor);
  const install = (model: Model, contentOf: () => Content): Promise<void> => training.install(place.ground(), model, contentOf);
  /** The same place, where the order of the samples within an epoch is another. */
  const atEpochStart = <Part extends Content>(content: Part): Part =>
    withoutHistory({ ...content, cursor: { ...content.cursor, stepInEpoch: 0 } });

  function forgetDevice(): void {
    homeless = training.model ?? homeless;
    training.forget();
    place.forget();
  }

  /** Opens a device and puts what was trained onto it. */
  async function moveIn(content: Content | null): Promise<DeviceDescription> {
    const { description } = await place.connect();
    if (homeless !== null && content !== null) {
      await install(homeless, () => content);
      running.rest();
    }
    homeless = null;
    return description;
  }

  async function recover(lost: Device, message: string): Promise<void> {
    if (place.device !== lost) return;
    const goOn = running.goesOn;
    await running.halt();
    const from = training.snapshots.latest;
    forgetDevice();
    emit({ type: 'device', state: 'lost', message, description: null });
    if (from !== null) running.setStatus('paused', from.cursor);
    try {
      place.countLoss(message);
      const description = await moveIn(from);
      emit({ type: 'device', state: 'recovered', message, description });
      if (goOn) void running.start(Infinity);
    } catch (error) {
      const reason = problemOf(error, 'device.lost');
      emit({ type: 'device', state: 'failed', message: error instanceof ProblemError ? message : messageOf(error), description: null });
      emit({ type: 'problem', problem: reason });
      running.setStatus('failed', from?.cursor ?? START);
    }
  }

  /** What of the network there was goes over to this one, and from where it goes on. */
  function contentFor(model: Model, keepWeights: boolean, statistics: Statistics): Content {
    const before = keepWeights ? training.snapshots.latest : null;
    const carried = before === null ? null : carryOver(before, model);
    if (before === null || carried === null || carried.kept === 0) return initialSnapshot(model, statistics);
    const content = { ...before, weights: carried.weights, optimizer: carried.optimizer, statistics };
    return carried.complete && sameOrder(before.model, model) ? content : atEpochStart(content);
  }

  async function configure({ document, settings, keepWeights, given }: Configuration) {
    place.requireDevice();
    const prepared = unwrap(prepareModel(document, settings, place.requireDataset()));
    const model: Model = given === undefined ? prepared : { ...prepared, given };
    unwrap(checkTargets(model, place.requireDataset()));
    const answer = () => ({ position: position(), parameterCount: model.analysis.parameterCount });
    const current = training.model;
    // After a failure everything is made anew.
    if (keepWeights && running.status !== 'failed' && current !== null && onlyPaceDiffers(current, model)) {
      training.changePace(settings);
      return answer();
    }
    await running.halt();
    running.setStatus('compiling');
    homeless = null;
    try {
      const statistics = await place.statisticsFor(model.preparation);
      await install(model, () => contentFor(model, keepWeights, statistics));
    } catch (error) {
      running.setStatus('failed');
      throw error;
    }
    running.rest();
    return answer();
  }

  return {
    get status() {
      return running.status;
    },
    get position() {
      return running.status === 'running' ? training.positionOf(training.reported) : position();
    },
    get device() {
      return place.device?.description ?? null;
    },
    get dataset() {
      return place.dataset;
    },
    openDevice: () =>
      exclusive(async () => {
        await running.halt();
        const former = place.device;
        forgetDevice();
        former?.dispose();
        return moveIn(training.snapshots.latest);
      }),
    loadDataset: (next) =>
      exclusive(async () => {
        unwrap(checkDataset(next));
        await running.halt();
        await training.retire();
        homeless = null;
        place.loadDataset(next);
        // A place within an epoch of the old data means nothing in the new.
        const { latest } = training.snapshots;
        if (latest !== null) training.snapshots.begin(atEpochStart(latest));
        if (running.status !== 'idle') running.setStatus('idle');
      }),
    configure: (configuration) => exclusive(() => configure(configuration)),
    train() {
      const asked = running.interruptions;
      return exclusive(async () => {
        training.require();
        if (running.status === 'running') return;
        await running.ended();
        if (asked !== running.interruptions) return;
        running.beginAgain();
        void running.start(Infinity);
      });
    },
    pause: () => running.interrupt('paused'),
    stop: () => running.interrupt('idle'),
    step: (steps = 1) =>
      exclusive(async () => {
        training.require();
        await running.halt();
        running.beginAgain();
        await running.start(steps);
        return position();
      }),
    stepBack: () =>
      exclusive(async () => {
        training.require();
        await running.halt();
        const target = training.snapshots.before(training.cursor.step);
        if (target === null) return fail('training.no-step-back');
        training.write(target);
        running.rest();
        return position();
      }),
    reset: () =>
      exclusive(async () => {
        training.require();
        await running.halt();
        const { model } = training;
        if (model !== null) training.write(initialSnapshot(model, training.statistics));
        running.setStatus('idle');
      }),
    snapshot: async (fresh) => (fresh ? training.takeSnapshot() : training.snapshots.latest),
    restore: (snapshot) =>
      exclusive(async () => {
        const { network } = training.require();
        unwrap(checkTensors(network.model, snapshot.weights, snapshot.optimizer));
        await running.halt();
        const { settings, ...rest } = snapshot;
        const content = { ...rest, statistics: snapshot.statistics ?? training.statistics, layout: snapshot.layout ?? null };
        const exact = sameOrder({ ...network.model, settings }, training.model ?? network.model);
        training.write(exact ? content : atEpochStart(content));
        running.rest();
        return position();
      }),
    loadWeights: (weights) =>
      exclusive(async () => {
        const { network } = training.require();
        unwrap(checkTensors(network.model, weights, []));
        await running.halt();
        const { statistics } = training;
        training.write({ weights, optimizer: [], cursor: START, history: [], best: null, statistics, layout: null });
        running.setStatus('idle');
      }),
    async preview({ preparation, ...request }) {
      const device = place.requireDevice();
      const dataset = place.requireDataset();
      const { count } = dataset.splits[request.split];
      const beyond = request.indices.find((index) => !Number.isInteger(index) || index < 0 || index >= count);
      if (beyond !== undefined) return fail('sample.index', { index: beyond, count });
      if (request.indices.length === 0) return new Float32Array();
      const plan = unwrap(planPreparation(preparation, dataset, 0));
      return previewAugmentation(device, dataset, { plan, statistics: await place.statisticsFor(plan) }, request);
    },
    async use(work) {
      const { watch } = training.require();
      try {
        return await training.use(work);
      } catch (error) {
        if (!(error instanceof ProblemError) && (await watch.isLoss(error))) return fail('device.lost', { message: messageOf(error) });
        throw error;
      }
    },
    dispose() {
      running.dispose();
      training.dispose();
      place.dispose();
    },
  };
}
