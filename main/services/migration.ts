/** Lifts a file of an old version to the current one, step by step. It knows no particular format. */

/** Lifts a file of version `n` to version n + 1. */
export type Migration = (file: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/** The file with its version, lifted by the steps (each under the version that it starts from); null where one is missing. */
export function migrate(
  file: Readonly<Record<string, unknown>>,
  version: number,
  target: number,
  steps: ReadonlyMap<number, Migration>,
): Readonly<Record<string, unknown>> | null {
  let current = file;
  for (let from = version; from < target; from++) {
    const step = steps.get(from);
    if (step === undefined) return null;
    current = { ...step(current), version: from + 1 };
  }
  return current;
}
