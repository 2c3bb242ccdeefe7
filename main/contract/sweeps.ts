/** Calls about sweeps. A sweep is as sweeps/<id>.json has it (compute/graph/sweep.ts says its form). */
import * as v from 'valibot';
import { count, json, nothing, token } from './primitives';

const sweepId = v.string();

export const sweepCalls = {
  'sweeps.list': { request: v.object({ project: token }), response: v.array(json) },
  /** Makes the trials of a plan over a network and its settings; all of them wait. */
  'sweeps.create': {
    request: v.object({ project: token, plan: json, base: v.object({ document: json, settings: json, dataset: v.string() }) }),
    response: json,
  },
  /** What became of a trial; answers with the sweep, which may have new trials. */
  'sweeps.record': {
    request: v.object({
      project: token,
      sweep: sweepId,
      trial: count,
      status: v.picklist(['waiting', 'running', 'finished', 'failed']),
      run: v.nullable(v.string()),
      result: v.nullable(v.number()),
      problem: v.nullable(v.pipe(v.string(), v.maxLength(2000))),
    }),
    response: json,
  },
  /** Ids of the sweeps that are to be worked through, in their order, the one at hand first. */
  'sweeps.queue': { request: v.object({ project: token }), response: v.array(sweepId) },
  /** Keeps that order; sweeps that are not there are left out. Answers with what is kept. */
  'sweeps.arrange': {
    request: v.object({ project: token, sweeps: v.pipe(v.array(sweepId), v.maxLength(10_000)) }),
    response: v.array(sweepId),
  },
  /** Into the project's trash; its runs stay. */
  'sweeps.remove': { request: v.object({ project: token, sweep: sweepId }), response: nothing },
  'sweeps.restore': { request: v.object({ project: token, sweep: sweepId }), response: nothing },
} as const;
