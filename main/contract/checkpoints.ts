/** Calls about checkpoints. */
import * as v from 'valibot';
import { count, json, nothing, timestamp, token, url } from './primitives';

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

export const checkpointCalls = {
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
} as const;
