/** Runs of a project: what was trained with which settings (run.json), its metrics (metrics.jsonl, a journal), its last evaluation. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ContractRequest, ContractResponse } from '../contract/contract';
import { createFolder, writeJson, writeNewFile } from '../storage/atomic';
import { statusOrNull, type FileSystem } from '../storage/file-system';
import { openJournal, readJournal, type Journal } from '../storage/journal';
import type { Context } from './context';
import { readJson } from './json-file';
import type { Projects } from './projects';
import {
  editedRun,
  newRunFile,
  outcomeOf,
  readRunFile,
  summaryOf,
  type RunFile,
  type RunOutcome,
  type RunSummary,
  runFileName,
} from './run-file';
import { isRunId, runFolder, runsFolder } from './run-folders';
import { listRemoved, moveToTrash, takeFromTrash } from './run-trash';
import { ServiceError } from './service-error';

const metricsFileName = 'metrics.jsonl';
const evaluationFileName = 'evaluation.json';

export interface ReadRun {
  readonly run: RunFile;
  readonly metrics: readonly unknown[];
  /** What the last validation measured; null where none is kept. */
  readonly evaluation: unknown;
}

/** Run.json alone; throws run.unknown or run.broken. */
export async function readRunIn(fileSystem: FileSystem, folder: string, runId: string): Promise<RunFile> {
  const file = await readJson(fileSystem, join(folder, runFileName));
  if (file.state === 'missing') throw new ServiceError('run.unknown', { run: runId });
  const read = file.state === 'broken' ? { ok: false as const, reason: file.reason } : readRunFile(file.value);
  if (!read.ok) throw new ServiceError('run.broken', { run: runId, reason: read.reason }, read.reason);
  return read.run;
}

/** All that a folder keeps of a run; throws run.unknown or run.broken. */
export async function readWholeRun(fileSystem: FileSystem, folder: string, runId: string): Promise<ReadRun> {
  const run = await readRunIn(fileSystem, folder, runId);
  const { records } = await readJournal(fileSystem, join(folder, metricsFileName));
  const evaluation = await readJson(fileSystem, join(folder, evaluationFileName));
  return { run, metrics: records, evaluation: evaluation.state === 'read' ? evaluation.value : null };
}

/** The runs of a folder that can be read, by folder; started last first. */
export async function readRunsIn(
  fileSystem: FileSystem,
  folder: string,
): Promise<readonly { readonly folder: string; readonly run: RunFile }[]> {
  if ((await statusOrNull(fileSystem, folder)) === null) return [];
  const found: { folder: string; run: RunFile }[] = [];
  for (const { name, isFolder } of await fileSystem.list(folder)) {
    if (!isFolder || !isRunId(name)) continue;
    const file = await readJson(fileSystem, join(folder, name, runFileName));
    const read = file.state === 'read' ? readRunFile(file.value) : null;
    if (read?.ok === true) found.push({ folder: join(folder, name), run: read.run });
  }
  return found.sort(({ run: a }, { run: b }) =>
    a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : b.id.localeCompare(a.id),
  );
}

export interface Runs {
  create(request: ContractRequest<'runs.create'>): Promise<{ runId: string }>;
  append(request: ContractRequest<'runs.append'>): Promise<void>;
  finish(request: ContractRequest<'runs.finish'>): Promise<void>;
  list(project: string): Promise<RunSummary[]>;
  read(project: string, runId: string): Promise<ContractResponse<'runs.read'>>;
  edit(request: ContractRequest<'runs.edit'>): Promise<RunSummary>;
  remove(request: ContractRequest<'runs.remove'>): Promise<void>;
  restore(request: ContractRequest<'runs.restore'>): Promise<void>;
  removed(project: string): Promise<ContractResponse<'runs.removed'>>;
}

export function createRuns(context: Context, projects: Projects, versions: Readonly<Record<string, string>>): Runs {
  const { fileSystem } = context;
  const journals = new Map<string, Journal>();
  /** Folders of the runs that this process is training. */
  const active = new Set<string>();
  /** What came out of runs without a record of it, by folder and length of their metrics. */
  const outcomes = new Map<string, { readonly size: number; readonly outcome: RunOutcome }>();

  const writeRun = (folder: string, run: RunFile): Promise<unknown> => writeJson(fileSystem, join(folder, runFileName), run);

  async function outcomeIn(folder: string): Promise<RunOutcome> {
    const path = join(folder, metricsFileName);
    const size = (await statusOrNull(fileSystem, path))?.size ?? 0;
    const known = outcomes.get(folder);
    if (known?.size === size) return known.outcome;
    const outcome = outcomeOf((await readJournal(fileSystem, path)).records);
    outcomes.set(folder, { size, outcome });
    return outcome;
  }

  const summarise = async (folder: string, run: RunFile): Promise<RunSummary> =>
    summaryOf(run, active.has(folder), run.outcome ?? (await outcomeIn(folder)));

  /** Work that writes in a run's folder. */
  const writeIn = <Value>(token: string, runId: string, work: (folder: string, project: string) => Promise<Value>): Promise<Value> => {
    const project = projects.folderOf(token);
    const folder = runFolder(project, runId);
    return projects.writeIn(project, () => work(folder, project));
  };

  return {
    create: ({ project, ...request }) => {
      const projectFolder = projects.folderOf(project);
      return projects.writeIn(projectFolder, async () => {
        const startedAt = context.now().toISOString();
        const runId = `${startedAt.slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}-${randomBytes(3).toString('hex')}`;
        const folder = runFolder(projectFolder, runId);
        await fileSystem.createFolder(runsFolder(projectFolder));
        const run = newRunFile({ ...request, id: runId, startedAt, versions });
        await createFolder(fileSystem, folder, async (temporary) => {
          await writeNewFile(fileSystem, join(temporary, runFileName), new TextEncoder().encode(`${JSON.stringify(run, null, 2)}\n`));
          await writeNewFile(fileSystem, join(temporary, metricsFileName), new Uint8Array(0));
        });
        active.add(folder);
        return { runId };
      });
    },
    append: ({ project, runId, records }) =>
      writeIn(project, runId, async (folder) => {
        if (!active.has(folder)) {
          const run = await readRunIn(fileSystem, folder, runId);
          await writeRun(folder, { ...run, status: 'running', finishedAt: null, outcome: null });
          active.add(folder);
        }
        let journal = journals.get(folder);
        if (journal === undefined) {
          journal = openJournal(fileSystem, join(folder, metricsFileName));
          journals.set(folder, journal);
        }
        await journal.append(records);
      }),
    finish: ({ project, runId, status, evaluation }) =>
      writeIn(project, runId, async (folder) => {
        const run = await readRunIn(fileSystem, folder, runId);
        if (evaluation !== undefined && evaluation !== null) await writeJson(fileSystem, join(folder, evaluationFileName), evaluation);
        await writeRun(folder, { ...run, status, finishedAt: context.now().toISOString(), outcome: await outcomeIn(folder) });
        active.delete(folder);
        journals.delete(folder);
        outcomes.delete(folder);
      }),
    list: async (project) => {
      const found: RunSummary[] = [];
      for (const { folder, run } of await readRunsIn(fileSystem, runsFolder(projects.folderOf(project))))
        found.push(await summarise(folder, run));
      return found;
    },
    read: async (project, runId) => {
      const folder = runFolder(projects.folderOf(project), runId);
      const { run, metrics, evaluation } = await readWholeRun(fileSystem, folder, runId);
      return { run: await summarise(folder, run), document: run.document, metrics: [...metrics], evaluation };
    },
    edit: (request) =>
      writeIn(request.project, request.runId, async (folder) => {
        const run = editedRun(await readRunIn(fileSystem, folder, request.runId), request);
        await writeRun(folder, run);
        return await summarise(folder, run);
      }),
    remove: ({ project, runId }) =>
      writeIn(project, runId, async (folder, projectFolder) => {
        if (active.has(folder)) throw new ServiceError('run.in-training', { run: runId });
        if ((await statusOrNull(fileSystem, join(folder, runFileName))) === null) throw new ServiceError('run.unknown', { run: runId });
        await moveToTrash(fileSystem, projectFolder, runId, context.now().getTime());
        outcomes.delete(folder);
        journals.delete(folder);
      }),
    restore: ({ project, runId }) => writeIn(project, runId, (_, projectFolder) => takeFromTrash(fileSystem, projectFolder, runId)),
    removed: async (project) => {
      const found: ContractResponse<'runs.removed'> = [];
      for (const { runId, time, folder } of await listRemoved(fileSystem, projects.folderOf(project))) {
        const file = await readJson(fileSystem, join(folder, runFileName));
        const read = file.state === 'read' ? readRunFile(file.value) : null;
        if (read?.ok === true)
          found.push({ id: runId, name: read.run.name, startedAt: read.run.startedAt, removedAt: new Date(time).toISOString() });
      }
      return found;
    },
  };
}
