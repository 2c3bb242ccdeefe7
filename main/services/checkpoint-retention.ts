/**
 * Which checkpoints of a run stay: the last few, the best by validation, those of every k-th epoch, and those that a person
 * pinned. The numbers are settings of the program (`checkpoints`). Pure.
 */
import * as v from 'valibot';

const retentionSchema = v.object({
  /** At least one: the newest is what a training goes on from. */
  last: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
  best: v.boolean(),
  /** Whole epochs; null keeps none for its epoch. */
  everyEpochs: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))),
});
export type Retention = v.InferOutput<typeof retentionSchema>;

const usual: Retention = { last: 3, best: true, everyEpochs: null };

/** As the settings of the program say it; as usual where they do not, or cannot be read. */
export function retentionOf(settings: Readonly<Record<string, unknown>>): Retention {
  const parsed = v.safeParse(retentionSchema, settings['checkpoints']);
  return parsed.success ? parsed.output : usual;
}

interface Rated {
  readonly manifest: {
    readonly epoch: number;
    /** 0 at the end of an epoch. */
    readonly stepInEpoch: number;
    readonly validationAccuracy: number | null;
    readonly validation: Readonly<Record<string, number>>;
  };
  readonly pinned: boolean;
}

/** The checkpoint with the highest validation accuracy, or where none has one the lowest loss; the earliest of equals. Null where none was measured. */
export function bestOf<Item extends { readonly manifest: Pick<Rated['manifest'], 'validationAccuracy' | 'validation'> }>(
  items: readonly Item[],
): Item | null {
  const byAccuracy = items.some(({ manifest }) => manifest.validationAccuracy !== null);
  const scoreOf = ({ manifest }: Item): number =>
    byAccuracy ? (manifest.validationAccuracy ?? -Infinity) : -(manifest.validation['loss'] ?? Infinity);
  let best: Item | null = null;
  for (const item of items) if (scoreOf(item) > (best === null ? -Infinity : scoreOf(best))) best = item;
  return best;
}

/** Those that may go (of `items`, oldest first). */
export function expendable<Item extends Rated>(items: readonly Item[], { last, best, everyEpochs }: Retention): readonly Item[] {
  const kept = best ? bestOf(items) : null;
  const isOfEpoch = ({ manifest: { epoch, stepInEpoch } }: Item): boolean =>
    everyEpochs !== null && epoch > 0 && stepInEpoch === 0 && epoch % everyEpochs === 0;
  return items.slice(0, Math.max(0, items.length - last)).filter((item) => !item.pinned && item !== kept && !isOfEpoch(item));
}
