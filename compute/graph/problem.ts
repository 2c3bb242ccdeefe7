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

export const failure = (code: string, values: Problem['values'] = {}, where: Partial<Pick<Problem, 'node' | 'edge' | 'parameter'>> = {}): { ok: false; problem: Problem } => ({
  ok: false,
  problem: { code, values, severity: 'error', ...where },
});

/** Fills `{name}` placeholders; for shells without the interface's own translation (command line, logs). */
export const fillIn = (template: string, values: Problem['values']): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
