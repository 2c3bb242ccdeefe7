/** Problems of a session: thrown on their way to the next boundary, and what others threw turned into them. */
import { ProblemError, type Problem } from '../graph/problem';

const problem = (code: string, values: Problem['values'] = {}): Problem => ({ code, values, severity: 'error' });
export const fail = (code: string, values: Problem['values'] = {}): never => {
  throw new ProblemError(problem(code, values));
};
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
export const problemOf = (error: unknown, code: string): Problem =>
  error instanceof ProblemError ? error.problem : problem(code, { message: messageOf(error) });
