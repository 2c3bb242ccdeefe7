/**
 * The contract between screen and system: one schema a call for what goes in and what comes back. Every transport
 * (ipc/, http/) parses both ways with it. A leaf: it imports the schema library alone.
 *
 * Places on disk are opaque tokens; only main knows their paths. Bytes do not travel here but by fetch: calls that
 * give or take bytes answer with URLs (`…/data/<token>/<name>` to GET, `…/upload/<token>` to PUT).
 */
import * as v from 'valibot';

const token = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{8,128}$/));
const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const timestamp = v.pipe(v.string(), v.isoTimestamp());
const url = v.pipe(v.string(), v.maxLength(2000));
/** Checked by the service that owns it (model document, training settings, checkpoint state): JSON, at most a few MB. */
const json = v.unknown();

const projectSummary = v.object({ token, name: v.string(), location: v.string(), changedAt: timestamp });

export const projectContentSchema = v.object({
  /** Model document (docs/model-format.md). */
  document: json,
  /** Training settings. */
  training: json,
  dataset: v.object({ id: v.string() }),
  /** Positions of nodes on the canvas, by node id. */
  layout: v.record(v.string(), v.object({ x: v.number(), y: v.number() })),
});

export type ProjectContent = v.InferOutput<typeof projectContentSchema>;

/** `restored`: autosaved edits were newer than project.json and were taken; they are saved only by the next save. */
const project = v.object({ ...projectSummary.entries, content: projectContentSchema, restored: v.boolean() });

const splitSource = v.object({ count, sampleUrls: v.array(url), labelUrls: v.array(url), first: count });

const datasetSummary = v.object({
  id: v.string(),
  name: v.string(),
  sampleShape: v.array(count),
  sampleType: v.picklist(['u8', 'f32', 'i32']),
  /** Of the labels of one sample: [] for one class. */
  labelShape: v.array(count),
  classes: v.array(v.string()),
  /** What the numbers of i32 samples stand for, from 0 on. */
  symbols: v.array(v.string()),
  counts: v.object({ train: count, validation: count, test: count }),
  licence: v.string(),
  bundled: v.boolean(),
});

const dataset = v.object({
  ...datasetSummary.entries,
  splits: v.object({ train: splitSource, validation: splitSource, test: splitSource }),
});

const checkpointSummary = v.object({
  id: v.string(),
  runId: v.string(),
  step: count,
  epoch: v.number(),
  savedAt: timestamp,
  pinned: v.boolean(),
  best: v.boolean(),
  validationAccuracy: v.nullable(v.number()),
});

const runSummary = v.object({ id: v.string(), startedAt: timestamp, status: v.string(), settings: json, device: json, lastMetrics: json });

const folderEntry = v.object({ token, name: v.string(), isProject: v.boolean() });

const nothing = v.null();

export const contract = {
  'app.describe': {
    request: nothing,
    response: v.object({ version: v.string(), platform: v.string(), locale: v.string(), projectsFolder: v.string() }),
  },
  'settings.read': { request: nothing, response: v.record(v.string(), json) },
  /** Merges these keys; null removes one. */
  'settings.write': { request: v.record(v.string(), json), response: nothing },

  'templates.list': {
    request: nothing,
    response: v.array(v.object({ id: v.string(), name: v.string(), description: v.string(), content: projectContentSchema })),
  },

  /** Recently opened first; projects that are gone are left out. */
  'projects.recent': { request: nothing, response: v.array(projectSummary) },
  /** A new project in the projects folder, under a name that is free: from a template, or empty. */
  'projects.create': { request: v.object({ name, content: projectContentSchema }), response: project },
  /** The project of the last session, autosaved state included, or null at first launch. */
  'projects.last': { request: nothing, response: v.nullable(project) },
  'projects.open': { request: v.object({ token }), response: project },
  /** Writes project.json. */
  'projects.save': { request: v.object({ token, content: projectContentSchema }), response: projectSummary },
  'projects.autosave': { request: v.object({ token, content: projectContentSchema }), response: nothing },
  /** Copies the project, with its runs, to a new folder named after it. */
  'projects.saveAs': { request: v.object({ token, folder: token, name, content: projectContentSchema }), response: project },
  /** Folders inside a folder; null starts in the projects folder. */
  'folders.list': {
    request: v.object({ folder: v.nullable(token) }),
    response: v.object({ folder: token, location: v.string(), parent: v.nullable(token), entries: v.array(folderEntry) }),
  },

  'datasets.list': { request: nothing, response: v.array(datasetSummary) },
  /** Prepares the cache if need be (see jobs.read with job `dataset:<id>` for progress). */
  'datasets.open': { request: v.object({ id: v.string() }), response: dataset },
  /** Two uploaded files, in either order; `testFraction` of them becomes the test split. */
  'datasets.importIdx': {
    request: v.object({ name, uploads: v.pipe(v.array(token), v.length(2)), job: v.optional(v.string()) }),
    response: datasetSummary,
  },
  /** `size` in bytes, and fewer or more are an error; null where it is not known beforehand. */
  'uploads.begin': { request: v.object({ name, size: v.nullable(count) }), response: v.object({ token, url }) },
  /** Progress of a long call in flight, 0…1; null if there is none of that name. `message` is a key under `jobs` in the locale files. */
  'jobs.read': { request: v.object({ job: v.string() }), response: v.nullable(v.object({ fraction: v.number(), message: v.string() })) },
  'jobs.cancel': { request: v.object({ job: v.string() }), response: nothing },

  'runs.create': {
    request: v.object({ project: token, settings: json, document: json, dataset: v.string(), device: json }),
    response: v.object({ runId: v.string() }),
  },
  /** Appends metric records to metrics.jsonl. */
  'runs.append': {
    request: v.object({ project: token, runId: v.string(), records: v.pipe(v.array(json), v.maxLength(10_000)) }),
    response: nothing,
  },
  'runs.finish': {
    request: v.object({ project: token, runId: v.string(), status: v.picklist(['finished', 'stopped', 'failed', 'paused']) }),
    response: nothing,
  },
  'runs.list': { request: v.object({ project: token }), response: v.array(runSummary) },
  'runs.read': {
    request: v.object({ project: token, runId: v.string() }),
    response: v.object({ run: runSummary, metrics: v.array(json) }),
  },

  /** Opens two uploads; the checkpoint exists once it is committed. */
  'checkpoints.begin': {
    request: v.object({ project: token, runId: v.string() }),
    response: v.object({ checkpoint: token, weightsUrl: url, optimizerUrl: url }),
  },
  'checkpoints.commit': {
    request: v.object({ project: token, checkpoint: token, state: json, validationAccuracy: v.nullable(v.number()), pinned: v.boolean() }),
    response: checkpointSummary,
  },
  'checkpoints.list': { request: v.object({ project: token, runId: v.optional(v.string()) }), response: v.array(checkpointSummary) },
  'checkpoints.pin': { request: v.object({ project: token, runId: v.string(), id: v.string(), pinned: v.boolean() }), response: nothing },
  /** Verified against its manifest before it is handed out. */
  'checkpoints.open': {
    request: v.object({ project: token, runId: v.string(), id: v.string() }),
    response: v.object({ summary: checkpointSummary, state: json, weightsUrl: url, optimizerUrl: url }),
  },

  /** Exports the network with weights uploaded as safetensors; checks the file it wrote. Location is for display. */
  'exports.write': {
    request: v.object({
      project: token,
      format: v.picklist(['onnx', 'safetensors']),
      document: json,
      weights: token,
      folder: v.nullable(token),
      name,
    }),
    response: v.object({ location: v.string(), bytes: count }),
  },
} as const satisfies Record<string, { request: v.GenericSchema; response: v.GenericSchema }>;

export type Contract = typeof contract;
export type ContractCall = keyof Contract;
export type ContractRequest<Call extends ContractCall> = v.InferOutput<Contract[Call]['request']>;
export type ContractResponse<Call extends ContractCall> = v.InferOutput<Contract[Call]['response']>;

export const contractCalls = Object.keys(contract) as readonly ContractCall[];

/** An error at the boundary: `code` names its text in the locale files, `values` fill it, `detail` is for the log. */
export interface ContractError {
  readonly code: string;
  readonly values: Readonly<Record<string, string | number>>;
  readonly detail?: string;
}

export type ContractResult<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: ContractError };

/** What `window.hebb` is in the desktop shell, and what the loopback client imitates in the web shell. */
export type Bridge = { readonly [Call in ContractCall]: (request: unknown) => Promise<ContractResult<ContractResponse<Call>>> };
