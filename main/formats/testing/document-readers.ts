/** Readers of Hebb's own files, which come from strangers too: projects, runs, manifests, bundles of files. For the tests with hostile files. */
import * as v from 'valibot';
import { failure, success, type Outcome } from '../../../compute/graph/problem';
import { analyseNetwork } from '../../../compute/layers/network';
import { readBundle } from '../../services/import/bundle';
import { checkpointManifestSchema } from '../../services/checkpoint-manifest';
import { datasetManifestSchema, isConsistent } from '../../services/dataset-manifest';
import { describeIssues, parseJson } from '../../services/json-file';
import { readProjectFile } from '../../services/project-file';
import { readRunFile } from '../../services/run-file';
import { memorySource } from '../byte-source';
import { importKeras, importKerasHdf5, importTensorFlowJs } from '../keras/import/import-keras';

/** As services say it of JSON that is none. */
const broken = (file: string, reason: string): Outcome<never> => failure('project.broken', { file, reason });

function parsed(bytes: Uint8Array, file: string): Outcome<unknown> {
  const json = parseJson(bytes);
  return json.state === 'read' ? success(json.value) : broken(file, json.reason);
}

/** A project, and its network as the canvas takes it in. */
export function readProject(bytes: Uint8Array): Outcome<unknown> {
  const json = parsed(bytes, 'project.json');
  if (!json.ok) return json;
  const read = readProjectFile(json.value, 'project.json');
  if (!read.ok) return failure(read.error.code, read.error.values);
  return success(analyseNetwork(read.file.document));
}

export function readRun(bytes: Uint8Array): Outcome<unknown> {
  const json = parsed(bytes, 'run.json');
  if (!json.ok) return json;
  const read = readRunFile(json.value);
  return read.ok ? success(read.run) : broken('run.json', read.reason);
}

function readAs<Schema extends v.GenericSchema>(
  bytes: Uint8Array,
  file: string,
  schema: Schema,
  fits: (value: v.InferOutput<Schema>) => boolean,
): Outcome<unknown> {
  const json = parsed(bytes, file);
  if (!json.ok) return json;
  const checked = v.safeParse(schema, json.value);
  if (!checked.success) return broken(file, describeIssues(checked.issues));
  return fits(checked.output) ? success(checked.output) : broken(file, 'sizes');
}

export const readDatasetManifest = (bytes: Uint8Array): Outcome<unknown> =>
  readAs(bytes, 'manifest.json', datasetManifestSchema, isConsistent);

export const readCheckpointManifest = (bytes: Uint8Array): Outcome<unknown> =>
  readAs(bytes, 'manifest.json', checkpointManifestSchema, () => true);

export const readBundled = async (bytes: Uint8Array): Promise<Outcome<unknown>> => success(await readBundle(memorySource('bundle', bytes)));

/** The name of the weights in the samples of keras_samples.py; zeros do for them. */
const binaries: ReadonlyMap<string, Uint8Array> = new Map([['group1-shard1of1.bin', new Uint8Array(2 ** 16)]]);

export const readKerasFile = (bytes: Uint8Array): Promise<Outcome<unknown>> => importKeras('test.keras', bytes, {});
export const readKerasHdf5File = (bytes: Uint8Array): Outcome<unknown> => importKerasHdf5('test.h5', bytes, {});
export const readTensorFlowJsFile = (bytes: Uint8Array): Outcome<unknown> => importTensorFlowJs('model.json', bytes, binaries, {});
