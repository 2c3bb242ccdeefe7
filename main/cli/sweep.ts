/** `hebb sweep`: the trials of a plan one after the other, in one session; the queue is a file, so that a second call goes on. */
import { join } from 'node:path';
import { ProblemError, unwrap, type Problem } from '../../compute/graph/problem';
import {
  contentOfTrial,
  isDone,
  nextTrial,
  ranked,
  trialName,
  withTrial,
  type Sweep,
  type SweepTrial,
  type TrialContent,
} from '../../compute/graph/sweep';
import { evaluatedWeights } from '../../compute/training/checkpoint';
import { checkDataset, type Dataset } from '../../compute/training/dataset';
import { prepareModel, type GivenWeights } from '../../compute/training/model';
import type { TrainingEvent } from '../../compute/training/progress';
import { epochReportOf } from './training-report';
import { createSession, type Session } from '../../compute/training/session';
import { makeSweep, newSweepId, readSweep } from '../services/sweeps';
import { ServiceError } from '../services/service-error';
import { writeJson } from '../storage/atomic';
import { statusOrNull } from '../storage/file-system';
import { acquireLock } from '../storage/lock';
import type { ValuesFor } from './commands';
import { deviceName } from './device';
import { failureText } from './failure-text';
import { fitTemplate } from './fit-template';
import { readModel } from './model-source';
import { count, figure } from './numbers';
import { checkRunFolder, openRunFolder, type RunFolder } from './run-folder';
import { datasetNamed, readDataset } from './sources';
import type { ExitCode, Surroundings } from './surroundings';
import { readPlan, sweepFileName } from './sweep-plan';
import { lengthOf } from './training-length';

/** The sweep that the folder has, or a new one of the plan. Errors: cli.sweep-differs, cli.sweep-nothing, and those of reading. */
async function openSweep(model: string, values: ValuesFor<'sweep'>, surroundings: Surroundings): Promise<Sweep> {
  const { fileSystem, now, resolvePath } = surroundings;
  const path = join(resolvePath(values.out), sweepFileName);
  const plan = await readPlan(values, surroundings);
  if ((await statusOrNull(fileSystem, path)) !== null) {
    const sweep = await readSweep(fileSystem, path);
    if (plan !== null && JSON.stringify(plan) !== JSON.stringify(sweep.plan))
      throw new ServiceError('cli.sweep-differs', { path: values.out });
    // Nobody else trains in this folder: what ran, ended with the program.
    return {
      ...sweep,
      trials: sweep.trials.map((trial) => (trial.status === 'running' ? { ...trial, status: 'waiting', run: null } : trial)),
    };
  }
  if (plan === null) throw new ServiceError('cli.sweep-nothing');
  const source = await readModel(surroundings, model);
  const dataset = await datasetNamed(surroundings, values.dataset, source.dataset);
  // Only a template may have to follow the data.
  const { document, settings } = source.isTemplate
    ? fitTemplate(source, await readDataset(surroundings, dataset, dataset), surroundings.output)
    : source;
  const base = {
    document,
    settings: { ...settings, epochs: values.epochs ?? settings.epochs, batchSize: values.batch ?? settings.batchSize },
    dataset,
  };
  const sweep = makeSweep(newSweepId(now()), now().toISOString(), plan, base);
  await writeJson(fileSystem, path, sweep);
  return sweep;
}

/** All numbers that an epoch measured, by the names that plans use. */
const measuresOfEpoch = ({ train, validation }: Extract<TrainingEvent, { type: 'epoch' }>): ReadonlyMap<string, number> =>
  new Map(
    [['training', train] as const, ['validation', { ...validation, ...validation.regression }] as const].flatMap(([of, measured]) =>
      Object.entries(measured).flatMap(([name, value]) => (typeof value === 'number' ? [[`${of}/${name}`, value] as const] : [])),
    ),
  );

/** What a training says, on its way into the run's folder; and what the last epoch measured. */
function createListener() {
  let folder: RunFolder | null = null;
  let measures: ReadonlyMap<string, number> = new Map();
  let problem: Problem | null = null;
  return {
    begin(next: RunFolder): void {
      folder = next;
      measures = new Map();
      problem = null;
    },
    listen(event: TrainingEvent): void {
      if (event.type === 'progress') folder?.steps(event.metrics);
      else if (event.type === 'bad-number' || event.type === 'problem') problem = event.problem;
      else if (event.type === 'epoch') {
        measures = measuresOfEpoch(event);
        folder?.epoch(epochReportOf(event));
      }
    },
    get measures() {
      return measures;
    },
    get problem() {
      return problem;
    },
  };
}

type Ending = Pick<SweepTrial, 'status' | 'result' | 'problem'>;

/** Works through the sweep of the folder; two at once in one folder would train the same trials. Error: cli.sweep-locked, and those of the work. */
export async function sweep(model: string, values: ValuesFor<'sweep'>, surroundings: Surroundings): Promise<ExitCode> {
  const { fileSystem, resolvePath } = surroundings;
  await checkRunFolder(surroundings, values.out);
  await fileSystem.createFolder(resolvePath(values.out));
  const locked = await acquireLock(fileSystem, resolvePath(values.out));
  if (!locked.ok) throw new ServiceError('cli.sweep-locked', { path: values.out, processId: locked.holder?.processId ?? 0 });
  try {
    return await workThrough(model, values, surroundings);
  } finally {
    await locked.lock.release();
  }
}

async function workThrough(model: string, values: ValuesFor<'sweep'>, surroundings: Surroundings): Promise<ExitCode> {
  const { fileSystem, output, resolvePath, selectDevice, onInterrupt } = surroundings;
  let current = await openSweep(model, values, surroundings);
  const { plan, base } = current;
  const { given } = await readModel(surroundings, model);
  const dataset = unwrap(checkDataset(await readDataset(surroundings, base.dataset, base.dataset)));
  const keep = async (number: number, changes: Partial<Ending> & { readonly run?: string | null }): Promise<void> => {
    current = withTrial(current, number, changes);
    await writeJson(fileSystem, join(resolvePath(values.out), sweepFileName), current);
  };

  const listener = createListener();
  const devices = selectDevice(values);
  const session = createSession({ openDevice: () => devices.open(), emit: (event) => listener.listen(event) });
  let interrupted = false;
  const forget = onInterrupt(() => {
    interrupted = true;
    void session.pause();
  });
  const isInterrupted = (): boolean => interrupted;
  try {
    let isOpen = false;
    for (let trial = nextTrial(current); trial !== null && !isInterrupted(); trial = nextTrial(current)) {
      const name = `trial-${String(trial.number).padStart(4, '0')}`;
      if (!values.json) output.note(`Trial ${count(trial.number + 1)} of ${count(current.trials.length)}: ${trialName(trial)}`);
      await keep(trial.number, { status: 'running', run: name });
      let ending: Ending;
      try {
        const content = unwrap(contentOfTrial(base, trial));
        if (!isOpen) {
          await devices.settle({ model: unwrap(prepareModel(content.document, content.settings, dataset)), dataset });
          await session.openDevice();
          await session.loadDataset(dataset);
          isOpen = true;
        }
        const folder = join(values.out, 'runs', name);
        ending = await trainTrial({
          session,
          listener,
          content,
          given,
          dataset,
          source: base.dataset,
          folder,
          surroundings,
          isInterrupted,
          measure: plan.measure,
          trial,
          sweep: current.id,
        });
      } catch (error) {
        // A trial that cannot be trained is a result too; the others may still be.
        ending = { status: 'failed', result: null, problem: failureText(error).slice(0, 2000) };
      }
      await keep(trial.number, ending.status === 'waiting' ? { ...ending, run: null } : ending);
      const { status, result, problem } = ending;
      if (values.json)
        output.json({ event: 'trial', trial: trial.number, round: trial.round, values: trial.values, status, run: name, result, problem });
      else if (status === 'failed') output.line(`${name}: failed, ${problem ?? ''}`);
      else if (status === 'finished') output.line(`${name}: ${plan.measure} ${figure(result ?? NaN)}, ${trialName(trial)}`);
    }
    const [best] = ranked(
      current.trials.filter(({ result }) => result !== null),
      plan,
    );
    if (values.json)
      output.json({
        event: isDone(current) ? 'done' : 'interrupted',
        best: best ?? null,
        device: session.device === null ? null : deviceName(session.device),
      });
    else if (best !== undefined)
      output.line(`best: ${best.run ?? ''} with ${plan.measure} ${figure(best.result ?? NaN)}, ${trialName(best)}`);
    return isInterrupted() ? 130 : best === undefined ? 1 : 0;
  } finally {
    forget();
    session.dispose();
  }
}

interface TrialWork {
  readonly session: Session;
  readonly listener: ReturnType<typeof createListener>;
  readonly content: TrialContent;
  readonly given: GivenWeights | null;
  readonly dataset: Dataset;
  /** Its id, or the path of its folder. */
  readonly source: string;
  readonly folder: string;
  readonly surroundings: Surroundings;
  readonly isInterrupted: () => boolean;
  readonly measure: string;
  readonly sweep: string;
  readonly trial: SweepTrial;
}

/** Trains until all epochs are done or a person ends it; keeps metrics and weights as `hebb train --out` does. */
async function trainTrial(work: TrialWork): Promise<Ending> {
  const { session, listener, content, given, dataset, source, folder: path, surroundings, isInterrupted, measure } = work;
  const { document, settings } = content;
  await session.configure({ document, settings, keepWeights: false, ...(given === null ? {} : { given }) });
  const { device } = session;
  if (device === null) throw new ServiceError('device.none');
  const folder = await openRunFolder(surroundings, path, {
    document,
    settings,
    dataset: source,
    device,
    name: trialName(work.trial),
    trial: { sweep: work.sweep, trial: work.trial.number },
  });
  listener.begin(folder);
  const { steps } = lengthOf(dataset.splits.train.count, settings, null);
  const problem = (): Problem | null => listener.problem;
  while (session.position.step < steps && session.status !== 'finished' && !isInterrupted() && problem() === null)
    await session.step(steps - session.position.step);
  const snapshot = await session.snapshot(true);
  await folder.keepWeights(snapshot === null ? [] : evaluatedWeights(snapshot));
  if (isInterrupted()) {
    await folder.finish('stopped', null);
    return { status: 'waiting', result: null, problem: null };
  }
  const found = problem();
  if (found !== null) {
    await folder.finish('failed', null);
    throw new ProblemError(found);
  }
  await folder.finish('finished', null);
  const result = listener.measures.get(measure);
  if (result === undefined) throw new ServiceError('cli.sweep-measure', { measure, known: [...listener.measures.keys()].join(', ') });
  return { status: 'finished', result: Number.isFinite(result) ? result : null, problem: null };
}
