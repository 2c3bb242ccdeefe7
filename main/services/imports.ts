/** Imports of data: looking at what a person chose, reading it into a data set of their own, and the report that stays with it. */
import { join } from 'node:path';
import type { ContractRequest, ContractResponse } from '../contract/contract';
import { importReportSchema } from '../contract/imports';
import { nodeFileSystem, type FileSystem } from '../storage/file-system';
import type { Context } from './context';
import { datasetIdentifier, newIdFor } from './datasets';
import { localPool } from './import/decode-pool';
import { perform, reportFile, type ImportAnswer, type ImportTask } from './import/perform';
import { problemOf, type ImportReport } from './import/report';
import type { ImportPlace } from './import/sources';
import type { ImportKind, ImportOptions } from './import/splits';
import { noProgress, type Jobs, type Progress } from './jobs';
import { readJsonAs } from './json-file';
import type { Places } from './places';
import { ServiceError } from './service-error';
import { hasThreads, startThread } from './threads/start-thread';
import { awaitTask, type TaskBounds } from './threads/task-thread';
import type { Uploads } from './uploads';

export type ImportInspection = ContractResponse<'imports.inspect'>;
export type ImportResult = ContractResponse<'imports.run'>;

/** However long: the data may be large, and who cancels finds nothing of it. Images are watched one by one (import/decoders.ts). */
const boundsOf = ({ task }: ImportTask): TaskBounds => ({
  longest: Infinity,
  // Who only looks has nothing to clear away.
  cancelled: task === 'run' ? 'asked' : 'ended',
  stopped: () => new ServiceError('import.too-much-memory'),
});

/** In a thread beside where there is one and the files are those of this machine; problems of readers become service errors. */
async function performAnywhere(fileSystem: FileSystem, task: ImportTask, progress: Progress): Promise<ImportAnswer> {
  if (fileSystem === nodeFileSystem && hasThreads())
    return await awaitTask<ImportAnswer>(startThread({ role: 'import', task }), progress, boundsOf(task));
  try {
    return await perform(fileSystem, task, localPool, progress);
  } catch (error) {
    const problem = problemOf(error);
    throw problem === null ? error : new ServiceError(problem.code, problem.values);
  }
}

/** What lies there, and how it would be read. Errors: import.*, zip.*, those of the format, disk.*. */
export async function inspectPlace(
  fileSystem: FileSystem,
  place: ImportPlace,
  { kind = null, options = null }: { readonly kind?: ImportKind | null; readonly options?: ImportOptions | null } = {},
  progress: Progress = noProgress,
): Promise<ImportInspection> {
  const answer = await performAnywhere(fileSystem, { task: 'inspect', place, kind, options }, progress);
  if ('report' in answer) throw new Error('an inspection was answered with a report');
  return answer;
}

/** Reads what lies there into a new data set. Nothing is left of an import that fails. Errors as `inspectPlace`, and job.cancelled. */
export async function importPlace(
  { fileSystem, places }: { readonly fileSystem: FileSystem; readonly places: Places },
  place: ImportPlace,
  name: string,
  options: ImportOptions,
  progress: Progress,
): Promise<ImportResult> {
  const imported = join(places.data, 'datasets');
  await fileSystem.createFolder(imported);
  const id = newIdFor(name);
  const answer = await performAnywhere(fileSystem, { task: 'run', place, options, folder: join(imported, id), id, name }, progress);
  if (!('report' in answer)) throw new Error('an import was answered without a report');
  return answer;
}

/** The report of an earlier import; null for a data set that was not imported, or before there were reports. */
export async function readImportReport(fileSystem: FileSystem, places: Places, id: string): Promise<ImportReport | null> {
  if (!datasetIdentifier.test(id)) throw new ServiceError('dataset.unknown', { dataset: id });
  const file = await readJsonAs(fileSystem, join(places.data, 'datasets', id, reportFile), importReportSchema);
  return file.state === 'read' ? file.value : null;
}

type Source = ContractRequest<'imports.run'>['source'];

export interface Imports {
  inspect(request: ContractRequest<'imports.inspect'>): Promise<ImportInspection>;
  run(request: ContractRequest<'imports.run'>): Promise<ImportResult>;
  report(id: string): Promise<ImportReport | null>;
}

export function createImports(context: Context, jobs: Jobs, uploads: Uploads): Imports {
  const { fileSystem, places, paths, given } = context;
  const known = <Value>(value: Value | null): Value => {
    if (value === null) throw new ServiceError('folder.unknown');
    return value;
  };
  const placeOf = (source: Source): ImportPlace => {
    switch (source.from) {
      case 'bundle':
        return { from: 'bundle', paths: source.uploads.map((upload) => uploads.get(upload).path), name: source.name };
      case 'places':
        return { from: 'places', paths: source.places.map((token) => known(paths.find(token))) };
      case 'files':
        return { from: 'places', paths: known(given.find(source.files)) };
      default:
        return source satisfies never;
    }
  };
  /** Nobody wants it any more. */
  const forget = async (source: Source): Promise<void> => {
    if (source.from === 'bundle') for (const upload of source.uploads) await uploads.discard(upload);
    if (source.from === 'files') given.forget(source.files);
  };
  return {
    inspect: ({ source, kind, options, job }) =>
      jobs.run(job, (progress) => inspectPlace(fileSystem, placeOf(source), { kind: kind ?? null, options: options ?? null }, progress)),
    run: ({ source, name, options, job }) =>
      jobs.run(job, async (progress) => {
        const result = await importPlace(context, placeOf(source), name, options, progress);
        // One that failed may be tried again with other options.
        await forget(source);
        return result;
      }),
    report: (id) => readImportReport(fileSystem, places, id),
  };
}
