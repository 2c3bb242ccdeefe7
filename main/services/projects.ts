/**
 * Projects as folders: create, open, save, autosave, copy. One process at a time writes in a project: whoever opens it
 * holds its lock. What stands in runs/ is runs.ts and checkpoints.ts.
 */
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ContractResponse, ProjectContent } from '../contract/contract';
import { createFolder, writeFile, writeJson, writeNewFile } from '../storage/atomic';
import { readFile, statusOrNull, systemErrorCode } from '../storage/file-system';
import { acquireLock, type Lock } from '../storage/lock';
import type { Context } from './context';
import { readJson } from './json-file';
import {
  autosaveFileName,
  checkContent,
  contentOf,
  fileNameOf,
  formerFileName,
  PROJECT_FORMAT_VERSION,
  projectFileName,
  readProjectFile,
  type ProjectFile,
  type ProjectReading,
} from './project-file';
import { cleanUp, copyTree } from './project-folder';
import { projectWeightsFolder } from './project-weights';
import { keepVersion, listVersions, readVersion } from './project-versions';
import { addRecent, readRecent } from './settings';
import { ServiceError } from './service-error';
import { removeUnnamedWeights } from './unnamed-weights';

type Project = ContractResponse<'projects.open'>;
type ProjectSummary = ContractResponse<'projects.save'>;

/** Edits that were only autosaved become an earlier version so often. Milliseconds. */
const versionInterval = 5 * 60_000;

export interface Projects {
  recent(): Promise<ProjectSummary[]>;
  create(name: string, content: ProjectContent): Promise<Project>;
  last(): Promise<Project | null>;
  open(token: string): Promise<Project>;
  save(token: string, content: ProjectContent): Promise<ProjectSummary>;
  autosave(token: string, content: ProjectContent): Promise<void>;
  saveAs(token: string, folder: string, name: string, content: ProjectContent): Promise<Project>;
  versions(token: string): Promise<ContractResponse<'projects.versions'>>;
  readVersion(token: string, id: string): Promise<{ content: ProjectContent }>;
  /** The folder behind a token; throws project.unknown. */
  folderOf(token: string): string;
  /** Runs work that writes in a project: under its lock, after what is already under way there. */
  writeIn<Value>(folder: string, work: () => Promise<Value>): Promise<Value>;
  close(): Promise<void>;
}

async function readFileOf(context: Context, folder: string, name: string): Promise<ProjectReading | null> {
  const file = await readJson(context.fileSystem, join(folder, name));
  switch (file.state) {
    case 'missing':
      return null;
    case 'broken':
      return { ok: false, error: new ServiceError('project.broken', { file: name, reason: file.reason }, file.reason) };
    case 'read':
      return readProjectFile(file.value, name);
    default:
      return file satisfies never;
  }
}

/** The newer of project.json and autosave.json that can be read, and whether it is the autosaved one. */
async function readNewest(context: Context, folder: string): Promise<{ readonly file: ProjectFile; readonly restored: boolean }> {
  const saved = await readFileOf(context, folder, projectFileName);
  const autosaved = await readFileOf(context, folder, autosaveFileName);
  if (autosaved?.ok === true && (saved?.ok !== true || autosaved.file.revision > saved.file.revision)) {
    // A project.json that this version cannot know must not be overshadowed by an older autosave.
    if (saved?.ok === false && saved.error.code === 'project.newer-version') throw saved.error;
    return { file: autosaved.file, restored: true };
  }
  if (saved === null) throw new ServiceError('project.missing', { location: folder });
  if (!saved.ok) throw saved.error;
  return { file: saved.file, restored: false };
}

const sameContent = (a: ProjectFile, b: ProjectFile): boolean => isDeepStrictEqual(contentOf(a), contentOf(b));

export function createProjects(context: Context): Projects {
  const { fileSystem, places, paths } = context;
  const locks = new Map<string, Lock>();
  /** The revision that each open project reached, on disk or autosaved. */
  const revisions = new Map<string, number>();
  /** When each open project was last opened, saved, or kept as an earlier version. */
  const versionTimes = new Map<string, number>();
  /** Whoever had one of these open may undo until this process ends: what its edits named stays. */
  const everOpened = new Set<string>();

  const folderOf = (token: string): string => {
    const folder = paths.find(token);
    if (folder === null) throw new ServiceError('project.unknown');
    return folder;
  };

  const hold = async (folder: string): Promise<void> => {
    const known = locks.get(folder);
    if (known !== undefined && (await known.held())) return;
    locks.delete(folder);
    await known?.release();
    const result = await acquireLock(fileSystem, folder);
    if (!result.ok)
      throw new ServiceError('project.locked', {
        location: folder,
        processId: result.holder?.processId ?? 0,
        host: result.holder?.host ?? '',
      });
    locks.set(folder, result.lock);
  };

  const release = async (folder: string): Promise<void> => {
    const lock = locks.get(folder);
    locks.delete(folder);
    await lock?.release();
  };

  const writeIn: Projects['writeIn'] = (folder, work) =>
    context.inTurn(folder, async () => {
      await hold(folder);
      return await work();
    });

  const summary = (folder: string, file: Pick<ProjectFile, 'name' | 'savedAt'>): ProjectSummary => ({
    token: paths.of(folder),
    name: file.name,
    location: folder,
    changedAt: file.savedAt,
  });

  /** Makes the project the one that is open: the others are given back to other windows. */
  const opened = async (folder: string, file: ProjectFile, restored: boolean): Promise<Project> => {
    revisions.set(folder, file.revision);
    versionTimes.set(folder, context.now().getTime());
    everOpened.add(folder);
    for (const other of [...locks.keys()]) if (other !== folder) await context.inTurn(other, () => release(other));
    await addRecent(context, folder);
    return { ...summary(folder, file), content: contentOf(file), restored };
  };

  const openFolder = (folder: string): Promise<Project> =>
    context
      .inTurn(folder, async () => {
        // Looked at before the lock is taken, so that no lock is left in a folder that is no project.
        const anything =
          (await statusOrNull(fileSystem, join(folder, projectFileName))) ??
          (await statusOrNull(fileSystem, join(folder, autosaveFileName)));
        if (anything === null) throw new ServiceError('project.missing', { location: folder });
        const heldBefore = locks.has(folder);
        await hold(folder);
        try {
          await cleanUp(context, folder);
          const newest = await readNewest(context, folder);
          if (!everOpened.has(folder)) await removeUnnamedWeights(fileSystem, folder, context.now().getTime());
          return newest;
        } catch (error) {
          if (!heldBefore) await release(folder);
          throw error;
        }
      })
      .then(({ file, restored }) => opened(folder, file, restored));

  const nextFile = async (folder: string, content: ProjectContent, name?: string): Promise<ProjectFile> => {
    const checked = checkContent(content);
    const reached = revisions.get(folder) ?? (await readNewest(context, folder)).file.revision;
    const savedName = name ?? (await nameOf(folder));
    return {
      format: 'hebb-project',
      version: PROJECT_FORMAT_VERSION,
      name: savedName,
      revision: reached + 1,
      savedAt: context.now().toISOString(),
      ...checked,
    };
  };

  const nameOf = async (folder: string): Promise<string> => {
    const saved = await readFileOf(context, folder, projectFileName);
    return saved?.ok === true ? saved.file.name : basename(folder);
  };

  /** Before a new project.json takes its place: one that could not be read, or of an older version, is kept aside; any other as a version. */
  const keepFormer = async (folder: string, next: ProjectFile): Promise<void> => {
    const saved = await readFileOf(context, folder, projectFileName);
    if (saved === null) return;
    if (saved.ok && saved.version === PROJECT_FORMAT_VERSION) {
      if (!sameContent(saved.file, next)) await keepVersion(fileSystem, folder, saved.file);
      return;
    }
    const bytes = await readFile(fileSystem, join(folder, projectFileName));
    const aside = saved.ok ? formerFileName(saved.version) : `${projectFileName}.broken`;
    if (bytes !== null) await writeFile(fileSystem, join(folder, aside), bytes);
  };

  const makeFolder = async (
    parent: string,
    name: string,
    content: ProjectContent,
    from: string | null,
    mayNumber: boolean,
  ): Promise<{ folder: string; file: ProjectFile }> => {
    const checked = checkContent(content);
    await fileSystem.createFolder(parent);
    for (let number = 1; number < 10_000; number++) {
      const numbered = number === 1 ? name : `${name} ${String(number)}`;
      const folder = join(parent, fileNameOf(numbered));
      if ((await statusOrNull(fileSystem, folder)) !== null) {
        if (mayNumber) continue;
        break;
      }
      const file: ProjectFile = {
        format: 'hebb-project',
        version: PROJECT_FORMAT_VERSION,
        name: numbered,
        revision: 1,
        savedAt: context.now().toISOString(),
        ...checked,
      };
      try {
        await createFolder(fileSystem, folder, async (temporary) => {
          for (const part of ['runs', 'sweeps', projectWeightsFolder])
            if (from !== null && (await statusOrNull(fileSystem, join(from, part))) !== null)
              await copyTree(context, join(from, part), join(temporary, part));
          await writeNewFile(fileSystem, join(temporary, projectFileName), new TextEncoder().encode(`${JSON.stringify(file, null, 2)}\n`));
        });
        return { folder, file };
      } catch (error) {
        const code = systemErrorCode(error);
        if (code !== 'EEXIST' && code !== 'ENOTEMPTY') throw error;
        if (!mayNumber) break;
      }
    }
    throw new ServiceError('project.exists', { name, location: join(parent, fileNameOf(name)) });
  };

  return {
    folderOf,
    writeIn,
    recent: async () => {
      const found: ProjectSummary[] = [];
      for (const { path, openedAt } of await readRecent(context)) {
        const status = await statusOrNull(fileSystem, join(path, projectFileName)).catch(() => null);
        if (status === null) continue;
        const saved = await readFileOf(context, path, projectFileName).catch(() => null);
        found.push(summary(path, saved?.ok === true ? saved.file : { name: basename(path), savedAt: openedAt }));
      }
      return found;
    },
    create: async (name, content) => {
      const { folder, file } = await makeFolder(places.projects, name, content, null, true);
      await context.inTurn(folder, () => hold(folder));
      return await opened(folder, file, false);
    },
    last: async () => {
      const path = (await readRecent(context))[0]?.path;
      if (path === undefined) return null;
      try {
        return await openFolder(path);
      } catch (error) {
        if (error instanceof ServiceError && error.code === 'project.missing') return null;
        throw error;
      }
    },
    open: (token) => openFolder(folderOf(token)),
    save: (token, content) => {
      const folder = folderOf(token);
      return writeIn(folder, async () => {
        const file = await nextFile(folder, content);
        await keepFormer(folder, file);
        await writeJson(fileSystem, join(folder, projectFileName), file);
        revisions.set(folder, file.revision);
        versionTimes.set(folder, context.now().getTime());
        // It is older now; if it cannot be removed its revision says so.
        await fileSystem.removeFile(join(folder, autosaveFileName)).catch(() => undefined);
        return summary(folder, file);
      });
    },
    autosave: (token, content) => {
      const folder = folderOf(token);
      return writeIn(folder, async () => {
        const file = await nextFile(folder, content);
        const now = context.now().getTime();
        if (now - (versionTimes.get(folder) ?? now) >= versionInterval) {
          await keepVersion(fileSystem, folder, (await readNewest(context, folder)).file);
          versionTimes.set(folder, now);
        }
        await writeJson(fileSystem, join(folder, autosaveFileName), file);
        revisions.set(folder, file.revision);
      });
    },
    saveAs: async (token, parentToken, name, content) => {
      const from = folderOf(token);
      const parent = paths.find(parentToken);
      if (parent === null) throw new ServiceError('folder.unknown');
      const { folder, file } = await context.inTurn(from, () => makeFolder(parent, name, content, from, false));
      await context.inTurn(folder, () => hold(folder));
      // The edits live on in the copy; the original stays as it was last saved.
      await writeIn(from, () => fileSystem.removeFile(join(from, autosaveFileName)).catch(() => undefined));
      return await opened(folder, file, false);
    },
    versions: (token) => listVersions(fileSystem, folderOf(token)),
    readVersion: async (token, id) => ({ content: contentOf(await readVersion(fileSystem, folderOf(token), id)) }),
    close: async () => {
      for (const folder of [...locks.keys()]) await context.inTurn(folder, () => release(folder));
    },
  };
}
