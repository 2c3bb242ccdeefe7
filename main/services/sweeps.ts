/** Sweeps of a project: each a queue of trials in a file of its own, written whole at every step, so that it goes on after a restart. */
import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import {
  afterRestart,
  firstTrials,
  sweepPlanSchema,
  sweepQueueSchema,
  sweepSchema,
  withTrial,
  type Sweep,
  type SweepQueue,
} from '../../compute/graph/sweep';
import type { ContractRequest } from '../contract/contract';
import { syncFolder, writeJson } from '../storage/atomic';
import { statusOrNull, type FileSystem } from '../storage/file-system';
import type { Context } from './context';
import { describeIssues, readJsonAs } from './json-file';
import type { Projects } from './projects';
import { ServiceError, valueOf } from './service-error';

const identifier = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

const sweepsFolder = (project: string): string => join(project, 'sweeps');
/** Beside the sweeps, none of which is called so. */
const queueFileName = 'queue.json';
const trashFolder = (project: string): string => join(project, 'trash', 'sweeps');

function sweepFile(folder: string, id: string): string {
  if (!identifier.test(id)) throw new ServiceError('sweep.unknown', { sweep: id });
  return join(folder, `${id}.json`);
}

/** A sweep as a file has it; throws sweep.unknown or sweep.broken. */
export async function readSweep(fileSystem: FileSystem, path: string): Promise<Sweep> {
  const file = await readJsonAs(fileSystem, path, sweepSchema);
  const name = basename(path, '.json');
  if (file.state === 'missing') throw new ServiceError('sweep.unknown', { sweep: name });
  if (file.state === 'broken') throw new ServiceError('sweep.broken', { sweep: name, reason: file.reason }, file.reason);
  return file.value;
}

/** A sweep of a plan, none of whose trials has run. Errors: sweep.invalid, sweep.*. */
export function makeSweep(id: string, createdAt: string, plan: unknown, base: unknown): Sweep {
  const parsed = v.safeParse(sweepPlanSchema, plan);
  if (!parsed.success) throw new ServiceError('sweep.invalid', { reason: describeIssues(parsed.issues) });
  const trials = valueOf(firstTrials(parsed.output));
  const sweep = v.safeParse(sweepSchema, { format: 'hebb-sweep', version: 1, id, createdAt, plan: parsed.output, base, trials });
  if (!sweep.success) throw new ServiceError('sweep.invalid', { reason: describeIssues(sweep.issues) });
  return sweep.output;
}

export const newSweepId = (now: Date): string =>
  `${now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}-${randomBytes(3).toString('hex')}`;

export interface Sweeps {
  list(project: string): Promise<Sweep[]>;
  create(request: ContractRequest<'sweeps.create'>): Promise<Sweep>;
  record(request: ContractRequest<'sweeps.record'>): Promise<Sweep>;
  queue(project: string): Promise<string[]>;
  arrange(request: ContractRequest<'sweeps.arrange'>): Promise<string[]>;
  remove(request: ContractRequest<'sweeps.remove'>): Promise<void>;
  restore(request: ContractRequest<'sweeps.restore'>): Promise<void>;
}

export function createSweeps(context: Context, projects: Projects): Sweeps {
  const { fileSystem } = context;
  /** Files of the sweeps that this process has under way. */
  const active = new Set<string>();

  /** What ran in a process that ended waits again. */
  const current = (path: string, sweep: Sweep): Sweep => (active.has(path) ? sweep : afterRestart(sweep));

  const areThere = async (folder: string, ids: readonly string[]): Promise<string[]> => {
    const found: string[] = [];
    for (const id of new Set(ids))
      if (identifier.test(id) && (await statusOrNull(fileSystem, sweepFile(folder, id))) !== null) found.push(id);
    return found;
  };

  async function move(from: string, to: string, fromFolder: string, toFolder: string, id: string): Promise<void> {
    if ((await statusOrNull(fileSystem, from)) === null) throw new ServiceError('sweep.unknown', { sweep: id });
    await fileSystem.createFolder(toFolder);
    await fileSystem.rename(from, to);
    await syncFolder(fileSystem, toFolder);
    await syncFolder(fileSystem, fromFolder);
  }

  return {
    list: async (token) => {
      const folder = sweepsFolder(projects.folderOf(token));
      if ((await statusOrNull(fileSystem, folder)) === null) return [];
      const found: Sweep[] = [];
      for (const { name, isFolder } of await fileSystem.list(folder)) {
        if (isFolder || name === queueFileName || !name.endsWith('.json') || !identifier.test(name.slice(0, -5))) continue;
        const file = await readJsonAs(fileSystem, join(folder, name), sweepSchema);
        if (file.state === 'read') found.push(current(join(folder, name), file.value));
      }
      return found.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    },
    create: ({ project, plan, base }) => {
      const projectFolder = projects.folderOf(project);
      return projects.writeIn(projectFolder, async () => {
        const now = context.now();
        const sweep = makeSweep(newSweepId(now), now.toISOString(), plan, base);
        const folder = sweepsFolder(projectFolder);
        await fileSystem.createFolder(folder);
        await writeJson(fileSystem, sweepFile(folder, sweep.id), sweep);
        return sweep;
      });
    },
    record: ({ project, sweep: id, trial, ...changes }) => {
      const projectFolder = projects.folderOf(project);
      return projects.writeIn(projectFolder, async () => {
        const path = sweepFile(sweepsFolder(projectFolder), id);
        const before = current(path, await readSweep(fileSystem, path));
        if (!before.trials.some(({ number }) => number === trial)) throw new ServiceError('sweep.unknown-trial', { sweep: id, trial });
        const sweep = withTrial(before, trial, changes);
        await writeJson(fileSystem, path, sweep);
        active.add(path);
        return sweep;
      });
    },
    queue: async (token) => {
      const folder = sweepsFolder(projects.folderOf(token));
      const file = await readJsonAs(fileSystem, join(folder, queueFileName), sweepQueueSchema);
      return file.state === 'read' ? await areThere(folder, file.value.sweeps) : [];
    },
    arrange: ({ project, sweeps: wanted }) => {
      const projectFolder = projects.folderOf(project);
      return projects.writeIn(projectFolder, async () => {
        const folder = sweepsFolder(projectFolder);
        const kept = await areThere(folder, wanted);
        await fileSystem.createFolder(folder);
        const queue: SweepQueue = { format: 'hebb-sweep-queue', version: 1, sweeps: kept };
        await writeJson(fileSystem, join(folder, queueFileName), queue);
        return kept;
      });
    },
    remove: ({ project, sweep: id }) => {
      const projectFolder = projects.folderOf(project);
      const [from, to] = [sweepsFolder(projectFolder), trashFolder(projectFolder)];
      return projects.writeIn(projectFolder, () => move(sweepFile(from, id), sweepFile(to, id), from, to, id));
    },
    restore: ({ project, sweep: id }) => {
      const projectFolder = projects.folderOf(project);
      const [from, to] = [trashFolder(projectFolder), sweepsFolder(projectFolder)];
      return projects.writeIn(projectFolder, () => move(sweepFile(from, id), sweepFile(to, id), from, to, id));
    },
  };
}
