/** What a list says of a run's settings, read with care: a run on disk may be of another version. Pure. */
import * as v from 'valibot';

const schema = v.object({
  optimizer: v.optional(v.object({ kind: v.string() })),
  learningRate: v.optional(v.number()),
  batchSize: v.optional(v.number()),
});

export interface RunDescription {
  readonly optimizer: string | null;
  readonly learningRate: number | null;
  readonly batchSize: number | null;
}

export function describeRun(settings: unknown): RunDescription {
  const parsed = v.safeParse(schema, settings);
  if (!parsed.success) return { optimizer: null, learningRate: null, batchSize: null };
  const { optimizer, learningRate, batchSize } = parsed.output;
  return { optimizer: optimizer?.kind ?? null, learningRate: learningRate ?? null, batchSize: batchSize ?? null };
}
