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
  const { t, te } = useI18n({ useScope: 'global' });
  return (problem) => {
    const key = `problems.${problem.code}`;
    if (te(key) || te(key, 'en')) return t(key, { ...problem.values });
    const facts = Object.entries(problem.values).map(([name, value]) => `${name}: ${String(value)}`);
    return facts.length === 0 ? problem.code : `${problem.code} (${facts.join(', ')})`;
  };
}
