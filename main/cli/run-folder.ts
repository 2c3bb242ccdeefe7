/**
 * The folder that `hebb train --out` writes, in the form of a project's runs: run.json (what was trained, how, with what
 * result), metrics.jsonl (a journal) and weights.safetensors.
 */
import { basename, join } from 'node:path';
import type { DeviceDescription } from '../../compute/devices/device';
import type { ModelDocument } from '../../compute/graph/model-document';
import { encodeSafetensors, type SafetensorsEntry } from '../../compute/graph/safetensors';
import type { TrainingSettings } from '../../compute/graph/training-settings';
import type { DeviceChoice } from '../../compute/training/device-choice';
import { version } from '../../package.json';
import { newRunFile, runFileName } from '../services/run-file';
import { ServiceError } from '../services/service-error';
import { writeFile, writeJson } from '../storage/atomic';
import { statusOrNull } from '../storage/file-system';
import { openJournal } from '../storage/journal';
import type { Surroundings } from './surroundings';
import type { DoneReport, EpochReport, StepReport } from './training-report';

export interface RunDescription {
  readonly document: ModelDocument;
  readonly settings: TrainingSettings;
  /** Its id, or the path of its folder. */
  readonly dataset: string;
  /** And why it was this one. */
  readonly device: DeviceDescription & { readonly chosen?: DeviceChoice };
  readonly name?: string;
  /** The sweep that it is a trial of, if it is. */
  readonly trial?: { readonly sweep: string; readonly trial: number };
}

export interface RunFolder {
  /** Metrics are written by and by; a failure to is told by `finish`. */
  steps(steps: readonly StepReport[]): void;
  epoch(epoch: EpochReport): void;
  keepWeights(weights: readonly SafetensorsEntry[]): Promise<void>;
  /** After the weights, so that a run that says it is finished has them. */
  finish(status: 'finished' | 'stopped' | 'failed', result: DoneReport | null): Promise<void>;
}

export const weightsFileName = 'weights.safetensors';
/** Steps that wait before they are written, at most. */
const waitingSteps = 2000;

/** Refuses a path that is a file, before anything was trained. Error: cli.not-a-folder. */
export async function checkRunFolder({ fileSystem, resolvePath }: Surroundings, folder: string): Promise<void> {
  const status = await statusOrNull(fileSystem, resolvePath(folder));
  if (status?.isFolder === false) throw new ServiceError('cli.not-a-folder', { path: folder });
}

/** Begins a run in the folder; what an earlier run left there under these names is replaced. */
export async function openRunFolder(
  { fileSystem, now, resolvePath }: Surroundings,
  folder: string,
  description: RunDescription,
): Promise<RunFolder> {
  const path = resolvePath(folder);
  const fileOf = (name: string): string => join(path, name);
  await fileSystem.createFolder(path);
  // Weights of another training must not lie beside this one's record.
  if ((await statusOrNull(fileSystem, fileOf(weightsFileName))) !== null) await fileSystem.removeFile(fileOf(weightsFileName));
  const startedAt = now().toISOString();
  const versions = { hebb: version, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
  const begun = newRunFile({ ...description, id: basename(path), startedAt, versions });
  const record = (status: string, finishedAt: string | null, result: DoneReport | null) => ({
    ...begun,
    status,
    finishedAt,
    ...(result === null ? {} : { result }),
  });
  await writeJson(fileSystem, fileOf(runFileName), record('running', null, null));
  await writeFile(fileSystem, fileOf('metrics.jsonl'), new Uint8Array(0));
  const journal = openJournal(fileSystem, fileOf('metrics.jsonl'));
  const at = (): number => now().getTime();

  let waiting: StepReport[] = [];
  const failures: unknown[] = [];
  let written: Promise<void> = Promise.resolve();
  const append = (records: readonly unknown[]): void => {
    written = written.then(() => journal.append(records)).catch((error: unknown) => void failures.push(error));
  };
  append([{ type: 'started', at: at() }]);
  const takeWaiting = (): unknown[] => {
    const steps = waiting;
    waiting = [];
    if (steps.length === 0) return [];
    return [
      {
        type: 'steps',
        at: at(),
        steps: steps.map(({ step }) => step),
        loss: steps.map(({ loss }) => loss),
        accuracy: steps.map(({ accuracy }) => accuracy),
        ...(steps.some(({ meanAbsoluteError = NaN }) => !Number.isNaN(meanAbsoluteError))
          ? { meanAbsoluteError: steps.map(({ meanAbsoluteError }) => meanAbsoluteError) }
          : {}),
      },
    ];
  };

  return {
    steps: (steps) => {
      waiting.push(...steps);
      if (waiting.length >= waitingSteps) append(takeWaiting());
    },
    epoch: (report) => {
      const { epoch, step, trainLoss, trainAccuracy, validationLoss, validationAccuracy } = report;
      const { trainMeanAbsoluteError, validationMeanAbsoluteError, validationR2 } = report;
      const isRegression = validationMeanAbsoluteError !== undefined;
      append([
        ...takeWaiting(),
        {
          type: 'epoch',
          at: at(),
          epoch,
          step,
          train: { loss: trainLoss, accuracy: trainAccuracy, ...(isRegression ? { meanAbsoluteError: trainMeanAbsoluteError } : {}) },
          validation: {
            loss: validationLoss,
            accuracy: validationAccuracy,
            ...(isRegression ? { meanAbsoluteError: validationMeanAbsoluteError, r2: validationR2 } : {}),
          },
        },
      ]);
    },
    keepWeights: async (weights) => {
      // PyTorch's readers look for the framework among the metadata.
      await writeFile(fileSystem, fileOf(weightsFileName), encodeSafetensors(weights, { format: 'pt' }));
    },
    finish: async (status, result) => {
      const last = takeWaiting();
      if (last.length > 0) append(last);
      await written;
      await writeJson(fileSystem, fileOf(runFileName), record(status, now().toISOString(), result));
      if (failures.length > 0) throw failures[0];
    },
  };
}
