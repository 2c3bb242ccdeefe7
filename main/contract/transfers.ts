/** Calls about bytes on their way in, and about long calls in flight. */
import * as v from 'valibot';
import { count, name, nothing, token, url } from './primitives';

export const transferCalls = {
  /** `size` in bytes, and fewer or more are an error; null where it is not known beforehand. */
  'uploads.begin': { request: v.object({ name, size: v.nullable(count) }), response: v.object({ token, url }) },
  /** Progress of a long call in flight, 0…1; null if there is none of that name. `message` is a key under `jobs` in the locale files. */
  'jobs.read': { request: v.object({ job: v.string() }), response: v.nullable(v.object({ fraction: v.number(), message: v.string() })) },
  'jobs.cancel': { request: v.object({ job: v.string() }), response: nothing },
} as const;
