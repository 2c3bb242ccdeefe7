/** Calls about pictures and tables that the screen made, on their way out. */
import * as v from 'valibot';
import { count, name, token } from './primitives';

export const pictureCalls = {
  /** Keeps an upload in the project's exports under a free name. Location is for display. */
  'pictures.save': {
    request: v.object({ project: token, upload: token, name, extension: v.picklist(['png', 'svg', 'csv']) }),
    response: v.object({ location: v.string(), bytes: count }),
  },
} as const;
