/** Models and weights of other software: files in, a document and complete weights out, with a report of how it went. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { modelDocumentSchema, type ModelDocument } from '../../compute/graph/model-document';
import { encodeSafetensors, type SafetensorsEntry } from '../../compute/graph/safetensors';
import type { Shape } from '../../compute/graph/tensor';
import { initialValues } from '../../compute/initializers/registry';
import { analyseNetwork, weightsOf } from '../../compute/layers/network';
import type { ContractRequest, ContractResponse } from '../contract/contract';
import type { ImportReport, ModelImport } from '../formats/models/imported-model';
import { readModelFiles, readWeightFile, type NamedBytes } from '../formats/models/model-files';
import { matchByNameAndOrder, type WeightMatch } from '../formats/models/weight-match';
import { temporaryPath, writeNewFile } from '../storage/atomic';
import type { FileSystem } from '../storage/file-system';
import type { Context } from './context';
import type { DataFiles } from './data-files';
import { readSource } from './datasets';
import { describeIssues } from './json-file';
import { findWeights, keepWeights } from './project-weights';
import type { Projects } from './projects';
import { ServiceError, valueOf } from './service-error';
import { uploadArea, type Uploads } from './uploads';

/** Bytes of one file; its content and what comes of it are in memory together. */
const LARGEST_FILE = 2 ** 30;

/** Nodes of the layers that learn nothing are no hindrance here: another layer may follow. */
const harmless: ReadonlySet<string> = new Set(['network.nothing-to-learn']);

const firstProblem = (document: ModelDocument) =>
  analyseNetwork(document).problems.find(({ severity, code }) => severity === 'error' && !harmless.has(code));

/** All weights of the document: those given, and the others as a new network with this seed has them. */
export function completeWeights(document: ModelDocument, given: ReadonlyMap<string, Float32Array>, seed: number): SafetensorsEntry[] {
  if (analyseNetwork(document).problems.some(({ severity }) => severity === 'error')) return [];
  return weightsOf(document).map(({ name, specification: { shape, initializer } }) => ({
    name,
    shape,
    data: given.get(name) ?? Float32Array.from(initialValues(initializer, shape, seed, name)),
  }));
}

export interface ImportedWithWeights {
  readonly model: { readonly document: ModelDocument; readonly weights: readonly SafetensorsEntry[] } | null;
  readonly report: ImportReport;
}

/** Throws a ServiceError: model.*, keras.*, npz.*, zip.*, safetensors.*. */
export async function importModel(
  files: readonly NamedBytes[],
  { inputShape, output, seed }: { readonly inputShape: Shape | null; readonly output: string | null; readonly seed: number },
): Promise<ImportedWithWeights> {
  const { model, report }: ModelImport = valueOf(
    await readModelFiles(files, { ...(inputShape === null ? {} : { inputShape }), ...(output === null ? {} : { output }) }),
  );
  if (model === null) return { model: null, report };
  const { document } = model;
  const problem = firstProblem(document);
  if (problem !== undefined) throw new ServiceError(problem.code, problem.values);
  const given = new Map(model.weights.map(({ name, data }) => [name, Float32Array.from(data)]));
  return { model: { document, weights: completeWeights(document, given, seed) }, report };
}

/** The weights of a file for a document. Errors: project.invalid-content, the document's first problem, those of the file. */
export async function readWeightsFor(
  files: readonly NamedBytes[],
  document: unknown,
  seed: number,
): Promise<{ readonly weights: readonly SafetensorsEntry[]; readonly match: WeightMatch }> {
  const parsed = v.safeParse(modelDocumentSchema, document);
  if (!parsed.success) throw new ServiceError('project.invalid-content', { reason: describeIssues(parsed.issues) });
  const problem = analyseNetwork(parsed.output).problems.find(({ severity }) => severity === 'error');
  if (problem !== undefined) throw new ServiceError(problem.code, problem.values);
  const match = matchByNameAndOrder(weightsOf(parsed.output), valueOf(await readWeightFile(files)));
  if (match.found.size === 0) throw new ServiceError('model.no-match', { file: files[0]?.name ?? '' });
  return { weights: completeWeights(parsed.output, match.found, seed), match };
}

/** A file whole in memory, if it is not too large. Errors: model.too-large, disk.*. */
export async function readNamed(fileSystem: FileSystem, path: string, name: string, size: number): Promise<NamedBytes> {
  if (size > LARGEST_FILE) throw new ServiceError('model.too-large', { file: name, bytes: size, maximum: LARGEST_FILE });
  return { name, bytes: await readSource(fileSystem, path) };
}

export interface Models {
  import(request: ContractRequest<'models.import'>): Promise<ContractResponse<'models.import'>>;
  readWeights(request: ContractRequest<'weights.read'>): Promise<ContractResponse<'weights.read'>>;
  keepWeights(request: ContractRequest<'weights.keep'>): Promise<ContractResponse<'weights.keep'>>;
  openWeights(request: ContractRequest<'weights.open'>): Promise<ContractResponse<'weights.open'>>;
}

export function createModels(
  context: Context,
  projects: Pick<Projects, 'folderOf' | 'writeIn'>,
  uploads: Uploads,
  dataFiles: DataFiles,
): Models {
  const { fileSystem } = context;
  let waiting: { readonly token: string; readonly path: string } | null = null;

  const received = async ({ upload, name }: { readonly upload: string; readonly name: string }): Promise<NamedBytes> => {
    const { path, size } = uploads.get(upload);
    return await readNamed(fileSystem, path, name, size);
  };

  /** Weights until a project takes them; the next import takes their place. */
  const keep = async (weights: readonly SafetensorsEntry[]): Promise<{ readonly kept: string; readonly bytes: number }> => {
    const bytes = encodeSafetensors(weights);
    return await context.inTurn('models:kept', async () => {
      if (waiting !== null) await fileSystem.removeFile(waiting.path).catch(() => undefined);
      const path = temporaryPath(join(uploadArea(context), 'imported-weights'));
      await fileSystem.createFolder(uploadArea(context));
      await writeNewFile(fileSystem, path, bytes);
      waiting = { token: randomBytes(16).toString('hex'), path };
      return { kept: waiting.token, bytes: bytes.length };
    });
  };

  return {
    import: async ({ files, inputShape, output, seed }) => {
      try {
        const read: NamedBytes[] = [];
        for (const file of files) read.push(await received(file));
        const { model, report } = await importModel(read, { inputShape, output, seed });
        const plain = {
          ...report,
          converted: report.converted.map((row) => ({ ...row, nodes: [...row.nodes] })),
          approximated: [...report.approximated],
          refused: [...report.refused],
          notes: [...report.notes],
        };
        if (model === null) return { model: null, report: plain };
        return { model: { document: model.document, weights: await keep(model.weights) }, report: plain };
      } finally {
        for (const { upload } of files) await uploads.discard(upload);
      }
    },
    readWeights: async ({ files, document, seed }) => {
      try {
        const read: NamedBytes[] = [];
        for (const file of files) read.push(await received(file));
        const { weights, match } = await readWeightsFor(read, document, seed);
        return {
          weights: await keep(weights),
          table: match.table.map((row) => ({
            ...row,
            shape: [...row.shape],
            otherShape: row.otherShape === null ? null : [...row.otherShape],
          })),
          unexpected: match.unexpected.map(({ name, shape }) => ({ name, shape: [...shape] })),
        };
      } finally {
        for (const { upload } of files) await uploads.discard(upload);
      }
    },
    keepWeights: ({ project, kept }) =>
      context.inTurn('models:kept', async () => {
        if (waiting?.token !== kept) throw new ServiceError('model.weights-gone', { file: kept });
        const { path } = waiting;
        const folder = projects.folderOf(project);
        const bytes = await readSource(fileSystem, path);
        return { file: await projects.writeIn(folder, () => keepWeights(fileSystem, folder, bytes)) };
      }),
    openWeights: async ({ project, file }) => {
      const folder = projects.folderOf(project);
      const { path, size } = await findWeights(fileSystem, folder, file);
      const url = dataFiles.offer(`weights:${folder}:${file}`, new Map([[file, path]])).get(file) ?? '';
      return { url, bytes: size };
    },
  };
}
