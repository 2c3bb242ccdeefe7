/** Reading models and weights of other software: files in, a document and complete weights out. All of it can be done in a thread. */
import * as v from 'valibot';
import { modelDocumentSchema, type ModelDocument } from '../../compute/graph/model-document';
import { encodeSafetensors, type SafetensorsEntry } from '../../compute/graph/safetensors';
import type { Shape } from '../../compute/graph/tensor';
import { initialValues } from '../../compute/initializers/registry';
import { analyseNetwork, weightsOf } from '../../compute/layers/network';
import type { ImportReport, ModelImport } from '../formats/models/imported-model';
import { readModelFiles, readWeightFile, type NamedBytes } from '../formats/models/model-files';
import { matchByNameAndOrder, type WeightMatch } from '../formats/models/weight-match';
import type { FileSystem } from '../storage/file-system';
import { readSource } from './datasets';
import { describeIssues } from './json-file';
import { weightsFileOf } from './project-weights';
import { ServiceError, valueOf } from './service-error';

/** Bytes of one file; its content and what comes of it are in memory together. */
const LARGEST_FILE = 2 ** 30;
/** Bytes of the files of one model. */
const LARGEST_MODEL = 2 ** 31;

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

interface ImportedWithWeights {
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

/** A file of this machine; `size` in bytes. */
export interface NamedFile {
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

export interface ImportModelTask {
  readonly task: 'model';
  readonly files: readonly NamedFile[];
  readonly inputShape: Shape | null;
  readonly output: string | null;
  readonly seed: number;
}

export interface ReadWeightsTask {
  readonly task: 'weights';
  readonly files: readonly NamedFile[];
  readonly document: unknown;
  readonly seed: number;
}

export type ModelTask = ImportModelTask | ReadWeightsTask;

/** A safetensors file, and what a project would call it. */
export interface EncodedWeights {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly file: string;
}

export interface ImportModelAnswer {
  readonly task: 'model';
  readonly model: { readonly document: ModelDocument; readonly weights: EncodedWeights } | null;
  readonly report: ImportReport;
}

export interface ReadWeightsAnswer {
  readonly task: 'weights';
  readonly weights: EncodedWeights;
  readonly match: Omit<WeightMatch, 'found'>;
}

export type ModelAnswer = ImportModelAnswer | ReadWeightsAnswer;

export function weightsOfAnswer(answer: ModelAnswer): readonly EncodedWeights[] {
  if (answer.task === 'weights') return [answer.weights];
  return answer.model === null ? [] : [answer.model.weights];
}

/** What the problems of the task are told of: the first file's name. */
export const nameOfTask = ({ files }: ModelTask): string => files[0]?.name ?? '';

function encoded(weights: readonly SafetensorsEntry[]): EncodedWeights {
  const bytes = encodeSafetensors(weights);
  return { bytes, file: weightsFileOf(bytes) };
}

async function readAll(fileSystem: FileSystem, task: ModelTask): Promise<readonly NamedBytes[]> {
  const bytes = task.files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > LARGEST_MODEL) throw new ServiceError('model.too-large-together', { file: nameOfTask(task), bytes, maximum: LARGEST_MODEL });
  const read: NamedBytes[] = [];
  for (const { path, name, size } of task.files) read.push(await readNamed(fileSystem, path, name, size));
  return read;
}

/** Does either task in this thread. Errors as `importModel` and `readWeightsFor`, model.too-large*, model.too-much-memory, disk.*. */
export async function readModelTask(fileSystem: FileSystem, task: ModelTask): Promise<ModelAnswer> {
  try {
    const files = await readAll(fileSystem, task);
    if (task.task === 'model') {
      const { model, report } = await importModel(files, task);
      const weights = model === null ? null : { document: model.document, weights: encoded(model.weights) };
      return { task: 'model', model: weights, report };
    }
    const { weights, match } = await readWeightsFor(files, task.document, task.seed);
    return { task: 'weights', weights: encoded(weights), match: { table: match.table, unexpected: match.unexpected } };
  } catch (error) {
    // V8's words for memory that the system does not give.
    if (error instanceof RangeError && error.message.includes('allocation failed'))
      throw new ServiceError('model.too-much-memory', { file: nameOfTask(task) }, error.message);
    throw error;
  }
}
