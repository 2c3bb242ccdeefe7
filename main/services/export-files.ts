/** Files in a folder of exports: under a free name, and read back before they count. */
import { join } from 'node:path';
import { writeFile } from '../storage/atomic';
import { readFile, statusOrNull, type FileSystem } from '../storage/file-system';
import { ServiceError } from './service-error';

/** A name that is free in a folder: as wished, else with a number. */
export async function freePath(fileSystem: FileSystem, folder: string, name: string, extension: string): Promise<string> {
  for (let number = 1; ; number++) {
    const path = join(folder, `${name}${number === 1 ? '' : ` ${String(number)}`}${extension}`);
    if ((await statusOrNull(fileSystem, path)) === null) return path;
  }
}

/** Whether the file at `path`, which is to be `location`, holds these bytes. Errors: export.damaged, and those of the disk. */
export async function verifyWritten(fileSystem: FileSystem, path: string, bytes: Uint8Array, location = path): Promise<void> {
  const written = await readFile(fileSystem, path);
  if (written === null || Buffer.compare(written, bytes) !== 0) throw new ServiceError('export.damaged', { location });
}

/** The new file, read back before it takes its name, or what was there. Errors: export.damaged, and those of the disk. */
export async function writeChecked(fileSystem: FileSystem, location: string, bytes: Uint8Array): Promise<void> {
  await writeFile(fileSystem, location, bytes, { check: (temporary) => verifyWritten(fileSystem, temporary, bytes, location) });
}
