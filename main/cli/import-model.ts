/** `hebb import-model`: a model of other software as a project with its weights, to train further. */
import { basename, dirname, extname, join } from 'node:path';
import type { ModelDocument } from '../../compute/graph/model-document';
import { encodeSafetensors } from '../../compute/graph/safetensors';
import { defaultTrainingSettings } from '../../compute/graph/training-settings';
import { analyseNetwork } from '../../compute/layers/network';
import { freezeAllBut, replaceHead } from '../../compute/layers/transfer';
import { companionNames, type NamedBytes } from '../formats/models/model-files';
import { completeWeights, importModel, readNamed } from '../services/models';
import { projectFileName, PROJECT_FORMAT_VERSION, type ProjectFile } from '../services/project-file';
import { ServiceError, valueOf } from '../services/service-error';
import { createFolder, writeFile, writeJson } from '../storage/atomic';
import { statusOrNull } from '../storage/file-system';
import type { ValuesFor } from './commands';
import { count } from './numbers';
import type { ExitCode, Surroundings } from './surroundings';

const SEED = 1;

/** The file and those that it names, which lie beside it. Errors: cli.no-file, model.too-large, disk.*. */
async function readFiles({ fileSystem, resolvePath }: Surroundings, file: string): Promise<readonly NamedBytes[]> {
  const path = resolvePath(file);
  const read = async (from: string): Promise<NamedBytes> => {
    const status = await statusOrNull(fileSystem, from);
    if (status === null || status.isFolder) throw new ServiceError('cli.no-file', { path: from });
    return await readNamed(fileSystem, from, basename(from), status.size);
  };
  const first = await read(path);
  const files = [first];
  for (const name of companionNames(first)) files.push(await read(join(dirname(path), name)));
  return files;
}

function shapeOf(text: string | null): readonly number[] | null {
  if (text === null) return null;
  const sizes = text.split(',').map((part) => (/^\s*\d{1,9}\s*$/.test(part) ? Number(part) : 0));
  if (sizes.length > 6 || sizes.some((size) => size < 1)) throw new ServiceError('cli.shape', { shape: text });
  return sizes;
}

export async function importModelFile(file: string, values: ValuesFor<'import-model'>, surroundings: Surroundings): Promise<ExitCode> {
  const { fileSystem, output, resolvePath, now } = surroundings;
  const folder = resolvePath(values.out);
  if ((await statusOrNull(fileSystem, folder)) !== null) throw new ServiceError('cli.folder-taken', { path: values.out });
  const seed = values.seed ?? SEED;
  const files = await readFiles(surroundings, file);
  const { model, report } = await importModel(files, { inputShape: shapeOf(values.shape), output: values.output, seed });
  if (values.json) output.json({ event: 'report', ...report });
  else {
    for (const note of report.notes) output.note(note);
    for (const { name, operator, reason } of report.approximated) output.note(`approximated: ${name} (${operator}): ${reason}`);
    for (const { name, operator, reason } of report.refused) output.note(`refused: ${name} (${operator}): ${reason}`);
  }
  if (model === null) {
    const [first] = report.refused;
    throw new ServiceError('model.refused', {
      count: report.refused.length,
      name: first?.name ?? '',
      operator: first?.operator ?? '',
      reason: first?.reason ?? '',
    });
  }
  let document: ModelDocument = {
    ...model.document,
    name: model.document.name === '' ? basename(file, extname(file)) : model.document.name,
  };
  let head = lastWithWeights(document);
  if (values['replace-head'] !== null) {
    const replaced = valueOf(replaceHead(document, values['replace-head']));
    ({ document, head } = replaced);
    if (replaced.removed !== null && !values.json) output.note(`${replaced.removed} was removed: the loss takes scores.`);
  }
  const kept = new Map(
    model.weights
      .filter(({ name }) => values['replace-head'] === null || !name.startsWith(`${head ?? ''}.`))
      .map(({ name, data }) => [name, Float32Array.from(data)]),
  );
  if (values.freeze && head !== null) document = freezeAllBut(document, head);
  const weights = completeWeights(document, kept, seed);
  const project: ProjectFile = {
    format: 'hebb-project',
    version: PROJECT_FORMAT_VERSION,
    name: basename(folder),
    revision: 1,
    savedAt: now().toISOString(),
    // The schema's own type is writable; nothing here writes.
    document: structuredClone(document) as ProjectFile['document'],
    training: structuredClone(defaultTrainingSettings),
    dataset: { id: values.dataset ?? 'mnist' },
    layout: {},
  };
  await createFolder(fileSystem, folder, async (temporary) => {
    await writeJson(fileSystem, join(temporary, projectFileName), project);
    await writeFile(fileSystem, join(temporary, 'weights.safetensors'), encodeSafetensors(weights));
    await writeJson(fileSystem, join(temporary, 'import.json'), report);
  });
  const { parameterCount } = analyseNetwork(document);
  if (values.json) output.json({ event: 'done', folder, nodes: document.nodes.length, parameters: parameterCount, head });
  else output.line(`wrote ${folder}: ${count(document.nodes.length)} nodes, ${count(parameterCount)} parameters, from ${report.source}`);
  return 0;
}

/** The last layer on the way to the output that learns. */
function lastWithWeights(document: ModelDocument): string | null {
  const { order, nodes } = analyseNetwork(document);
  return order.findLast((id) => (nodes.get(id)?.parameterCount ?? 0) > 0) ?? null;
}
