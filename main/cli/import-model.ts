/** `hebb import-model`: a model of other software, or one of ours with weights of other software, as a project to train further. */
import { basename, dirname, extname, join } from 'node:path';
import type { ModelDocument } from '../../compute/graph/model-document';
import { encodeSafetensors, type SafetensorsEntry } from '../../compute/graph/safetensors';
import { formatShape } from '../../compute/graph/tensor';
import { defaultTrainingSettings, type TrainingSettings } from '../../compute/graph/training-settings';
import { analyseNetwork } from '../../compute/layers/network';
import { freezeAllBut, headOf, replaceHead } from '../../compute/layers/transfer';
import type { ImportReport } from '../formats/models/imported-model';
import { companionNames, kindOfFile, type NamedBytes } from '../formats/models/model-files';
import { readSource } from '../services/datasets';
import { completeWeights, importModel, readNamed, readWeightsFor } from '../services/model-reading';
import { projectFileName, PROJECT_FORMAT_VERSION, type ProjectFile } from '../services/project-file';
import { keepWeights, projectWeightsFolder, weightsFileOf } from '../services/project-weights';
import { ServiceError, valueOf } from '../services/service-error';
import { templates } from '../services/templates';
import { createFolder, writeJson } from '../storage/atomic';
import { statusOrNull } from '../storage/file-system';
import type { ValuesFor } from './commands';
import { readModel } from './model-source';
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

interface Read {
  readonly document: ModelDocument;
  readonly weights: readonly SafetensorsEntry[];
  readonly settings: TrainingSettings;
  readonly dataset: string;
  readonly source: string;
  readonly report: ImportReport | null;
}

/** A model of other software; where that fails its nodes are listed. Errors: model.*, zip.*, npz.*, safetensors.*, disk.*. */
async function readForeign(file: string, values: ValuesFor<'import-model'>, surroundings: Surroundings): Promise<Read> {
  const { output } = surroundings;
  const files = await readFiles(surroundings, file);
  const options = { inputShape: shapeOf(values.shape), output: values.output, seed: values.seed ?? SEED };
  const { model, report } = await importModel(files, options);
  if (values.json) output.json({ event: 'report', ...report });
  else {
    for (const note of report.notes) output.note(note);
    for (const { name, operator, reason } of report.approximated) output.note(`approximated: ${name} (${operator}): ${reason}`);
    for (const { name, operator, reason } of report.refused) output.note(`refused: ${name} (${operator}): ${reason}`);
  }
  if (model === null) {
    const [first = { name: '', operator: '', reason: '' }] = report.refused;
    throw new ServiceError('model.refused', { count: report.refused.length, ...first });
  }
  const name = model.document.name === '' ? basename(file, extname(file)) : model.document.name;
  const settings = defaultTrainingSettings;
  return { document: { ...model.document, name }, weights: model.weights, settings, dataset: 'mnist', source: report.source, report };
}

/** The model of the command: one of ours where only weights are foreign. */
async function readAny(model: string, values: ValuesFor<'import-model'>, surroundings: Surroundings): Promise<Read> {
  const { fileSystem, resolvePath } = surroundings;
  const path = resolvePath(model);
  const status = await statusOrNull(fileSystem, path);
  // A model document of ours is JSON, and so is TensorFlow.js.
  const isJson = status?.isFolder === false && /\.json$/i.test(path);
  const isOwn =
    templates.some(({ id }) => id === model) ||
    status?.isFolder === true ||
    (isJson && kindOfFile({ name: basename(path), bytes: await readSource(fileSystem, path) }) === null);
  if (values.weights === null || !isOwn) return await readForeign(model, values, surroundings);
  const { document, settings, dataset, given } = await readModel(surroundings, model);
  return { document, weights: [...(given?.tensors.values() ?? [])], settings, dataset, source: model, report: null };
}

/** The weights of the file over those of the model, told one by one. Errors: model.no-match, and those of reading. */
async function withWeights(read: Read, file: string, values: ValuesFor<'import-model'>, surroundings: Surroundings): Promise<Read> {
  const { output } = surroundings;
  const { match } = await readWeightsFor(await readFiles(surroundings, file), read.document, values.seed ?? SEED);
  const { table, unexpected, found } = match;
  if (values.json) output.json({ event: 'weights', table, unexpected });
  else {
    for (const { name, shape, from, how, otherShape } of table) {
      const mine = `${name} ${formatShape(shape)}`;
      if (how === 'name' || how === 'order') output.line(`${mine} = ${from ?? ''}${how === 'order' ? ' (by shape and order)' : ''}`);
      else if (how === 'other-shape') output.line(`${mine}: ${from ?? ''} is ${formatShape(otherShape ?? [])}, left out`);
      else output.line(`${mine}: not in the file`);
    }
    for (const { name, shape } of unexpected) output.note(`not used: ${name} ${formatShape(shape)}`);
  }
  const others = read.weights.filter(({ name }) => !found.has(name));
  const taken = table.flatMap(({ name, shape }) => (found.has(name) ? [{ name, shape, data: found.get(name) ?? new Float32Array() }] : []));
  return { ...read, weights: [...others, ...taken], source: basename(file) };
}

export async function importModelFile(model: string, values: ValuesFor<'import-model'>, surroundings: Surroundings): Promise<ExitCode> {
  const { fileSystem, output, resolvePath, now } = surroundings;
  const folder = resolvePath(values.out);
  if ((await statusOrNull(fileSystem, folder)) !== null) throw new ServiceError('cli.folder-taken', { path: values.out });
  const first = await readAny(model, values, surroundings);
  const read = values.weights === null ? first : await withWeights(first, values.weights, values, surroundings);
  let { document } = read;
  let head = headOf(document);
  if (values['replace-head'] !== null) {
    const replaced = valueOf(replaceHead(document, values['replace-head']));
    ({ document, head } = replaced);
    if (replaced.removed !== null && !values.json) output.note(`${replaced.removed} was removed: the loss takes scores.`);
  }
  const kept = new Map(read.weights.map(({ name, data }) => [name, Float32Array.from(data)]));
  if (values.freeze && head !== null) document = freezeAllBut(document, head);
  const bytes = encodeSafetensors(completeWeights(document, kept, values.seed ?? SEED));
  const project: ProjectFile = {
    format: 'hebb-project',
    version: PROJECT_FORMAT_VERSION,
    name: basename(folder),
    revision: 1,
    savedAt: now().toISOString(),
    // The schema's own type is writable; nothing here writes.
    document: structuredClone(document) as ProjectFile['document'],
    training: structuredClone(read.settings),
    dataset: { id: values.dataset ?? read.dataset },
    layout: {},
    weights: { file: weightsFileOf(bytes), source: basename(values.weights ?? model).slice(0, 200) },
  };
  await createFolder(fileSystem, folder, async (temporary) => {
    await writeJson(fileSystem, join(temporary, projectFileName), project);
    await keepWeights(fileSystem, temporary, bytes);
    if (read.report !== null) await writeJson(fileSystem, join(temporary, 'import.json'), read.report);
  });
  const { parameterCount } = analyseNetwork(document);
  const weights = join(folder, projectWeightsFolder, weightsFileOf(bytes));
  if (values.json) output.json({ event: 'done', folder, weights, nodes: document.nodes.length, parameters: parameterCount, head });
  else {
    output.line(`wrote ${folder}: ${count(document.nodes.length)} nodes, ${count(parameterCount)} parameters, from ${read.source}`);
    output.line(`its weights: ${weights}`);
  }
  return 0;
}
