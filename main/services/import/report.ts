/** What an import tells of itself in the end: what was read, what was left out and why, and what is strange about the data. */
import type * as v from 'valibot';
import { failure, ProblemError, type Problem } from '../../../compute/graph/problem';
import type { importReportSchema } from '../../contract/imports';
import { splitCodes, splitNames } from '../../../compute/graph/sample-splits';
import { foreseen, ServiceError } from '../service-error';

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

/** Instead of `import.nothing`, where that is so, what was left out and why the first of it. */
export function whyNothing(error: unknown, whole: string, { count, problems: [first] }: Pick<SkipList, 'count' | 'problems'>): unknown {
  if (!(error instanceof ServiceError) || error.code !== 'import.nothing' || first === undefined) return error;
  return new ServiceError('import.nothing-because', { ...first.values, whole, skipped: count, because: first.code });
}

/** How many samples of each class each split has. */
export function countByClass(classes: readonly string[], labels: Uint16Array, splits: Uint8Array): ImportReport['classes'] {
  const rows = classes.map((name) => ({ name, train: 0, validation: 0, test: 0 }));
  labels.forEach((label, index) => {
    const split = splitNames[splits[index] ?? splitCodes.excluded];
    const row = rows[label];
    if (split !== undefined && row !== undefined) row[split]++;
  });
  return rows;
}
