/** Schemas that several parts of the contract share. */
import * as v from 'valibot';

export const token = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{8,128}$/));
export const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200));
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const timestamp = v.pipe(v.string(), v.isoTimestamp());
export const url = v.pipe(v.string(), v.maxLength(2000));
/** Checked by the service that owns it (model document, training settings, checkpoint state): JSON, at most a few MB. */
export const json = v.unknown();
export const nothing = v.null();
