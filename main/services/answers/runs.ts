/** Answers to the calls about runs. */
import type { RunExports } from '../run-exports';
import type { Runs } from '../runs';
import type { runCalls } from '../../contract/runs';
import { done, type AnswersOf } from './answers-of';

export const runAnswers = (runs: Runs, runExports: RunExports): AnswersOf<typeof runCalls> => ({
  'runs.create': (request) => runs.create(request),
  'runs.append': (request) => done(runs.append(request)),
  'runs.finish': (request) => done(runs.finish(request)),
  'runs.list': ({ project }) => runs.list(project),
  'runs.read': ({ project, runId }) => runs.read(project, runId),
  'runs.edit': (request) => runs.edit(request),
  'runs.remove': (request) => done(runs.remove(request)),
  'runs.restore': (request) => done(runs.restore(request)),
  'runs.removed': ({ project }) => runs.removed(project),
  'runs.export': (request) => runExports.write(request),
});
