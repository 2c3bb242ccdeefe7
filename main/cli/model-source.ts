/** The model that a command was given: a template, a project folder, or a file. */
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { modelDocumentSchema, type ModelDocument } from '../../compute/graph/model-document';
import { defaultTrainingSettings, trainingSettingsSchema, type TrainingSettings } from '../../compute/graph/training-settings';
import { describeIssues, readJson } from '../services/json-file';
import { projectFileName, readProjectFile } from '../services/project-file';
import { ServiceError } from '../services/service-error';
import { templates } from '../services/templates';
import { statusOrNull } from '../storage/file-system';
import type { Surroundings } from './surroundings';

export interface ModelSource {
  readonly document: ModelDocument;
  readonly settings: TrainingSettings;
  /** The id of the data set that goes with it. */
  readonly dataset: string;
}

const defaultDataset = 'mnist';

/** Templates come first: `./lenet-5` is a folder of that name. Errors: cli.no-model, cli.no-project, cli.model-broken, project.*, disk.*. */
export async function readModel(
  { fileSystem, resolvePath }: Pick<Surroundings, 'fileSystem' | 'resolvePath'>,
  model: string,
): Promise<ModelSource> {
  const template = templates.find(({ id }) => id === model);
  if (template !== undefined) {
    const { document, training, dataset } = template.content;
    return { document: v.parse(modelDocumentSchema, document), settings: v.parse(trainingSettingsSchema, training), dataset: dataset.id };
  }
  const path = resolvePath(model);
  const status = await statusOrNull(fileSystem, path);
  if (status === null) throw new ServiceError('cli.no-model', { model, templates: templates.map(({ id }) => id).join(', ') });
  const file = status.isFolder ? join(path, projectFileName) : path;
  const content = await readJson(fileSystem, file);
  if (content.state === 'missing') throw new ServiceError('cli.no-project', { path: model });
  if (content.state === 'broken') throw new ServiceError('cli.model-broken', { path: file, reason: content.reason });
  if (formatOf(content.value) === 'hebb-project') return readProject(content.value, basename(file));
  const parsed = v.safeParse(modelDocumentSchema, content.value);
  if (!parsed.success) throw new ServiceError('cli.model-broken', { path: file, reason: describeIssues(parsed.issues) });
  return { document: parsed.output, settings: defaultTrainingSettings, dataset: defaultDataset };
}

const formatOf = (value: unknown): unknown => (typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined);

function readProject(value: unknown, fileName: string): ModelSource {
  const reading = readProjectFile(value, fileName);
  if (!reading.ok) throw reading.error;
  const { document, training, dataset } = reading.file;
  return { document, settings: training, dataset: dataset.id };
}
