/** What the tests of services begin with: a home of their own for each test, and calls that make a project, a run, a checkpoint in it. */
import { afterEach, beforeEach } from 'vitest';
import { makeHome, smallContent, smallDocument, type Caller, type Home } from './home';

export interface Started {
  home: Home;
  caller: Caller;
}

/** Made anew before each test of the file, and removed after it; a test may put another caller in its place. */
export function startedForEach(): Started {
  const at = {} as Started; // Filled before the first test runs.
  beforeEach(async () => {
    at.home = await makeHome();
    at.caller = await at.home.start();
  });
  afterEach(async () => {
    await at.caller.services.close();
    await at.home.remove();
  });
  return at;
}

export const newProject = ({ caller }: Started, mark = 0) =>
  caller.call('projects.create', { name: 'Digits', content: smallContent(mark) });

export const newRun = async ({ caller }: Started, project: string): Promise<string> =>
  (
    await caller.call('runs.create', {
      project,
      settings: { epochs: 1 },
      document: smallDocument,
      dataset: 'mnist',
      device: { name: 'test' },
    })
  ).runId;

export async function saveCheckpoint(
  { caller }: Started,
  { project, runId, step }: { readonly project: string; readonly runId: string; readonly step: number },
  { validationAccuracy = null, pinned = false }: { readonly validationAccuracy?: number | null; readonly pinned?: boolean } = {},
) {
  const { checkpoint, weightsUrl, optimizerUrl } = await caller.call('checkpoints.begin', { project, runId });
  await caller.put(weightsUrl, Buffer.from(`weights ${String(step)}`));
  await caller.put(optimizerUrl, Buffer.from(`optimizer ${String(step)}`));
  const state = { position: { step, epoch: step / 100 }, anything: ['else', step] };
  return await caller.call('checkpoints.commit', { project, checkpoint, state, validationAccuracy, pinned });
}
