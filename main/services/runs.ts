/** Runs of a project: what was trained with which settings (run.json), and its metrics (metrics.jsonl, a journal). */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import type { ContractRequest, ContractResponse } from '../contract/contract';
import { createFolder, writeJson, writeNewFile } from '../storage/atomic';
import { statusOrNull } from '../storage/file-system';
import { openJournal, readJournal, readLastRecord, type Journal } from '../storage/journal';
import type { Context } from './context';
import { readJsonAs } from './json-file';
import type { Projects } from './projects';
import { ServiceError } from './service-error';

type RunSummary = ContractResponse<'runs.list'>[number];

const runFileSchema = v.object({
  format: v.literal('hebb-run'),
  version: v.literal(1),
  id: v.string(),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  finishedAt: v.nullable(v.pipe(v.string(), v.isoTimestamp())),
  status: v.picklist(['running', 'finished', 'stopped', 'failed', 'paused']),
  settings: v.unknown(),
  document: v.unknown(),
  dataset: v.string(),
  device: v.unknown(),
  versions: v.record(v.string(), v.string()),
});
type RunFile = v.InferOutput<typeof runFileSchema>;

const identifier = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

export const runsFolder = (project: string): string => join(project, 'runs');

/** The folder of a run; throws run.unknown for an id that could name anything else. */
export function runFolder(project: string, runId: string): string {
  if (!identifier.test(runId)) throw new ServiceError('run.unknown', { run: runId });
  return join(runsFolder(project), runId);
}

export interface Runs {
  create(request: ContractRequest<'runs.create'>): Promise<{ runId: string }>;
  append(request: ContractRequest<'runs.append'>): Promise<void>;
  finish(request: ContractRequest<'runs.finish'>): Promise<void>;
  list(project: string): Promise<RunSummary[]>;
  read(project: string, runId: string): Promise<ContractResponse<'runs.read'>>;
}

export function createRuns(context: Context, projects: Projects, versions: Readonly<Record<string, string>>): Runs {
  const { fileSystem } = context;
  const journals = new Map<string, Journal>();
  /** Folders of the runs that this process is training. */
  const active = new Set<string>();

  const readRun = async (folder: string, runId: string): Promise<RunFile> => {
    const file = await readJsonAs(fileSystem, join(folder, 'run.json'), runFileSchema);
    if (file.state === 'missing') throw new ServiceError('run.unknown', { run: runId });
    if (file.state === 'broken') throw new ServiceError('run.broken', { run: runId, reason: file.reason }, file.reason);
    return file.value;
  };
  const writeRun = (folder: string, run: RunFile): Promise<unknown> => writeJson(fileSystem, join(folder, 'run.json'), run);

  const summarise = async (folder: string, run: RunFile): Promise<RunSummary> => ({
    id: run.id,
    startedAt: run.startedAt,
    // Nobody is left to finish it: the program ended while it ran.
    status: run.status === 'running' && !active.has(folder) ? 'interrupted' : run.status,
    settings: run.settings,
    device: run.device,
    lastMetrics: await readLastRecord(fileSystem, join(folder, 'metrics.jsonl')),
  });

  return {
    create: ({ project, settings, document, dataset, device }) => {
      const projectFolder = projects.folderOf(project);
      return projects.writeIn(projectFolder, async () => {
        const startedAt = context.now().toISOString();
        const runId = `${startedAt.slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}-${randomBytes(3).toString('hex')}`;
        const folder = runFolder(projectFolder, runId);
        await fileSystem.createFolder(runsFolder(projectFolder));
        const run: RunFile = {
          format: 'hebb-run',
          version: 1,
          id: runId,
          startedAt,
          finishedAt: null,
          status: 'running',
          settings,
          document,
          dataset,
          device,
          versions,
        };
        await createFolder(fileSystem, folder, async (temporary) => {
          await writeNewFile(fileSystem, join(temporary, 'run.json'), new TextEncoder().encode(`${JSON.stringify(run, null, 2)}\n`));
          await writeNewFile(fileSystem, join(temporary, 'metrics.jsonl'), new Uint8Array(0));
        });
        active.add(folder);
        return { runId };
      });
    },
    append: ({ project, runId, records }) => {
      const projectFolder = projects.folderOf(project);
      const folder = runFolder(projectFolder, runId);
      return projects.writeIn(projectFolder, async () => {
        if (!active.has(folder)) {
          const run = await readRun(folder, runId);
          await writeRun(folder, { ...run, status: 'running', finishedAt: null });
          active.add(folder);
        }
        let journal = journals.get(folder);
        if (journal === undefined) {
          journal = openJournal(fileSystem, join(folder, 'metrics.jsonl'));
          journals.set(folder, journal);
        }
        await journal.append(records);
      });
    },
    finish: ({ project, runId, status }) => {
      const projectFolder = projects.folderOf(project);
      const folder = runFolder(projectFolder, runId);
      return projects.writeIn(projectFolder, async () => {
        const run = await readRun(folder, runId);
        await writeRun(folder, { ...run, status, finishedAt: context.now().toISOString() });
        active.delete(folder);
        journals.delete(folder);
      });
    },
    list: async (project) => {
      const projectFolder = projects.folderOf(project);
      const found: RunSummary[] = [];
      if ((await statusOrNull(fileSystem, runsFolder(projectFolder))) === null) return found;
      for (const { name, isFolder } of await fileSystem.list(runsFolder(projectFolder))) {
        if (!isFolder || !identifier.test(name)) continue;
        const folder = runFolder(projectFolder, name);
        const file = await readJsonAs(fileSystem, join(folder, 'run.json'), runFileSchema);
        if (file.state === 'read') found.push(await summarise(folder, file.value));
      }
      return found.sort((a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : b.id.localeCompare(a.id)));
    },
    read: async (project, runId) => {
      const folder = runFolder(projects.folderOf(project), runId);
      const run = await readRun(folder, runId);
      const { records } = await readJournal(fileSystem, join(folder, 'metrics.jsonl'));
      return { run: await summarise(folder, run), metrics: [...records] };
    },
  };
}
