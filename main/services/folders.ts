/** What the folder browser shows: the folders in a folder, under tokens. */
import { dirname, join } from 'node:path';
import type { ContractResponse } from '../contract/contract';
import { statusOrNull } from '../storage/file-system';
import type { Context } from './context';
import { projectFileName } from './project-file';
import { ServiceError } from './service-error';

const longestList = 5000;
const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** `token` null is the projects folder. Hidden folders are left out. */
export async function listFolders(context: Context, token: string | null): Promise<ContractResponse<'folders.list'>> {
  const { fileSystem, places, paths } = context;
  if (token === null) await fileSystem.createFolder(places.projects);
  const folder = token === null ? places.projects : paths.find(token);
  if (folder === null) throw new ServiceError('folder.unknown');
  const names = (await fileSystem.list(folder))
    .filter(({ name, isFolder }) => isFolder && !name.startsWith('.'))
    .map(({ name }) => name)
    .sort(byName.compare)
    .slice(0, longestList);
  const entries: { token: string; name: string; isProject: boolean }[] = [];
  for (const name of names) {
    const path = join(folder, name);
    // A folder that may not be read is shown; opening it tells why it cannot be.
    const status = await statusOrNull(fileSystem, join(path, projectFileName)).catch(() => null);
    entries.push({ token: paths.of(path), name, isProject: status !== null });
  }
  const parent = dirname(folder);
  return { folder: paths.of(folder), location: folder, parent: parent === folder ? null : paths.of(parent), entries };
}
