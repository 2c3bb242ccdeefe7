/**
 * What is wrong, as a value: a code, the facts, and where. Its text stands in resources/locales/<language>/problems.json
 * under the code, with the facts as {placeholders}: what happened, why, and what to do.
 */
export interface Problem {
  readonly code: string;
  readonly values: Readonly<Record<string, string | number>>;
  /** `error` forbids training; `warning` is only said. */
  readonly severity: 'error' | 'warning';
  readonly node?: string;
  readonly edge?: string;
  /** The parameter of the node that should be changed, if one is to blame. */
  readonly parameter?: string;
}

export type Outcome<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: Problem };

export const success = <Value>(value: Value): Outcome<Value> => ({ ok: true, value });

export const failure = (
  code: string,
  values: Problem['values'] = {},
  where: Partial<Pick<Problem, 'node' | 'edge' | 'parameter'>> = {},
): { ok: false; problem: Problem } => ({
  ok: false,
  problem: { code, values, severity: 'error', ...where },
});

/** Fills `{name}` placeholders; for shells without the interface's own translation (command line, logs). */
export const fillIn = (template: string, values: Problem['values']): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));

/** A problem on its way to the next boundary, where it becomes a value again. */
export class ProblemError extends Error {
  constructor(
    readonly problem: Problem,
    options?: ErrorOptions,
  ) {
    super(`${problem.code} ${JSON.stringify(problem.values)}`, options);
    this.name = 'ProblemError';
  }
}

/** Throws the problem of a failed outcome; for code that a boundary encloses. */
export function unwrap<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new ProblemError(outcome.problem);
  return outcome.value;
}
