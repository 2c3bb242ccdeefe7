/** Answers to the calls about checkpoints. */
import type { Checkpoints } from '../checkpoints';
import type { checkpointCalls } from '../../contract/checkpoints';
import { done, type AnswersOf } from './answers-of';

export const checkpointAnswers = (checkpoints: Checkpoints): AnswersOf<typeof checkpointCalls> => ({
  'checkpoints.begin': (request) => checkpoints.begin(request),
  'checkpoints.commit': (request) => checkpoints.commit(request),
  'checkpoints.list': (request) => checkpoints.list(request),
  'checkpoints.pin': (request) => done(checkpoints.pin(request)),
  'checkpoints.open': (request) => checkpoints.open(request),
});
