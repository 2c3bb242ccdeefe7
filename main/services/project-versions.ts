/**
 * Earlier versions of a project: versions/<revision>.json, each a project file as it was before a save replaced it, or in
 * between where edits went on unsaved. The newest twenty are kept.
 */
import { join } from 'node:path';
import type { ContractResponse } from '../contract/contract';
import { writeJson } from '../storage/atomic';
import { statusOrNull, type FileSystem } from '../storage/file-system';
import { readJson } from './json-file';
import { readProjectFile, type ProjectFile } from './project-file';
import { ServiceError } from './service-error';

const keptVersions = 20;
const fileName = /^(\d{1,15})\.json$/;

export const versionsFolder = (project: string): string => join(project, 'versions');

/** Numbers of the versions that are there, the newest first. */
async function numbersOf(fileSystem: FileSystem, project: string): Promise<number[]> {
  const folder = versionsFolder(project);
  if ((await statusOrNull(fileSystem, folder)) === null) return [];
  const entries = await fileSystem.list(folder);
  return entries
    .flatMap(({ name }) => fileName.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
}

const pathOf = (project: string, revision: number): string => join(versionsFolder(project), `${String(revision)}.json`);

/** Keeps a copy; the oldest beyond the twentieth go. Errors: those of the disk, and then the versions are as they were. */
export async function keepVersion(fileSystem: FileSystem, project: string, file: ProjectFile): Promise<void> {
  await fileSystem.createFolder(versionsFolder(project));
  await writeJson(fileSystem, pathOf(project, file.revision), file);
  for (const old of (await numbersOf(fileSystem, project)).slice(keptVersions))
    // One that cannot be removed now goes next time.
    await fileSystem.removeFile(pathOf(project, old)).catch(() => undefined);
}

async function readFileOf(fileSystem: FileSystem, project: string, revision: number): Promise<ProjectFile> {
  const file = await readJson(fileSystem, pathOf(project, revision));
  if (file.state === 'missing') throw new ServiceError('project.no-version', { version: revision });
  const name = `versions/${String(revision)}.json`;
  if (file.state === 'broken') throw new ServiceError('project.broken', { file: name, reason: file.reason }, file.reason);
  const reading = readProjectFile(file.value, name);
  if (!reading.ok) throw reading.error;
  return reading.file;
}

/** Those that can be read, the newest first. */
export async function listVersions(fileSystem: FileSystem, project: string): Promise<ContractResponse<'projects.versions'>> {
  const found: ContractResponse<'projects.versions'> = [];
  for (const revision of await numbersOf(fileSystem, project)) {
    const file = await readFileOf(fileSystem, project, revision).catch((error: unknown) => {
      if (error instanceof ServiceError) return null;
      throw error;
    });
    if (file !== null)
      found.push({ id: String(revision), savedAt: file.savedAt, layers: file.document.nodes.length, dataset: file.dataset.id });
  }
  return found;
}

/** Errors: project.no-version, project.broken, project.newer-version. */
export async function readVersion(fileSystem: FileSystem, project: string, id: string): Promise<ProjectFile> {
  const revision = fileName.exec(`${id}.json`)?.[1];
  if (revision === undefined) throw new ServiceError('project.no-version', { version: id });
  return await readFileOf(fileSystem, project, Number(revision));
}
