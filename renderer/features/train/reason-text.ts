/** Reasons against training, in words of the locale files. */
import { useI18n } from 'vue-i18n';
import { useProblemText } from '../../language/problem-text';
import type { Reason } from './readiness';

/** Inside a component. */
export function useReasonText(): (reason: Reason) => string {
  const { t } = useI18n();
  const problemText = useProblemText();
  return (reason) => {
    const problem = reason.problem ? problemText(reason.problem) : '';
    return t(`train.reasons.${reason.code}`, { ...reason.values, problem });
  };
}
