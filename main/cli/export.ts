/** `hebb export`: a network with its weights in a format of other software, read back before it counts. */
import { dirname } from 'node:path';
import { encodeExport } from '../services/exports';
import { ServiceError } from '../services/service-error';
import { writeFile } from '../storage/atomic';
import { readFile } from '../storage/file-system';
import type { ValuesFor } from './commands';
import { readModel } from './model-source';
import { count } from './numbers';
import { readWeights } from './sources';
import type { ExitCode, Surroundings } from './surroundings';

export async function exportModel(
  model: string,
  { weights, to, out, json }: ValuesFor<'export'>,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { fileSystem, output, resolvePath } = surroundings;
  const { document } = await readModel(surroundings, model);
  const bytes = encodeExport(to, document, await readWeights(surroundings, weights));
  const path = resolvePath(out);
  await fileSystem.createFolder(dirname(path));
  await writeFile(fileSystem, path, bytes);
  const written = await readFile(fileSystem, path);
  if (written === null || Buffer.compare(written, bytes) !== 0) throw new ServiceError('export.damaged', { location: path });
  if (json) output.json({ event: 'done', format: to, file: path, bytes: bytes.length });
  else output.line(`wrote ${path} (${count(bytes.length)} bytes)`);
  return 0;
}
