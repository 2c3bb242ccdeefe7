/** Answers to the calls about exports. */
import type { Exports } from '../exports';
import type { exportCalls } from '../../contract/exports';
import type { AnswersOf } from './answers-of';

export const exportAnswers = (exports: Exports): AnswersOf<typeof exportCalls> => ({
  'exports.write': (request) => exports.write(request),
});
