/** Calls about runs. */
import * as v from 'valibot';
import { json, nothing, timestamp, token } from './primitives';

const runSummary = v.object({ id: v.string(), startedAt: timestamp, status: v.string(), settings: json, device: json, lastMetrics: json });

export const runCalls = {
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
} as const;
