import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileSystem } from '../storage/file-system';
import { lockName } from '../storage/lock';
import { memoryFileSystem } from '../storage/testing/memory-file-system';
import { armedFileSystem, expectForeseen, faults, optionalError } from './testing/faults';
import { placesIn, smallContent, startServices, type Caller } from './testing/home';

const places = placesIn('/home');

interface Opened {
  readonly caller: Caller;
  readonly project: string;
  readonly location: string;
}

/** Work whose every file-system call is made to fail once; before it the project is of mark 1, with one run. */
interface Story {
  readonly name: string;
  readonly act: (opened: Opened, runId: string) => Promise<unknown>;
  /** With a sound disk again; `error` is null where the work was said to be done. */
  readonly examine: (opened: Opened, runId: string, error: unknown) => Promise<void>;
}

const seedOf = async ({ caller }: Opened): Promise<number> => {
  const project = (await caller.call('projects.last', null)) ?? expect.unreachable('the project is gone');
  const { seed } = project.content.training as { readonly seed: number };
  expect(project.content).toEqual(smallContent(seed));
  return seed;
};

const oldOrNew = async (opened: Opened, error: unknown, before: number, after: number): Promise<number> => {
  const seed = await seedOf(opened);
  expect(error === null ? [after] : [before, after]).toContain(seed);
  return seed;
};

const stories: readonly Story[] = [
  {
    name: 'a save, which keeps what it replaces',
    act: ({ caller, project }) => caller.call('projects.save', { token: project, content: smallContent(2) }),
    examine: async (opened, _runId, error) => {
      const seed = await oldOrNew(opened, error, 1, 2);
      const versions = await opened.caller.call('projects.versions', { token: opened.project });
      if (seed === 2) expect(versions).toHaveLength(1);
      for (const { id } of versions)
        expect(await opened.caller.call('projects.readVersion', { token: opened.project, id })).toEqual({ content: smallContent(1) });
    },
  },
  {
    name: 'an autosave',
    act: ({ caller, project }) => caller.call('projects.autosave', { token: project, content: smallContent(2) }),
    examine: async (opened, _runId, error) => {
      await oldOrNew(opened, error, 1, 2);
    },
  },
  {
    name: 'records appended to a journal',
    act: ({ caller, project }, runId) => caller.call('runs.append', { project, runId, records: [{ step: 2 }, { step: 3 }] }),
    examine: async ({ caller, project }, runId, error) => {
      const { metrics } = await caller.call('runs.read', { project, runId });
      const all = [{ step: 1 }, { step: 2 }, { step: 3 }];
      // Whole records, in order, and none of those that were there before is lost.
      expect(metrics).toEqual(all.slice(0, metrics.length));
      expect(metrics.length).toBeGreaterThanOrEqual(error === null ? 3 : 1);
      await caller.call('runs.append', { project, runId, records: [{ step: 4 }] });
      expect((await caller.call('runs.read', { project, runId })).metrics).toEqual([...metrics, { step: 4 }]);
    },
  },
];

const open = async (fileSystem: FileSystem): Promise<Opened> => {
  const caller = await startServices(places, fileSystem);
  const { token, location } = (await caller.call('projects.last', null)) ?? expect.unreachable('the project is gone');
  return { caller, project: token, location };
};

describe.each(faults)('whichever call fails: $fault, lasting $lasting', { timeout: 120_000 }, (plan) => {
  it.each(stories)('$name leaves old or new, never else', async ({ act, examine }) => {
    let failures = 0;
    for (let at = 0; ; at++) {
      const disk = memoryFileSystem();
      const preparing = await startServices(places, disk);
      const { token, location } = await preparing.call('projects.create', { name: 'Faults', content: smallContent(1) });
      const nothing = { settings: {}, document: {}, dataset: 'mnist', device: {} };
      const { runId } = await preparing.call('runs.create', { project: token, ...nothing });
      await preparing.call('runs.append', { project: token, runId, records: [{ step: 1 }] });
      await preparing.services.close();

      const { fileSystem, arm } = armedFileSystem(disk, plan);
      const opened = await open(fileSystem);
      const faulty = arm(at);
      const error = await optionalError(act(opened, runId));
      const ended = faulty.calls.length <= at;
      await optionalError(opened.caller.services.close());
      await disk.removeFile(join(location, lockName)).catch(() => undefined);
      if (error !== null) expectForeseen(error, plan);
      if (plan.fault === 'short write') expect(error).toBeNull();

      const again = await open(disk);
      await examine(again, runId, error);
      await again.caller.services.close();
      if (faulty.failed.length > 0) failures++;
      if (ended) break;
    }
    expect(failures).toBeGreaterThan(plan.fault === 'short write' ? 0 : 4);
  });
});
