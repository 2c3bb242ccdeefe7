/** `hebb train`: one session of the engine, its events told and kept, its weights measured on the test split. */
import type { ModelDocument } from '../../compute/graph/model-document';
import { ProblemError, unwrap } from '../../compute/graph/problem';
import type { TrainingSettings } from '../../compute/graph/training-settings';
import { evaluatedWeights } from '../../compute/training/checkpoint';
import { checkDataset } from '../../compute/training/dataset';
import { evaluate } from '../../compute/training/evaluation';
import { prepareModel } from '../../compute/training/model';
import { createSession, type Session } from '../../compute/training/session';
import type { Configuration } from '../../compute/training/session-interface';
import type { ValuesFor } from './commands';
import { choiceText, deviceName } from './device';
import { fitTemplate } from './fit-template';
import { readModel } from './model-source';
import { preparedSettings } from './preparation-options';
import { checkRunFolder, openRunFolder } from './run-folder';
import { datasetNamed, readDataset, readWeights } from './sources';
import type { ExitCode, Surroundings } from './surroundings';
import { freeze, learningOf } from './training-options';
import { lengthOf, samplesIn } from './training-length';
import { jsonReport, testOf, textReport, type DoneReport } from './training-report';
import { watchTraining, type TrainingWatch } from './training-watch';

/** The settings of the model with those of the command line over them. Another optimizer starts with its own defaults. */
export function settingsOf(base: TrainingSettings, values: ValuesFor<'train'>): TrainingSettings {
  return {
    ...learningOf(base, values),
    epochs: values.epochs ?? base.epochs,
    batchSize: values.batch ?? base.batchSize,
    seed: values.seed ?? base.seed,
    order: values.order ?? base.order,
  };
}

const now = (): number => performance.now();

/** Trains until done, interrupted or failed; whatever happens, what was learnt is written to `--out`. */
export async function train(model: string, values: ValuesFor<'train'>, surroundings: Surroundings): Promise<ExitCode> {
  const { output, selectDevice } = surroundings;
  if (values.out !== null) await checkRunFolder(surroundings, values.out);
  const source = await readModel(surroundings, model);
  const { dataset: itsDataset, given } = source;
  const initial = values.init === null ? null : (await readWeights(surroundings, values.init)).tensors;
  const dataset = await readDataset(surroundings, values.dataset, itsDataset, values.memory);
  const { document: fitting, settings: base } = fitTemplate(source, dataset, output);
  const document = freeze(fitting, values.freeze);
  const wanted = preparedSettings(settingsOf(base, values), values, dataset);
  const length = lengthOf(dataset.splits.train.count, wanted, values.steps);
  const settings = { ...wanted, epochs: length.epochs };

  let watch: TrainingWatch | null = null;
  const devices = selectDevice(values);
  const chosen = await devices.settle({ model: unwrap(prepareModel(document, settings, dataset)), dataset: unwrap(checkDataset(dataset)) });
  const session = createSession({ openDevice: () => devices.open(), emit: (event) => watch?.listen(event) });
  try {
    const device = await session.openDevice();
    const why = choiceText(chosen);
    if (!values.json && why !== null) output.note(why);
    if (!values.json) output.note(`Training ${document.name} on ${dataset.name} with ${deviceName(device)}, seed ${settings.seed}.`);
    await session.loadDataset(dataset);
    const beginning = given === null ? {} : { given };
    await session.configure({ document, settings, keepWeights: false, ...beginning });
    if (initial !== null) await session.loadWeights(initial);
    const run = {
      document,
      settings,
      dataset: await datasetNamed(surroundings, values.dataset, itsDataset),
      device: { ...device, chosen },
    };
    const folder = values.out === null ? null : await openRunFolder(surroundings, values.out, run);
    const report = values.json ? jsonReport(output) : textReport(output, now);
    const watching = watchTraining({ length, report, folder, note: (text) => output.note(text), now });
    watch = watching;

    const started = now();
    const end = await trainSteps(
      { session, watch: watching, steps: length.steps, document, settings, stepsBack: values['step-back'] ?? 0, beginning },
      surroundings,
    );
    const milliseconds = now() - started;
    output.clear();
    const steps = session.position.step;
    const snapshot = folder === null ? null : await latestSnapshot(session);
    if (folder !== null) await folder.keepWeights(snapshot === null ? [] : evaluatedWeights(snapshot));

    if (end === 'done') {
      const test = await session.use((network) => evaluate(network, 'test'));
      const done: DoneReport = {
        ...testOf(test),
        steps,
        seconds: milliseconds / 1000,
        samplesPerSecond: (1000 * samplesIn(steps, length)) / Math.max(1, milliseconds - watching.validationMilliseconds),
        busyShare: watching.busyShare,
        device: deviceName(device),
      };
      await folder?.finish('finished', done);
      report.done(done);
      return 0;
    }
    await folder?.finish(end === 'interrupted' ? 'stopped' : 'failed', null);
    if (watching.problem !== null) throw new ProblemError(watching.problem);
    report.interrupted(steps);
    return 130;
  } finally {
    session.dispose();
  }
}

interface Course {
  readonly session: Session;
  readonly watch: TrainingWatch;
  /** To train up to, in all, unless something comes between. */
  readonly steps: number;
  readonly document: ModelDocument;
  readonly settings: TrainingSettings;
  /** How often to go on from a number that is not finite. */
  readonly stepsBack: number;
  readonly beginning: Pick<Configuration, 'given'>;
}

/** Trains until all steps are taken, a rule ends it, or something comes between. */
async function trainSteps(course: Course, { onInterrupt, output }: Surroundings): Promise<'done' | 'interrupted' | 'failed'> {
  const { session, watch, steps, document, stepsBack, beginning } = course;
  let { settings } = course;
  let backLeft = stepsBack;
  let interrupted = false;
  const forget = onInterrupt(() => {
    interrupted = true;
    // The loop below hears of it by itself.
    void session.pause();
  });
  const isInterrupted = (): boolean => interrupted;
  try {
    // Once, but for a device that was lost and replaced, or a step back: then the rest is still to do.
    while (session.position.step < steps && session.status !== 'finished') {
      if (watch.badNumber !== null && backLeft > 0) {
        backLeft--;
        const { step } = await session.stepBack();
        settings = { ...settings, learningRate: settings.learningRate / 2 };
        await session.configure({ document, settings, keepWeights: true, ...beginning });
        watch.steppedBack(step);
        output.note(`Back at step ${step}, with the learning rate ${settings.learningRate}.`);
      }
      if (watch.problem !== null) return 'failed';
      if (isInterrupted()) return 'interrupted';
      await session.step(steps - session.position.step);
    }
    return watch.problem === null ? 'done' : 'failed';
  } finally {
    forget();
  }
}

/** Of now, or where the device is gone the last that was taken. */
const latestSnapshot = (session: Session) => session.snapshot(true).catch(() => session.snapshot(false));
