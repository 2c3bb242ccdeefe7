/** What the folder browser shows: the folders in a folder, and its files where they are wanted, under tokens. */
import { dirname, join } from 'node:path';
import type { ContractResponse } from '../contract/contract';
import { statusOrNull } from '../storage/file-system';
import type { Context } from './context';
import { projectFileName } from './project-file';
import { ServiceError } from './service-error';

const longestList = 5000;
const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** `token` null is the projects folder. What is hidden is left out; folders come first. */
export async function listFolders(context: Context, token: string | null, withFiles = false): Promise<ContractResponse<'folders.list'>> {
  const { fileSystem, places, paths } = context;
  if (token === null) await fileSystem.createFolder(places.projects);
  const folder = token === null ? places.projects : paths.find(token);
  if (folder === null) throw new ServiceError('folder.unknown');
  const found = (await fileSystem.list(folder))
    .filter(({ name, isFolder }) => (isFolder || withFiles) && !name.startsWith('.'))
    .sort((first, second) => Number(second.isFolder) - Number(first.isFolder) || byName.compare(first.name, second.name))
    .slice(0, longestList);
  const entries: ContractResponse<'folders.list'>['entries'] = [];
  for (const { name, isFolder } of found) {
    const path = join(folder, name);
    // A folder that may not be read is shown; opening it tells why it cannot be.
    const status = isFolder ? await statusOrNull(fileSystem, join(path, projectFileName)).catch(() => null) : null;
    entries.push({ token: paths.of(path), name, isFolder, isProject: status !== null });
  }
  const parent = dirname(folder);
  return { folder: paths.of(folder), location: folder, parent: parent === folder ? null : paths.of(parent), entries };
}
