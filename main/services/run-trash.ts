/** The project's trash of runs: what was removed can come back, until it is 30 days old or 100 others were removed after it. */
import { join } from 'node:path';
import { removeFolder, syncFolder } from '../storage/atomic';
import { statusOrNull, type FileSystem } from '../storage/file-system';
import { readRemovedName, removedName, runFolder, runsFolder, trashFolder } from './run-folders';
import { ServiceError } from './service-error';

export const keptDays = 30;
export const keptRuns = 100;
const millisecondsPerDay = 24 * 60 * 60 * 1000;

export interface RemovedRun {
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly folder: string;
}

/** What lies in the trash, removed last first. */
export async function listRemoved(fileSystem: FileSystem, project: string): Promise<readonly RemovedRun[]> {
  const trash = trashFolder(project);
  if ((await statusOrNull(fileSystem, trash)) === null) return [];
  const found = (await fileSystem.list(trash)).flatMap(({ name, isFolder }) => {
    const read = isFolder ? readRemovedName(name) : null;
    return read === null ? [] : [{ ...read, folder: join(trash, name) }];
  });
  return found.sort((a, b) => b.time - a.time || b.runId.localeCompare(a.runId));
}

/** Those that nobody gets back any more (of `removed`, the last first). */
export const expired = (removed: readonly RemovedRun[], now: number): readonly RemovedRun[] =>
  removed.filter(({ time }, index) => index >= keptRuns || now - time > keptDays * millisecondsPerDay);

/** One rename, so that the run is in one place or the other; then what has expired goes for good. */
export async function moveToTrash(fileSystem: FileSystem, project: string, runId: string, now: number): Promise<void> {
  const trash = trashFolder(project);
  await fileSystem.createFolder(trash);
  await fileSystem.rename(runFolder(project, runId), join(trash, removedName(runId, now)));
  await syncFolder(fileSystem, trash);
  await syncFolder(fileSystem, runsFolder(project));
  for (const { folder } of expired(await listRemoved(fileSystem, project), now))
    // One that cannot be removed now has expired next time too.
    await removeFolder(fileSystem, folder).catch(() => undefined);
}

/** Errors: run.not-removed, run.exists. */
export async function takeFromTrash(fileSystem: FileSystem, project: string, runId: string): Promise<void> {
  const target = runFolder(project, runId);
  const found = (await listRemoved(fileSystem, project)).find((removed) => removed.runId === runId);
  if (found === undefined) throw new ServiceError('run.not-removed', { run: runId });
  if ((await statusOrNull(fileSystem, target)) !== null) throw new ServiceError('run.exists', { run: runId });
  await fileSystem.createFolder(runsFolder(project));
  await fileSystem.rename(found.folder, target);
  await syncFolder(fileSystem, runsFolder(project));
  await syncFolder(fileSystem, trashFolder(project));
}
