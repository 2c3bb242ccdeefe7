/** Answers to the calls about runs. */
import type { Runs } from '../runs';
import type { runCalls } from '../../contract/runs';
import { done, type AnswersOf } from './answers-of';

export const runAnswers = (runs: Runs): AnswersOf<typeof runCalls> => ({
  'runs.create': (request) => runs.create(request),
  'runs.append': (request) => done(runs.append(request)),
  'runs.finish': (request) => done(runs.finish(request)),
  'runs.list': ({ project }) => runs.list(project),
  'runs.read': ({ project, runId }) => runs.read(project, runId),
});
