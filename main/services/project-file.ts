/** The form of project.json and autosave.json: schema, versions, checks (docs/model-format.md). It knows no disk. */
import * as v from 'valibot';
import { modelDocumentSchema } from '../../compute/graph/model-document';
import { trainingSettingsSchema } from '../../compute/graph/training-settings';
import type { ProjectContent } from '../contract/contract';
import { hiddenCharacters, isDeviceName } from '../formats/safe-path';
import { describeIssues } from './json-file';
import { migrate, type Migration } from './migration';
import { weightsFileName } from './project-weights';
import { ServiceError } from './service-error';

export const projectFileName = 'project.json';
/** The file of an older version, as it was before this one first saved over it. */
export const formerFileName = (version: number): string => `project.v${String(version)}.json`;
export const autosaveFileName = 'autosave.json';
export const PROJECT_FORMAT_VERSION = 2;

const content = {
  document: modelDocumentSchema,
  training: trainingSettingsSchema,
  dataset: v.strictObject({
    id: v.pipe(v.string(), v.maxLength(200), v.description('The id of a data set: mnist, or that of an imported one.')),
  }),
  layout: v.pipe(
    v.record(v.pipe(v.string(), v.maxLength(64)), v.strictObject({ x: v.pipe(v.number(), v.finite()), y: v.pipe(v.number(), v.finite()) })),
    v.description('Where each node lies on the canvas, by node id. Nodes that are left out are laid out anew.'),
  ),
  weights: v.exactOptional(
    v.pipe(
      v.strictObject({
        file: v.pipe(v.string(), v.regex(weightsFileName), v.description('A safetensors file in weights/.')),
        source: v.pipe(v.string(), v.maxLength(200), v.description('The file that they were imported from.')),
      }),
      v.description('What the network begins with, by name and shape, instead of weights drawn from the seed.'),
    ),
  ),
};

const contentSchema = v.strictObject(content);

export const projectFileSchema = v.strictObject({
  format: v.literal('hebb-project'),
  version: v.literal(PROJECT_FORMAT_VERSION),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  revision: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(1),
    v.description('Grows with every save and autosave: of project.json and autosave.json the larger one is the newer.'),
  ),
  savedAt: v.pipe(v.string(), v.isoTimestamp()),
  ...content,
});

export type ProjectFile = v.InferOutput<typeof projectFileSchema>;

/**
 * By the version that they start from. 2: training settings may say how samples are prepared; what says nothing is
 * prepared as before.
 */
const migrations: ReadonlyMap<number, Migration> = new Map([[1, (file) => file]]);

/** `version` is the one that was found; the file is of the current one. */
export type ProjectReading =
  { readonly ok: true; readonly file: ProjectFile; readonly version: number } | { readonly ok: false; readonly error: ServiceError };

const broken = (fileName: string, reason: string): ProjectReading => ({
  ok: false,
  error: new ServiceError('project.broken', { file: fileName, reason }, reason),
});

/** Checks what was parsed from project.json or autosave.json. Errors: project.broken, project.newer-version. */
export function readProjectFile(value: unknown, fileName: string): ProjectReading {
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== 'hebb-project')
    return broken(fileName, 'it is not a Hebb project');
  const version = 'version' in value ? value.version : undefined;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) return broken(fileName, 'it has no version');
  if (version > PROJECT_FORMAT_VERSION)
    return { ok: false, error: new ServiceError('project.newer-version', { file: fileName, version, supported: PROJECT_FORMAT_VERSION }) };
  const current = migrate({ ...value }, version, PROJECT_FORMAT_VERSION, migrations);
  if (current === null) return broken(fileName, `version ${String(version)} was never published`);
  const parsed = v.safeParse(projectFileSchema, current);
  return parsed.success ? { ok: true, file: parsed.output, version } : broken(fileName, describeIssues(parsed.issues));
}

/** Content from the screen, checked before it is written. Throws project.invalid-content. */
export function checkContent(value: ProjectContent): v.InferOutput<typeof contentSchema> {
  const parsed = v.safeParse(contentSchema, value);
  if (!parsed.success) {
    const reason = describeIssues(parsed.issues);
    throw new ServiceError('project.invalid-content', { reason }, reason);
  }
  return parsed.output;
}

export const contentOf = ({ document, training, dataset, layout, weights }: ProjectFile): ProjectContent => ({
  document,
  training,
  dataset,
  layout,
  ...(weights === undefined ? {} : { weights }),
});

/** Of a name of a file, in UTF-16. */
const longestName = 80;

/** A name that any file system takes, made of a project's name: no separators, nothing hidden, no reserved names of Windows. */
export function fileNameOf(name: string): string {
  const cleaned = Array.from(name.normalize('NFC'), (character) =>
    /[\\/:*?"<>|]/u.test(character) || hiddenCharacters.test(character) ? '-' : character,
  )
    .join('')
    .replace(/^[\s.]+|[\s.]+$/g, '')
    .slice(0, longestName)
    // The cut may go through a character of two halves.
    .replace(/\p{Cs}$/u, '')
    .replace(/[\s.]+$/g, '');
  if (cleaned === '') return 'Untitled';
  // What stands behind a point does not matter to Windows.
  return isDeviceName(cleaned) ? cleaned.replace(/^[^. ]+/, '$&-') : cleaned;
}
