/** Answers to the calls about bringing data in. */
import type { importCalls } from '../../contract/imports';
import type { Imports } from '../imports';
import type { AnswersOf } from './answers-of';

export const importAnswers = (imports: Imports): AnswersOf<typeof importCalls> => ({
  'imports.inspect': (request) => imports.inspect(request),
  'imports.run': (request) => imports.run(request),
  'imports.report': ({ dataset }) => imports.report(dataset),
});
