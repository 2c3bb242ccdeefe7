/**
 * Checkpoints of a run: folders that appear whole, with a manifest of sizes and SHA-256. Which ones stay says
 * checkpoint-retention.ts; an old one goes only once the new one was read back and fits.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import type { ContractRequest, ContractResponse } from '../contract/contract';
import { publishFolder, removeFolder, temporaryPath, writeFile, writeNewFile } from '../storage/atomic';
import { readPieces, statusOrNull, systemErrorCode, type FileSystem } from '../storage/file-system';
import { checkpointManifestSchema, optimizerFile, stateFile, weightsFile, type CheckpointManifest } from './checkpoint-manifest';
import { bestOf, expendable, retentionOf } from './checkpoint-retention';
import { createTokenTable, type Context } from './context';
import type { DataFiles } from './data-files';
import { readJson, readJsonAs } from './json-file';
import type { Projects } from './projects';
import { runFolder, runsFolder } from './run-folders';
import { runFileName } from './run-file';
import { ServiceError } from './service-error';
import { readSettings } from './settings';
import { largestUpload, type Uploads } from './uploads';

type CheckpointSummary = ContractResponse<'checkpoints.list'>[number];

const manifestFile = 'manifest.json';
/** Its presence pins the checkpoint, so that pinning never rewrites the manifest. */
const pinFile = 'pinned';

/** What of the training's state is read here; all of it is kept. */
const stateSchema = v.looseObject({
  position: v.looseObject({
    step: v.pipe(v.number(), v.integer(), v.minValue(0)),
    epoch: v.pipe(v.number(), v.minValue(0)),
    stepInEpoch: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  }),
});

const identifier = /^\d{1,15}(-\d{1,6})?$/;

const checkpointsFolder = (project: string, runId: string): string => join(runFolder(project, runId), 'checkpoints');

function checkpointFolder(project: string, runId: string, id: string): string {
  if (!identifier.test(id)) throw new ServiceError('checkpoint.unknown', { id });
  return join(checkpointsFolder(project, runId), id);
}

async function hashFile(fileSystem: FileSystem, path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of readPieces(fileSystem, path)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Reads the manifest and every file that it names; throws checkpoint.unknown or checkpoint.damaged with the file. */
export async function verifyCheckpoint(fileSystem: FileSystem, folder: string, id: string): Promise<CheckpointManifest> {
  const file = await readJsonAs(fileSystem, join(folder, manifestFile), checkpointManifestSchema);
  if (file.state === 'missing') throw new ServiceError('checkpoint.unknown', { id });
  if (file.state === 'broken') throw new ServiceError('checkpoint.damaged', { id, file: manifestFile }, file.reason);
  for (const [name, expected] of Object.entries(file.value.files)) {
    const actual = await hashFile(fileSystem, join(folder, name)).catch((error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT') throw new ServiceError('checkpoint.damaged', { id, file: name }, 'the file is missing');
      throw error;
    });
    if (actual.bytes !== expected.bytes || actual.sha256 !== expected.sha256)
      throw new ServiceError('checkpoint.damaged', { id, file: name }, 'size or SHA-256 differ');
  }
  return file.value;
}

interface Listed {
  readonly id: string;
  readonly manifest: CheckpointManifest;
  readonly pinned: boolean;
}

/** All checkpoints of a run with a readable manifest, oldest first. */
async function listRun(fileSystem: FileSystem, folder: string): Promise<Listed[]> {
  if ((await statusOrNull(fileSystem, folder)) === null) return [];
  const found: Listed[] = [];
  for (const { name, isFolder } of await fileSystem.list(folder)) {
    if (!isFolder || !identifier.test(name)) continue;
    const file = await readJsonAs(fileSystem, join(folder, name, manifestFile), checkpointManifestSchema);
    if (file.state !== 'read') continue;
    found.push({ id: name, manifest: file.value, pinned: (await statusOrNull(fileSystem, join(folder, name, pinFile))) !== null });
  }
  return found.sort((a, b) => a.manifest.step - b.manifest.step || a.id.localeCompare(b.id, 'en', { numeric: true }));
}

const summarise = (runId: string, { id, manifest, pinned }: Listed, best: boolean): CheckpointSummary => ({
  id,
  runId,
  step: manifest.step,
  epoch: manifest.epoch,
  savedAt: manifest.savedAt,
  pinned,
  best,
  validationAccuracy: manifest.validationAccuracy,
  validation: manifest.validation,
});

export interface Checkpoints {
  begin(request: ContractRequest<'checkpoints.begin'>): Promise<ContractResponse<'checkpoints.begin'>>;
  commit(request: ContractRequest<'checkpoints.commit'>): Promise<CheckpointSummary>;
  list(request: ContractRequest<'checkpoints.list'>): Promise<CheckpointSummary[]>;
  pin(request: ContractRequest<'checkpoints.pin'>): Promise<void>;
  open(request: ContractRequest<'checkpoints.open'>): Promise<ContractResponse<'checkpoints.open'>>;
}

export function createCheckpoints(context: Context, projects: Projects, uploads: Uploads, dataFiles: DataFiles): Checkpoints {
  const { fileSystem } = context;
  const pending = createTokenTable<{
    readonly project: string;
    readonly runId: string;
    readonly temporary: string;
    readonly weights: string;
    readonly optimizer: string;
  }>();

  const listOne = async (project: string, runId: string): Promise<CheckpointSummary[]> => {
    const items = await listRun(fileSystem, checkpointsFolder(project, runId));
    const best = bestOf(items);
    return items.map((item) => summarise(runId, item, item === best));
  };

  const freeName = async (folder: string, step: number): Promise<string> => {
    for (let number = 1; ; number++) {
      const id = number === 1 ? String(step) : `${String(step)}-${String(number)}`;
      if ((await statusOrNull(fileSystem, join(folder, id))) === null) return id;
    }
  };

  return {
    begin: ({ project, runId }) => {
      const projectFolder = projects.folderOf(project);
      return projects.writeIn(projectFolder, async () => {
        if ((await statusOrNull(fileSystem, join(runFolder(projectFolder, runId), runFileName))) === null)
          throw new ServiceError('run.unknown', { run: runId });
        const temporary = temporaryPath(join(checkpointsFolder(projectFolder, runId), 'checkpoint'));
        await fileSystem.createFolder(temporary);
        const begin = (name: string): string => uploads.begin({ name, size: largestUpload, exact: false, path: join(temporary, name) });
        const weights = begin(weightsFile);
        const optimizer = begin(optimizerFile);
        const checkpoint = pending.issue({ project: projectFolder, runId, temporary, weights, optimizer });
        return { checkpoint, weightsUrl: uploads.url(weights), optimizerUrl: uploads.url(optimizer) };
      });
    },

    commit: ({ project, checkpoint, state, validationAccuracy, validation, pinned }) => {
      const projectFolder = projects.folderOf(project);
      return projects.writeIn(projectFolder, async () => {
        const begun = pending.find(checkpoint);
        if (begun?.project !== projectFolder) throw new ServiceError('checkpoint.unknown', { id: '' });
        const parsed = v.safeParse(stateSchema, state);
        if (!parsed.success) throw new ServiceError('checkpoint.invalid-state');
        const { step, epoch, stepInEpoch } = parsed.output.position;
        const received = { [weightsFile]: uploads.get(begun.weights), [optimizerFile]: uploads.get(begun.optimizer) };
        const { runId, temporary } = begun;
        const folder = checkpointsFolder(projectFolder, runId);
        pending.forget(checkpoint);
        try {
          const stateBytes = new TextEncoder().encode(`${JSON.stringify(state, null, 2)}\n`);
          await writeNewFile(fileSystem, join(temporary, stateFile), stateBytes);
          const manifest: CheckpointManifest = {
            format: 'hebb-checkpoint',
            version: 1,
            step,
            epoch,
            stepInEpoch,
            savedAt: context.now().toISOString(),
            validationAccuracy,
            validation: validation ?? {},
            files: {
              [weightsFile]: { bytes: received[weightsFile].size, sha256: received[weightsFile].sha256 },
              [optimizerFile]: { bytes: received[optimizerFile].size, sha256: received[optimizerFile].sha256 },
              [stateFile]: { bytes: stateBytes.length, sha256: createHash('sha256').update(stateBytes).digest('hex') },
            },
          };
          await writeNewFile(fileSystem, join(temporary, manifestFile), new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`));
          if (pinned) await writeNewFile(fileSystem, join(temporary, pinFile), new Uint8Array(0));
          const id = await freeName(folder, step);
          await verifyCheckpoint(fileSystem, temporary, id);
          await publishFolder(fileSystem, temporary, join(folder, id));
          const retention = retentionOf(await readSettings(context));
          for (const old of expendable(await listRun(fileSystem, folder), retention))
            // One that cannot be removed now is expendable next time too.
            await removeFolder(fileSystem, join(folder, old.id)).catch(() => undefined);
          const summary = (await listOne(projectFolder, runId)).find((item) => item.id === id);
          if (summary === undefined) throw new ServiceError('checkpoint.damaged', { id, file: manifestFile });
          return summary;
        } catch (error) {
          await fileSystem.removeFolder(temporary).catch(() => undefined);
          throw error;
        } finally {
          await uploads.discard(begun.weights);
          await uploads.discard(begun.optimizer);
        }
      });
    },

    list: async ({ project, runId }) => {
      const projectFolder = projects.folderOf(project);
      if (runId !== undefined) return await listOne(projectFolder, runId);
      if ((await statusOrNull(fileSystem, runsFolder(projectFolder))) === null) return [];
      const all: CheckpointSummary[] = [];
      for (const { name, isFolder } of await fileSystem.list(runsFolder(projectFolder)))
        if (isFolder && !name.startsWith('.')) all.push(...(await listOne(projectFolder, name)));
      return all.sort((a, b) => (a.savedAt < b.savedAt ? -1 : a.savedAt > b.savedAt ? 1 : a.step - b.step));
    },

    pin: ({ project, runId, id, pinned }) => {
      const projectFolder = projects.folderOf(project);
      return projects.writeIn(projectFolder, async () => {
        const folder = checkpointFolder(projectFolder, runId, id);
        if ((await statusOrNull(fileSystem, join(folder, manifestFile))) === null) throw new ServiceError('checkpoint.unknown', { id });
        const path = join(folder, pinFile);
        const there = (await statusOrNull(fileSystem, path)) !== null;
        if (pinned && !there) await writeFile(fileSystem, path, new Uint8Array(0));
        if (!pinned && there) await fileSystem.removeFile(path);
      });
    },

    open: async ({ project, runId, id }) => {
      const projectFolder = projects.folderOf(project);
      const folder = checkpointFolder(projectFolder, runId, id);
      await verifyCheckpoint(fileSystem, folder, id);
      const state = await readJson(fileSystem, join(folder, stateFile));
      if (state.state !== 'read') throw new ServiceError('checkpoint.damaged', { id, file: stateFile });
      const summary = (await listOne(projectFolder, runId)).find((item) => item.id === id);
      if (summary === undefined) throw new ServiceError('checkpoint.unknown', { id });
      const urls = dataFiles.offer(`checkpoint:${folder}`, new Map([weightsFile, optimizerFile].map((name) => [name, join(folder, name)])));
      return { summary, state: state.value, weightsUrl: urls.get(weightsFile) ?? '', optimizerUrl: urls.get(optimizerFile) ?? '' };
    },
  };
}
