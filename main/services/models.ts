/** Models and weights of other software for the open project: uploads in, a document and complete weights out, with a report of how it went. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ContractRequest, ContractResponse } from '../contract/contract';
import { temporaryPath, writeNewFile } from '../storage/atomic';
import { nodeFileSystem, type FileSystem } from '../storage/file-system';
import type { Context } from './context';
import type { DataFiles } from './data-files';
import type { Jobs, Progress } from './jobs';
import { nameOfTask, readModelTask, type EncodedWeights, type ModelAnswer, type ModelTask, type NamedFile } from './model-reading';
import { findWeights, keepWeightsFile } from './project-weights';
import type { Projects } from './projects';
import { ServiceError } from './service-error';
import { hasThreads, startThread } from './threads/start-thread';
import { awaitTask } from './threads/task-thread';
import { uploadArea, type Uploads } from './uploads';

/** Milliseconds that reading may take, and more for each MiB of the files: many times what it takes on a machine at rest. */
const usualPatience = 60_000;
const patiencePerMebibyte = 1000;

/** Milliseconds after which the reading of these files is ended. */
export const longestReading = (files: readonly { readonly size: number }[]): number =>
  usualPatience + (files.reduce((sum, { size }) => sum + size, 0) / 2 ** 20) * patiencePerMebibyte;

/** In a thread beside, where there is one and the files are those of this machine. Errors as `readModelTask`, model.too-slow, job.cancelled. */
async function readAnywhere(fileSystem: FileSystem, task: ModelTask, progress: Progress): Promise<ModelAnswer> {
  progress.report(0, 'reading');
  if (fileSystem !== nodeFileSystem || !hasThreads()) return await readModelTask(fileSystem, task);
  const file = nameOfTask(task);
  const longest = longestReading(task.files);
  return await awaitTask<ModelAnswer>(startThread({ role: 'model', task }), progress, {
    longest,
    // It makes nothing but its answer.
    cancelled: 'ended',
    stopped: (reason) =>
      reason === 'time'
        ? new ServiceError('model.too-slow', { file, seconds: Math.round(longest / 1000) })
        : new ServiceError('model.too-much-memory', { file }),
  });
}

export interface Models {
  import(request: ContractRequest<'models.import'>): Promise<ContractResponse<'models.import'>>;
  readWeights(request: ContractRequest<'weights.read'>): Promise<ContractResponse<'weights.read'>>;
  keepWeights(request: ContractRequest<'weights.keep'>): Promise<ContractResponse<'weights.keep'>>;
  openWeights(request: ContractRequest<'weights.open'>): Promise<ContractResponse<'weights.open'>>;
}

export function createModels(
  context: Context,
  jobs: Jobs,
  projects: Pick<Projects, 'folderOf' | 'writeIn'>,
  uploads: Uploads,
  dataFiles: DataFiles,
): Models {
  const { fileSystem } = context;
  let waiting: { readonly token: string; readonly path: string; readonly file: string; readonly size: number } | null = null;

  /** Weights until a project takes them; the next import takes their place. */
  const keep = async ({ bytes, file }: EncodedWeights): Promise<{ readonly kept: string; readonly bytes: number }> =>
    await context.inTurn('models:kept', async () => {
      if (waiting !== null) await fileSystem.removeFile(waiting.path).catch(() => undefined);
      const path = temporaryPath(join(uploadArea(context), 'imported-weights'));
      await fileSystem.createFolder(uploadArea(context));
      await writeNewFile(fileSystem, path, bytes);
      waiting = { token: randomBytes(16).toString('hex'), path, file, size: bytes.length };
      return { kept: waiting.token, bytes: bytes.length };
    });

  /** Reads what was uploaded as the job, and forgets the uploads however it ends. */
  const read = async <Value>(
    { files, job }: Pick<ContractRequest<'models.import'>, 'files' | 'job'>,
    taskOf: (files: readonly NamedFile[]) => ModelTask,
    take: (answer: ModelAnswer) => Promise<Value>,
  ): Promise<Value> => {
    try {
      const received = files.map(({ upload, name }) => ({ ...uploads.get(upload), name }));
      return await jobs.run(job, async (progress) => await take(await readAnywhere(fileSystem, taskOf(received), progress)));
    } finally {
      for (const { upload } of files) await uploads.discard(upload);
    }
  };

  return {
    import: ({ files, inputShape, output, seed, job }) =>
      read(
        { files, job },
        (received) => ({ task: 'model', files: received, inputShape, output, seed }),
        async (answer) => {
          if (answer.task !== 'model') throw new Error('a model was answered with weights');
          const { model, report } = answer;
          const plain = {
            ...report,
            converted: report.converted.map((row) => ({ ...row, nodes: [...row.nodes] })),
            approximated: [...report.approximated],
            refused: [...report.refused],
            notes: [...report.notes],
          };
          if (model === null) return { model: null, report: plain };
          return { model: { document: model.document, weights: await keep(model.weights) }, report: plain };
        },
      ),
    readWeights: ({ files, document, seed, job }) =>
      read(
        { files, job },
        (received) => ({ task: 'weights', files: received, document, seed }),
        async (answer) => {
          if (answer.task !== 'weights') throw new Error('weights were answered with a model');
          const { table, unexpected } = answer.match;
          return {
            weights: await keep(answer.weights),
            table: table.map((row) => ({
              ...row,
              shape: [...row.shape],
              otherShape: row.otherShape === null ? null : [...row.otherShape],
            })),
            unexpected: unexpected.map(({ name, shape }) => ({ name, shape: [...shape] })),
          };
        },
      ),
    keepWeights: ({ project, kept }) =>
      context.inTurn('models:kept', async () => {
        if (waiting?.token !== kept) throw new ServiceError('model.weights-gone', { file: kept });
        const weights = waiting;
        const folder = projects.folderOf(project);
        await projects.writeIn(folder, () => keepWeightsFile(fileSystem, folder, weights));
        return { file: weights.file };
      }),
    openWeights: async ({ project, file }) => {
      const folder = projects.folderOf(project);
      const { path, size } = await findWeights(fileSystem, folder, file);
      const url = dataFiles.offer(`weights:${folder}:${file}`, new Map([[file, path]])).get(file) ?? '';
      return { url, bytes: size };
    },
  };
}
