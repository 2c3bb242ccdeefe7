/** What lies in a project's folder besides its file: copied with it, and cleaned after a crash. */
import { join } from 'node:path';
import { isTemporary, removeOrphans, writeNewFile } from '../storage/atomic';
import { readPieces } from '../storage/file-system';
import { lockName } from '../storage/lock';
import type { Context } from './context';
import { versionsFolder } from './project-versions';
import { projectWeightsFolder } from './project-weights';

/** Copies files and folders, leaving out locks, links, devices and what is half written. Each file is on the disk when this resolves. */
export async function copyTree({ fileSystem }: Pick<Context, 'fileSystem'>, from: string, to: string): Promise<void> {
  await fileSystem.createFolder(to);
  for (const { name, isFolder, special } of await fileSystem.list(from)) {
    if (isTemporary(name) || name === lockName || special !== null) continue;
    const source = join(from, name);
    const target = join(to, name);
    if (isFolder) await copyTree({ fileSystem }, source, target);
    else await writeNewFile(fileSystem, target, readPieces(fileSystem, source));
  }
}

/** Removes what a crash left half written in a project. */
export async function cleanUp({ fileSystem }: Context, folder: string): Promise<void> {
  await removeOrphans(fileSystem, folder);
  const runs = join(folder, 'runs');
  await removeOrphans(fileSystem, runs);
  for (const { name, isFolder } of await fileSystem.list(runs).catch(() => [])) {
    if (!isFolder) continue;
    await removeOrphans(fileSystem, join(runs, name));
    await removeOrphans(fileSystem, join(runs, name, 'checkpoints'));
  }
  await removeOrphans(fileSystem, join(folder, 'exports'));
  await removeOrphans(fileSystem, join(folder, projectWeightsFolder));
  await removeOrphans(fileSystem, versionsFolder(folder));
}
