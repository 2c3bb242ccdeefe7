/** What answers the calls of one part of the contract; an answer throws a ServiceError for what can be foreseen. */
import type * as v from 'valibot';

export type AnswersOf<Calls extends Record<string, { readonly request: v.GenericSchema; readonly response: v.GenericSchema }>> = {
  readonly [Call in keyof Calls]: (request: v.InferOutput<Calls[Call]['request']>) => Promise<v.InferOutput<Calls[Call]['response']>>;
};

/** For calls that answer with nothing. */
export async function done(work: Promise<unknown>): Promise<null> {
  await work;
  return null;
}
