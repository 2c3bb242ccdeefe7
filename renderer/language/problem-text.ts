/** What is wrong, in words: from a problem of the engine, or an error of the system, to a sentence of the locale files. */
import { useI18n } from 'vue-i18n';
import type { Problem } from '../../compute/graph/problem';
import type { ContractError } from '../../main/contract/contract';

/** Both say what is wrong by a code and the facts that fill its text. */
export type Explainable = Pick<Problem, 'code' | 'values'> | Pick<ContractError, 'code' | 'values'>;

/**
 * The text of `problems.<code>`; where a language lacks it, the code and the facts themselves, which is at least true.
 * Inside a component or a store's setup.
 */
export function useProblemText(): (problem: Explainable) => string {
  const { t, te, locale } = useI18n({ useScope: 'global' });
  return (problem) => {
    const key = `problems.${problem.code}`;
    const values = inLanguage(problem.values, locale.value);
    if (te(key) || te(key, 'en')) return t(key, values);
    const facts = Object.entries(values).map(([name, value]) => `${name}: ${value}`);
    return facts.length === 0 ? problem.code : `${problem.code} (${facts.join(', ')})`;
  };
}

/** The facts as people write them: numbers with the separators of the language, texts as they are. */
export function inLanguage(values: Explainable['values'], locale: string): Record<string, string> {
  const numbers = new Intl.NumberFormat(locale, { maximumSignificantDigits: 16 });
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'number' ? numbers.format(value) : value]),
  );
}
