import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeSafetensors } from '../../compute/graph/safetensors';
import type { FileSystem } from '../storage/file-system';
import { lockName } from '../storage/lock';
import { memoryFileSystem } from '../storage/testing/memory-file-system';
import { armedFileSystem, expectForeseen, faults, optionalError } from './testing/faults';
import { placesIn, smallContent, startServices, type Caller } from './testing/home';

/** On a disk each of these thousands of calls would be brought to it. */
let disk: FileSystem;
const places = placesIn('/home');
const start = (fileSystem: FileSystem): Promise<Caller> => startServices(places, fileSystem);
beforeEach(() => {
  disk = memoryFileSystem();
});

const saveCheckpoint = async (caller: Caller, project: string, runId: string, step: number): Promise<unknown> => {
  const bytes = encodeSafetensors([{ name: 'w', shape: [500], data: new Float32Array(500).fill(step) }]);
  const { checkpoint, weightsUrl, optimizerUrl } = await caller.call('checkpoints.begin', { project, runId });
  await caller.put(weightsUrl, bytes);
  await caller.put(optimizerUrl, bytes);
  const state = { position: { step, epoch: 0 } };
  return await caller.call('checkpoints.commit', { project, checkpoint, state, validationAccuracy: step / 1000, pinned: false });
};

describe.each(faults)('whichever call fails: $fault, lasting $lasting', { timeout: 180_000 }, (plan) => {
  it('a checkpoint is there whole or not at all, and no older one is lost for it', async () => {
    let failures = 0;
    const step = 4;
    for (let at = 0; ; at++) {
      // What a fault leaves behind makes the next attempt longer: each begins anew.
      disk = memoryFileSystem();
      const preparing = await start(disk);
      const created = await preparing.call('projects.create', { name: 'Faults', content: smallContent() });
      const { runId } = await preparing.call('runs.create', {
        project: created.token,
        settings: {},
        document: {},
        dataset: 'mnist',
        device: {},
      });
      for (let earlier = 1; earlier < step; earlier++) await saveCheckpoint(preparing, created.token, runId, earlier);
      await preparing.services.close();
      const { fileSystem, arm } = armedFileSystem(disk, plan);
      const caller = await start(fileSystem);
      const project = (await caller.call('projects.last', null))?.token ?? expect.unreachable();
      const before = (await caller.call('checkpoints.list', { project, runId })).map((each) => each.step);
      const faulty = arm(at);
      const error = await optionalError(saveCheckpoint(caller, project, runId, step));
      const ended = faulty.calls.length <= at;
      await optionalError(caller.services.close());
      await disk.removeFile(join(created.location, lockName)).catch(() => undefined);

      const sound = await start(disk);
      const again = (await sound.call('projects.last', null))?.token ?? expect.unreachable();
      const list = await sound.call('checkpoints.list', { project: again, runId });
      const steps = list.map((each) => each.step);
      if (error === null) expect(steps).toContain(step);
      else expectForeseen(error, plan);
      // Without the new one all the older ones are there; with it the last two of them at least.
      const kept = steps.includes(step) ? before.slice(-2) : before;
      for (const old of kept) expect(steps, `after ${faulty.failed.join(', ')}`).toContain(old);
      for (const { id } of list) await sound.call('checkpoints.open', { project: again, runId, id });
      await sound.services.close();
      if (faulty.failed.length > 0) failures++;
      if (plan.fault === 'short write') expect(error).toBeNull();
      if (ended) break;
    }
    expect(failures).toBeGreaterThan(plan.fault === 'short write' ? 3 : 40);
  });
});
