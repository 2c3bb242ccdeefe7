/** What an import tells of itself in the end: what was read, what was left out and why, and what is strange about the data. */
import type * as v from 'valibot';
import { failure, ProblemError, type Problem } from '../../../compute/graph/problem';
import type { importReportSchema } from '../../contract/imports';
import { splitCodes, splitNames } from '../../../compute/graph/sample-splits';
import { foreseen } from '../service-error';

export type ImportReport = v.InferOutput<typeof importReportSchema>;
export type ImportProblem = ImportReport['problems'][number];

/** Skipped things whose reasons are kept; the others are counted. */
const mostKept = 1000;

export interface SkipList {
  readonly count: number;
  readonly problems: readonly ImportProblem[];
  add(problem: Pick<Problem, 'code' | 'values'>, file: string | null, line?: number | null): void;
  /** Some that are counted without reasons of their own. */
  addUnnamed(count: number): void;
}

export function createSkipList(): SkipList {
  const problems: ImportProblem[] = [];
  let count = 0;
  return {
    get count() {
      return count;
    },
    problems,
    add: ({ code, values }, file, line = null) => {
      count++;
      // Readers of bytes do not know how the file is called; their texts name it all the same.
      const named = file === null || (values['file'] ?? '') !== '' ? values : { ...values, file };
      if (problems.length < mostKept) problems.push({ code, values: named, file, line });
    },
    addUnnamed: (more) => {
      count += more;
    },
  };
}

/** A problem as a reader or a service threw it; null for a bug. */
export function problemOf(error: unknown): Pick<Problem, 'code' | 'values'> | null {
  if (error instanceof ProblemError) return error.problem;
  const known = foreseen(error);
  if (known !== null) return { code: known.code, values: known.values };
  return error instanceof RangeError ? failure('import.file-too-large', {}).problem : null;
}

/** 53 bits of the bytes: two different samples have the same ones in less than one of 10¹⁴ cases (cyrb53 by bryc, in the public domain, by words). */
export function hashOf(bytes: Uint8Array): number {
  let [one, two] = [0xdeadbeef, 0x41c6ce57];
  const words = bytes.byteOffset % 4 === 0 ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2) : null;
  if (words !== null)
    for (let index = 0; index < words.length; index++) {
      one = Math.imul(one ^ words[index]!, 2654435761);
      two = Math.imul(two ^ words[index]!, 1597334677);
      // Words differ in their upper halves too: these reach the lower ones.
      one ^= one >>> 15;
      two ^= two >>> 13;
    }
  for (let index = words === null ? 0 : words.length * 4; index < bytes.length; index++) {
    one = Math.imul(one ^ bytes[index]!, 2654435761);
    two = Math.imul(two ^ bytes[index]!, 1597334677);
    one ^= one >>> 15;
    two ^= two >>> 13;
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
  return 4294967296 * (2097151 & two) + (one >>> 0);
}

/** Samples that stand in more than one split, and those that stand again in one. 51 bits of each hash count. */
export function countDuplicates(hashes: Float64Array, splits: Uint8Array): ImportReport['duplicates'] {
  const keys = hashes.map((hash, index) => Math.floor(hash / 4) * 4 + (splits[index] ?? splitCodes.excluded)).sort();
  let [acrossSplits, withinSplits] = [0, 0];
  for (let from = 0; from < keys.length;) {
    const hash = Math.floor((keys[from] ?? 0) / 4);
    let to = from + 1;
    let kinds = 1;
    while (to < keys.length && Math.floor((keys[to] ?? 0) / 4) === hash) {
      if (keys[to] === keys[to - 1]) withinSplits++;
      else kinds++;
      to++;
    }
    if (kinds > 1) acrossSplits += to - from;
    from = to;
  }
  return { acrossSplits, withinSplits };
}

/** How many samples of each class each split has. */
export function countByClass(classes: readonly string[], labels: Int32Array, splits: Uint8Array): ImportReport['classes'] {
  const rows = classes.map((name) => ({ name, train: 0, validation: 0, test: 0 }));
  labels.forEach((label, index) => {
    const split = splitNames[splits[index] ?? splitCodes.excluded];
    const row = rows[label];
    if (split !== undefined && row !== undefined) row[split]++;
  });
  return rows;
}
