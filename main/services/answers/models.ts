/** Answers to the calls about models and weights of other software. */
import type { modelCalls } from '../../contract/models';
import type { Models } from '../models';
import type { AnswersOf } from './answers-of';

export const modelAnswers = (models: Models): AnswersOf<typeof modelCalls> => ({
  'models.import': (request) => models.import(request),
  'weights.read': (request) => models.readWeights(request),
  'weights.keep': (request) => models.keepWeights(request),
  'weights.open': (request) => models.openWeights(request),
});
