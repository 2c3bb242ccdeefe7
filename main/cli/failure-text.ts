/** What went wrong, in the words that the interface has for it: the English locale files, without a window. */
import { fillIn, ProblemError } from '../../compute/graph/problem';
import { foreseen } from '../services/service-error';

// The bundler gives the parsed JSON; what is looked up in it is checked.
const files: Readonly<Record<string, unknown>> = import.meta.glob('../../resources/locales/en/*.json', { eager: true, import: 'default' });

function lookUp(file: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Readonly<Record<string, unknown>>)[key]
        : undefined,
    file,
  );
}

/** Text of a code such as `network.cycle`; null where no locale file has one. A value `because` is itself a code, filled with the same values. */
export function problemText(code: string, given: Readonly<Record<string, string | number>>): string | null {
  const { because, ...rest } = given;
  const values = typeof because === 'string' ? { ...rest, because: problemText(because, rest) ?? because } : given;
  for (const file of Object.values(files)) {
    const text = lookUp(file, ['problems', ...code.split('.')]);
    if (typeof text === 'string') return fillIn(text, values);
  }
  return null;
}

/** One line for what was foreseen; for what was not, all that is known of it. */
export function failureText(error: unknown): string {
  const known = error instanceof ProblemError ? error.problem : foreseen(error);
  if (known !== null) return problemText(known.code, known.values) ?? `${known.code} ${JSON.stringify(known.values)}`;
  return `An unforeseen fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
