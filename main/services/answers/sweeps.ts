/** Answers to the calls about sweeps. */
import type { sweepCalls } from '../../contract/sweeps';
import type { Sweeps } from '../sweeps';
import { done, type AnswersOf } from './answers-of';

export const sweepAnswers = (sweeps: Sweeps): AnswersOf<typeof sweepCalls> => ({
  'sweeps.list': ({ project }) => sweeps.list(project),
  'sweeps.create': (request) => sweeps.create(request),
  'sweeps.record': (request) => sweeps.record(request),
  'sweeps.queue': ({ project }) => sweeps.queue(project),
  'sweeps.arrange': (request) => sweeps.arrange(request),
  'sweeps.remove': (request) => done(sweeps.remove(request)),
  'sweeps.restore': (request) => done(sweeps.restore(request)),
});
