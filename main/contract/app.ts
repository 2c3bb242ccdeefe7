/** Calls about the program itself, its settings and the templates. */
import * as v from 'valibot';
import { json, nothing } from './primitives';
import { projectContentSchema } from './projects';

export const appCalls = {
  'settings.read': { request: nothing, response: v.record(v.string(), json) },
  /** Merges these keys; null removes one. */
  'settings.write': { request: v.record(v.string(), json), response: nothing },

  'templates.list': {
    request: nothing,
    response: v.array(v.object({ id: v.string(), name: v.string(), description: v.string(), content: projectContentSchema })),
  },
} as const;
