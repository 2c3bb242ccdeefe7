/** Weights that a project's network begins with, taken from other files: each in a file named after its content, in weights/. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { writeFile, type Content } from '../storage/atomic';
import { readPieces, statusOrNull, type FileSystem } from '../storage/file-system';
import { ServiceError } from './service-error';

export const projectWeightsFolder = 'weights';

/** Names that this module gives; no other reaches the disk. */
export const weightsFileName = /^[0-9a-f]{32}\.safetensors$/;

export const weightsFileOf = (bytes: Uint8Array): string => `${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}.safetensors`;

async function keepContent(fileSystem: FileSystem, folder: string, file: string, size: number, content: Content): Promise<void> {
  const path = join(folder, projectWeightsFolder, file);
  const status = await statusOrNull(fileSystem, path);
  if (status?.size === size) {
    // As old as its newest use: see unnamed-weights.ts.
    await fileSystem.touch(path);
    return;
  }
  await fileSystem.createFolder(join(folder, projectWeightsFolder));
  await writeFile(fileSystem, path, content);
}

/** Keeps the bytes of a safetensors file in the project; the same bytes are kept once. Errors: disk.*. */
export async function keepWeights(fileSystem: FileSystem, folder: string, bytes: Uint8Array): Promise<string> {
  const file = weightsFileOf(bytes);
  await keepContent(fileSystem, folder, file, bytes.length, bytes);
  return file;
}

/** The same for a file that lies elsewhere, whose name (`weightsFileOf`) and size in bytes are known. Errors: disk.*. */
export const keepWeightsFile = (
  fileSystem: FileSystem,
  folder: string,
  { path, file, size }: { readonly path: string; readonly file: string; readonly size: number },
): Promise<void> => keepContent(fileSystem, folder, file, size, readPieces(fileSystem, path));

/** Where they lie. Errors: model.weights-gone, disk.*. */
export async function findWeights(
  fileSystem: FileSystem,
  folder: string,
  file: string,
): Promise<{ readonly path: string; readonly size: number }> {
  if (!weightsFileName.test(file)) throw new ServiceError('model.weights-gone', { file });
  const path = join(folder, projectWeightsFolder, file);
  const status = await statusOrNull(fileSystem, path);
  if (status === null || status.isFolder) throw new ServiceError('model.weights-gone', { file });
  return { path, size: status.size };
}
