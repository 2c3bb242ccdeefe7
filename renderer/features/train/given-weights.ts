/** The weights that the project's network begins with, as the worker takes them. */
import { success, type Outcome, type Problem } from '../../../compute/graph/problem';
import type { WorkerCalls } from '../../../compute/worker/protocol';
import type { ContractError } from '../../../main/contract/contract';
import type { useProjectStore } from '../project';
import type { CallSystem } from './recorder';

export type Given = Pick<WorkerCalls['configure']['request'], 'given'>;

/** Nothing where they are drawn from the seed. Error: model.weights-gone. */
export async function givenWeights(
  call: CallSystem,
  project: Pick<ReturnType<typeof useProjectStore>, 'content' | 'token'>,
): Promise<Outcome<Given> | { readonly ok: false; readonly problem: Problem | ContractError }> {
  const file = project.content.weights?.file;
  if (file === undefined || project.token === null) return success({});
  const opened = await call('weights.open', { project: project.token, file });
  return opened.ok ? success({ given: { id: file, url: opened.value.url } }) : { ok: false, problem: opened.error };
}
