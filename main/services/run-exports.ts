/** Writes a run for others to read: a report as one HTML file, or a folder of event files for TensorBoard. */
import { join } from 'node:path';
import type { ContractRequest, ContractResponse } from '../contract/contract';
import { measuresOf, type MeasureSeries } from '../contract/run-records';
import { writeRunReport } from '../formats/report/run-report';
import { format as tensorboard, type ScalarEvent } from '../formats/tensorboard.format';
import { createFolder, writeNewFile } from '../storage/atomic';
import type { Context } from './context';
import { freePath, writeChecked } from './export-files';
import { fileNameOf } from './project-file';
import type { Projects } from './projects';
import { runFolder } from './run-folders';
import { readWholeRun, type ReadRun } from './runs';
import { ServiceError, valueOf } from './service-error';

/** The report of a run as UTF-8. */
export const reportOf = ({ run, metrics, evaluation }: ReadRun): Uint8Array =>
  new TextEncoder().encode(writeRunReport({ ...run, metrics, evaluation }));

/**
 * The event files of a run by the folder that each belongs in: one for what each batch measured, one for the epochs' means
 * over the training split, one for validation, so that TensorBoard lays their curves over one another. Records without a
 * time count as one second after another from the start of the run.
 */
export function eventFilesOf({ run, metrics }: Pick<ReadRun, 'run' | 'metrics'>): ReadonlyMap<MeasureSeries['of'], Uint8Array> {
  const begunAt = Date.parse(run.startedAt) / 1000;
  const { series } = measuresOf(metrics);
  const files = new Map<MeasureSeries['of'], Uint8Array>();
  for (const of of ['batch', 'training', 'validation'] as const) {
    const events = series
      .filter((each) => each.of === of)
      .flatMap(({ measure, steps, values, times }) =>
        steps.map((step, index): ScalarEvent => {
          const time = times[index] ?? NaN;
          return { tag: measure, step, value: values[index] ?? NaN, wallTime: Number.isFinite(time) ? time / 1000 : begunAt + step };
        }),
      )
      .sort((a, b) => a.step - b.step);
    if (events.length > 0) files.set(of, valueOf(tensorboard.write({ begunAt, events })));
  }
  return files;
}

export interface RunExports {
  write(request: ContractRequest<'runs.export'>): Promise<ContractResponse<'runs.export'>>;
}

export function createRunExports(context: Context, projects: Projects): RunExports {
  const { fileSystem, paths } = context;
  return {
    write: async ({ project, runId, format, folder }) => {
      const projectFolder = projects.folderOf(project);
      const chosen = folder === null ? join(projectFolder, 'exports') : paths.find(folder);
      if (chosen === null) throw new ServiceError('folder.unknown');
      const read = await readWholeRun(fileSystem, runFolder(projectFolder, runId), runId);
      const name = fileNameOf(read.run.name === '' ? read.run.id : read.run.name);
      return await context.inTurn(`exports:${chosen}`, async () => {
        if (format === 'html') {
          const bytes = reportOf(read);
          await fileSystem.createFolder(chosen);
          const location = await freePath(fileSystem, chosen, name, '.html');
          await writeChecked(fileSystem, location, bytes);
          return { location, bytes: bytes.length };
        }
        const files = eventFilesOf(read);
        if (files.size === 0) throw new ServiceError('run.nothing-measured', { run: runId });
        const logs = join(chosen, 'tensorboard');
        await fileSystem.createFolder(logs);
        const location = await freePath(fileSystem, logs, name, '');
        const seconds = Math.floor(Date.parse(read.run.startedAt) / 1000);
        await createFolder(fileSystem, location, async (temporary) => {
          for (const [of, bytes] of files) {
            await fileSystem.createFolder(join(temporary, of));
            // TensorBoard finds its files by this part of their name.
            await writeNewFile(fileSystem, join(temporary, of, `events.out.tfevents.${String(seconds)}.hebb`), bytes);
          }
        });
        return { location, bytes: [...files.values()].reduce((sum, { length }) => sum + length, 0) };
      });
    },
  };
}
