/** The model that a command was given: a template, a project folder, the folder of a run, or a file. */
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { modelDocumentSchema, type ModelDocument } from '../../compute/graph/model-document';
import { defaultTrainingSettings, trainingSettingsSchema, type TrainingSettings } from '../../compute/graph/training-settings';
import { decodeSafetensors } from '../../compute/graph/safetensors';
import type { GivenWeights } from '../../compute/training/model';
import { readSource } from '../services/datasets';
import { describeIssues, readJson } from '../services/json-file';
import { projectFileName, readProjectFile } from '../services/project-file';
import { readRunFile, runFileName } from '../services/run-file';
import { findWeights } from '../services/project-weights';
import { ServiceError, valueOf } from '../services/service-error';
import { templates } from '../services/templates';
import { statusOrNull, type FileSystem } from '../storage/file-system';
import { weightsFileName } from './run-folder';
import type { Surroundings } from './surroundings';

export interface ModelSource {
  readonly document: ModelDocument;
  readonly settings: TrainingSettings;
  /** The id of the data set that goes with it. */
  readonly dataset: string;
  /** Weights that the project's network begins with; null where they are drawn from the seed. */
  readonly given: GivenWeights | null;
  /** Its ends are an example, and may follow the data. */
  readonly isTemplate: boolean;
  /** The file with what a run learnt; null for all but runs. */
  readonly learnt: string | null;
}

const unlearnt = { given: null, isTemplate: false, learnt: null } as const;

const defaultDataset = 'mnist';

/** Templates come first: `./lenet-5` is a folder of that name. Errors: cli.no-model, cli.no-project, cli.model-broken, project.*, model.weights-gone, safetensors.*, disk.*. */
export async function readModel(
  { fileSystem, resolvePath }: Pick<Surroundings, 'fileSystem' | 'resolvePath'>,
  model: string,
): Promise<ModelSource> {
  const template = templates.find(({ id }) => id === model);
  if (template !== undefined) {
    const { document, training, dataset } = template.content;
    return {
      document: v.parse(modelDocumentSchema, document),
      settings: v.parse(trainingSettingsSchema, training),
      dataset: dataset.id,
      ...unlearnt,
      isTemplate: true,
    };
  }
  const path = resolvePath(model);
  const status = await statusOrNull(fileSystem, path);
  if (status === null) throw new ServiceError('cli.no-model', { model, templates: templates.map(({ id }) => id).join(', ') });
  const file = status.isFolder ? join(path, projectFileName) : path;
  const content = await readJson(fileSystem, file);
  if (content.state === 'missing') {
    const run = await readRun(fileSystem, path);
    if (run !== null) return run;
  }
  if (content.state === 'missing') throw new ServiceError('cli.no-project', { path: model });
  if (content.state === 'broken') throw new ServiceError('cli.model-broken', { path: file, reason: content.reason });
  if (formatOf(content.value) === 'hebb-project') return await readProject(fileSystem, content.value, file);
  const parsed = v.safeParse(modelDocumentSchema, content.value);
  if (!parsed.success) throw new ServiceError('cli.model-broken', { path: file, reason: describeIssues(parsed.issues) });
  return { document: parsed.output, settings: defaultTrainingSettings, dataset: defaultDataset, ...unlearnt };
}

const formatOf = (value: unknown): unknown => (typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined);

/** Null where the folder has no run. Errors: cli.model-broken, disk.*. */
async function readRun(fileSystem: FileSystem, folder: string): Promise<ModelSource | null> {
  const file = join(folder, runFileName);
  const content = await readJson(fileSystem, file);
  if (content.state === 'missing') return null;
  const reading = content.state === 'broken' ? ({ ok: false, reason: content.reason } as const) : readRunFile(content.value);
  if (!reading.ok) throw new ServiceError('cli.model-broken', { path: file, reason: reading.reason });
  const { document, settings, dataset } = reading.run;
  const parsed = v.safeParse(v.object({ document: modelDocumentSchema, settings: trainingSettingsSchema }), { document, settings });
  if (!parsed.success) throw new ServiceError('cli.model-broken', { path: file, reason: describeIssues(parsed.issues) });
  return { ...unlearnt, ...parsed.output, dataset, learnt: join(folder, weightsFileName) };
}

async function readProject(fileSystem: FileSystem, value: unknown, path: string): Promise<ModelSource> {
  const reading = readProjectFile(value, basename(path));
  if (!reading.ok) throw reading.error;
  const { document, training, dataset, weights } = reading.file;
  const given = weights === undefined ? null : await readGiven(fileSystem, dirname(path), weights.file);
  return { ...unlearnt, document, settings: training, dataset: dataset.id, given };
}

async function readGiven(fileSystem: FileSystem, folder: string, id: string): Promise<GivenWeights> {
  const { path } = await findWeights(fileSystem, folder, id);
  const { tensors } = valueOf(decodeSafetensors(await readSource(fileSystem, path)));
  return { id, tensors: new Map(tensors.map((entry) => [entry.name, entry])) };
}
