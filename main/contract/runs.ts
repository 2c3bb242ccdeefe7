/** Calls about runs. */
import * as v from 'valibot';
import { count, json, nothing, timestamp, token } from './primitives';

/** Where a run branched off: another run of the project, at one of its steps. */
const parent = v.object({ run: v.string(), step: count });
/** The sweep that a run is a trial of. */
const trial = v.object({ sweep: v.string(), trial: count });

const runName = v.pipe(v.string(), v.trim(), v.maxLength(200));
const notes = v.pipe(v.string(), v.maxLength(100_000));
const tags = v.pipe(v.array(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(60))), v.maxLength(50));

const measures = v.record(v.string(), v.nullable(v.number()));

/** What came out of a run. `last` and `best` by series: `validation/loss`, `training/accuracy`, …; null where it was no finite number. */
const runOutcome = v.object({
  steps: count,
  epochs: count,
  /** Of training; null where it is not known (runs of earlier versions). */
  seconds: v.nullable(v.number()),
  last: measures,
  best: measures,
});

const runSummary = v.object({
  id: v.string(),
  startedAt: timestamp,
  finishedAt: v.nullable(timestamp),
  status: v.string(),
  settings: json,
  dataset: v.string(),
  device: json,
  versions: v.record(v.string(), v.string()),
  /** Given by a person; empty for a run that is called by its time. */
  name: v.string(),
  notes: v.string(),
  tags: v.array(v.string()),
  pinned: v.boolean(),
  hidden: v.boolean(),
  parent: v.nullable(parent),
  trial: v.nullable(trial),
  measures: runOutcome,
});

const removedRun = v.object({ id: v.string(), name: v.string(), startedAt: timestamp, removedAt: timestamp });

export const runCalls = {
  'runs.create': {
    request: v.object({
      project: token,
      settings: json,
      document: json,
      dataset: v.string(),
      device: json,
      name: v.optional(runName),
      tags: v.optional(tags),
      parent: v.optional(v.nullable(parent)),
      trial: v.optional(v.nullable(trial)),
    }),
    response: v.object({ runId: v.string() }),
  },
  /** Appends metric records to metrics.jsonl. */
  'runs.append': {
    request: v.object({ project: token, runId: v.string(), records: v.pipe(v.array(json), v.maxLength(10_000)) }),
    response: nothing,
  },
  /** `evaluation`: what the last epoch's validation measured, with the confusion matrix where there are classes. */
  'runs.finish': {
    request: v.object({
      project: token,
      runId: v.string(),
      status: v.picklist(['finished', 'stopped', 'failed', 'paused']),
      evaluation: v.optional(json),
    }),
    response: nothing,
  },
  'runs.list': { request: v.object({ project: token }), response: v.array(runSummary) },
  'runs.read': {
    request: v.object({ project: token, runId: v.string() }),
    response: v.object({ run: runSummary, document: json, metrics: v.array(json), evaluation: json }),
  },
  /** What a person says of a run; what is left out stays as it is. */
  'runs.edit': {
    request: v.object({
      project: token,
      runId: v.string(),
      name: v.optional(runName),
      notes: v.optional(notes),
      tags: v.optional(tags),
      pinned: v.optional(v.boolean()),
      hidden: v.optional(v.boolean()),
    }),
    response: runSummary,
  },
  /** Into the project's trash, with metrics and checkpoints. One that is being trained is refused. */
  'runs.remove': { request: v.object({ project: token, runId: v.string() }), response: nothing },
  'runs.restore': { request: v.object({ project: token, runId: v.string() }), response: nothing },
  /** What lies in the trash, removed last first. */
  'runs.removed': { request: v.object({ project: token }), response: v.array(removedRun) },
  /** Writes a run into the project's exports, or a chosen folder: a report to read, or event files for TensorBoard. */
  'runs.export': {
    request: v.object({ project: token, runId: v.string(), format: v.picklist(['html', 'tensorboard']), folder: v.nullable(token) }),
    response: v.object({ location: v.string(), bytes: count }),
  },
} as const;
