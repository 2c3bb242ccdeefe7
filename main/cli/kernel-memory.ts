/** Keeps which kernels were the fastest on this machine's devices, in the cache folder. Without the file they are measured again. */
import { join } from 'node:path';
import * as v from 'valibot';
import type { KernelMemory } from '../../compute/devices/webgpu/tuning';
import { readJsonAs } from '../services/json-file';
import type { Places } from '../services/places';
import { writeJson } from '../storage/atomic';
import type { FileSystem } from '../storage/file-system';

const schema = v.object({ format: v.literal('hebb-kernels'), version: v.literal(1), choices: v.record(v.string(), v.string()) });

/** A file that cannot be read counts as none; one that cannot be written costs the next run its measurements again. */
export async function openKernelMemory(fileSystem: FileSystem, places: Places): Promise<KernelMemory> {
  const path = join(places.cache, 'kernels.json');
  const file = await readJsonAs(fileSystem, path, schema);
  const known = file.state === 'read' ? { ...file.value.choices } : {};
  const write = async (): Promise<void> => {
    await fileSystem.createFolder(places.cache);
    await writeJson(fileSystem, path, { format: 'hebb-kernels', version: 1, choices: known });
  };
  let writing: Promise<void> = Promise.resolve();
  return {
    known,
    learn: (choices) => {
      Object.assign(known, choices);
      writing = writing.then(write).catch(() => undefined);
    },
  };
}
