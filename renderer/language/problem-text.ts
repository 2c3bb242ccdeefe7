/** What is wrong, in words: from a problem of the engine, or an error of the system, to a sentence of the locale files. */
import { useI18n } from 'vue-i18n';
import type { Problem } from '../../compute/graph/problem';
import type { ContractError } from '../../main/contract/contract';

/** Both say what is wrong by a code and the facts that fill its text. */
export type Explainable = Pick<Problem, 'code' | 'values'> | Pick<ContractError, 'code' | 'values'>;

/**
 * The text of `problems.<code>`; where a language lacks it, the code and the facts themselves, which is at least true. A fact
 * `because` is itself a code, told with the same facts. Inside a component or a store's setup.
 */
export function useProblemText(): (problem: Explainable) => string {
  const { t, te, locale } = useI18n({ useScope: 'global' });
  const textOf = (problem: Explainable): string => {
    const key = `problems.${problem.code}`;
    const { because, ...rest } = problem.values;
    const values = inLanguage(problem.values, locale.value);
    if (typeof because === 'string') values['because'] = textOf({ code: because, values: rest });
    if (te(key) || te(key, 'en')) return t(key, values);
    const facts = Object.entries(values).map(([name, value]) => `${name}: ${value}`);
    return facts.length === 0 ? problem.code : `${problem.code} (${facts.join(', ')})`;
  };
  return textOf;
}

/** The facts as people write them: numbers with the separators of the language, texts as they are. */
export function inLanguage(values: Explainable['values'], locale: string): Record<string, string> {
  const numbers = new Intl.NumberFormat(locale, { maximumSignificantDigits: 16 });
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'number' ? numbers.format(value) : value]),
  );
}
