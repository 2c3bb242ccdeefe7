/** The files of an export on their way to the disk: one file, or a folder that appears whole, read back before they count. */
import { basename, dirname, join } from 'node:path';
import type { NamedFile } from '../../formats/zip-writer';
import { createFolder, writeNewFile } from '../../storage/atomic';
import { readPieces, statusOrNull, type FileSystem } from '../../storage/file-system';
import type { DatasetManifest } from '../dataset-manifest';
import { shardsOf } from '../dataset-manifest';
import { verifyWritten, writeChecked } from '../export-files';

/** A data set that goes into the folder `data` of a project. */
export interface DatasetFolder {
  readonly folder: string;
  readonly manifest: DatasetManifest;
}

const manifestFile = 'manifest.json';

/** Copies what the manifest lists, piece by piece; the manifest comes last. The bytes that were written. */
async function copyDataset(fileSystem: FileSystem, { folder, manifest }: DatasetFolder, target: string): Promise<number> {
  await fileSystem.createFolder(target);
  let bytes = 0;
  for (const file of [...shardsOf(manifest).map((shard) => shard.file), manifestFile])
    bytes += await writeNewFile(fileSystem, join(target, file), readPieces(fileSystem, join(folder, file)));
  return bytes;
}

/** Writes a folder with these files; there must be none of that name. The bytes that were written. Errors: export.damaged, disk.*. */
export function writeExportFolder(
  fileSystem: FileSystem,
  path: string,
  files: readonly NamedFile[],
  dataset: DatasetFolder | null,
): Promise<number> {
  return createFolder(fileSystem, path, async (temporary) => {
    let total = 0;
    for (const { path: name, bytes } of files) {
      await writeNewFile(fileSystem, join(temporary, name), bytes);
      await verifyWritten(fileSystem, join(temporary, name), bytes, join(path, name));
      total += bytes.length;
    }
    return dataset === null ? total : total + (await copyDataset(fileSystem, dataset, join(temporary, 'data')));
  });
}

/** Writes the first file under this path, in place of one that is there, and the others beside it. Errors: export.damaged, disk.*. */
export async function writeExportFile(fileSystem: FileSystem, path: string, files: readonly NamedFile[]): Promise<number> {
  let total = 0;
  for (const [place, { path: name, bytes }] of files.entries()) {
    const target = place === 0 ? path : join(dirname(path), basename(name));
    await writeChecked(fileSystem, target, bytes);
    total += bytes.length;
  }
  return total;
}

/** Whether something of that name is there. */
export const isTaken = async (fileSystem: FileSystem, path: string): Promise<boolean> => (await statusOrNull(fileSystem, path)) !== null;
