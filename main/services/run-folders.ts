/** Where a project keeps its runs, and those that were removed. */
import { join } from 'node:path';
import { ServiceError } from './service-error';

const identifier = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** The run, and when it was removed in milliseconds since 1970. */
const removedPattern = /^([A-Za-z0-9][A-Za-z0-9_-]{0,63})\.(\d{1,15})$/;

export const isRunId = (name: string): boolean => identifier.test(name);

export const runsFolder = (project: string): string => join(project, 'runs');
export const trashFolder = (project: string): string => join(project, 'trash', 'runs');

/** The folder of a run; throws run.unknown for an id that could name anything else. */
export function runFolder(project: string, runId: string): string {
  if (!isRunId(runId)) throw new ServiceError('run.unknown', { run: runId });
  return join(runsFolder(project), runId);
}

export const removedName = (runId: string, time: number): string => `${runId}.${String(time)}`;

/** What the name of a folder in the trash says; null for anything else. */
export function readRemovedName(name: string): { readonly runId: string; readonly time: number } | null {
  const found = removedPattern.exec(name);
  return found === null ? null : { runId: found[1] ?? '', time: Number(found[2]) };
}
