/** Samples that stand in a data set more than once, and how many of them stand in more than one split. Pure. */
import { splitCodes, splitNames } from '../../compute/graph/sample-splits';

export interface RepeatedSamples {
  /** Of a very large data set only so many-th of them are known: counts are multiplied by it. */
  readonly step: number;
  /** A sample's place in the table and the number of its group, for each sample that stands again; group after group. */
  readonly pairs: Uint32Array;
}

export interface RepeatCounts {
  /** Samples that stand in more than one split. */
  readonly acrossSplits: number;
  /** Samples that stand again in their split. */
  readonly withinSplits: number;
}

/** Those that are excluded take no part. */
export function countRepeats({ step, pairs }: RepeatedSamples, splits: Uint8Array): RepeatCounts {
  let [acrossSplits, withinSplits] = [0, 0];
  for (let from = 0; from < pairs.length;) {
    const members = splitNames.map(() => 0);
    let to = from;
    for (; to < pairs.length && pairs[to + 1] === pairs[from + 1]; to += 2) {
      const code = splits[pairs[to] ?? 0] ?? splitCodes.excluded;
      if (code < members.length) members[code] = (members[code] ?? 0) + 1;
    }
    const present = members.filter((count) => count > 0);
    for (const count of present) withinSplits += count - 1;
    if (present.length > 1) acrossSplits += present.reduce((sum, count) => sum + count, 0);
    from = to;
  }
  return { acrossSplits: acrossSplits * step, withinSplits: withinSplits * step };
}

/** Each group goes where its first member is that is not excluded; what is excluded stays so. */
export function keptTogether(repeats: RepeatedSamples, splits: Uint8Array): Uint8Array {
  const { pairs } = repeats;
  const result = Uint8Array.from(splits);
  let [group, code] = [-1, splitCodes.excluded as number];
  for (let at = 0; at < pairs.length; at += 2) {
    const sample = pairs[at] ?? 0;
    if (pairs[at + 1] !== group) [group, code] = [pairs[at + 1] ?? -1, splitCodes.excluded];
    if (result[sample] === splitCodes.excluded) continue;
    if (code === splitCodes.excluded) code = result[sample] ?? code;
    result[sample] = code;
  }
  return result;
}
