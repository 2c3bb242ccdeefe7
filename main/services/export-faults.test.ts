/** Exports on failing disks: one file, and a folder, each over calls that fail or after which the process is gone. */
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultTrainingSettings } from '../../compute/graph/training-settings';
import { readFile, type FileSystem } from '../storage/file-system';
import { lockName } from '../storage/lock';
import { memoryFileSystem } from '../storage/testing/memory-file-system';
import { armedFileSystem, expectForeseen, faults, optionalError } from './testing/faults';
import { placesIn, smallContent, smallDocument, smallWeights, startServices, type Caller } from './testing/home';

const places = placesIn('/home');
type Format = 'npz' | 'tfjs';

const write = async (caller: Caller, project: string, format: Format) =>
  caller.call('exports.write', {
    ...{ project, format, document: smallDocument, weights: await caller.upload('w', smallWeights()), folder: null, name: 'small' },
    ...{ material: null, settings: defaultTrainingSettings, dataset: null, withData: false },
  });

/** Every file below a folder, by its path there; a folder that is not there has none. */
async function filesIn(disk: FileSystem, folder: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { name, isFolder } of await disk.list(folder).catch(() => [])) {
    const path = join(folder, name);
    if (isFolder) for (const [inner, content] of await filesIn(disk, path)) found.set(join(name, inner), content);
    else found.set(name, Buffer.from((await readFile(disk, path)) ?? expect.unreachable()).toString('hex'));
  }
  return found;
}

/** What is there to be seen: half-written folders of a process that died have names that begin with a dot. */
const shown = (files: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...files].filter(([path]) => !path.startsWith('.')));

describe.each(faults)('whichever call fails: $fault, lasting $lasting', { timeout: 60_000 }, (plan) => {
  it.each<{ readonly format: Format }>([{ format: 'npz' }, { format: 'tfjs' }])(
    'an export as $format is there whole or not at all, beside the one before',
    async ({ format }) => {
      const pristine = memoryFileSystem();
      const sound = await startServices(places, pristine);
      const created = await sound.call('projects.create', { name: 'Faults', content: smallContent(1) });
      const first = await write(sound, created.token, format);
      const exports = dirname(first.location);
      const before = await filesIn(pristine, exports);
      await write(sound, created.token, format);
      const after = await filesIn(pristine, exports);
      expect(after.size).toBe(2 * before.size);
      await sound.services.close();

      let failures = 0;
      let kept = 0;
      for (let at = 0; ; at++) {
        const disk = memoryFileSystem();
        const preparing = await startServices(places, disk);
        const { token, location } = await preparing.call('projects.create', { name: 'Faults', content: smallContent(1) });
        await write(preparing, token, format);
        await preparing.services.close();

        const { fileSystem, arm } = armedFileSystem(disk, plan);
        const caller = await startServices(places, fileSystem);
        const project = (await caller.call('projects.last', null))?.token ?? expect.unreachable();
        const faulty = arm(at);
        const error = await optionalError(write(caller, project, format));
        const ended = faulty.calls.length <= at;
        await optionalError(caller.services.close());
        await disk.removeFile(join(location, lockName)).catch(() => undefined);

        const there = shown(await filesIn(disk, exports));
        expect([before, after], `after ${faulty.failed.join(', ')}`).toContainEqual(there);
        if (error === null) expect(there).toEqual(after);
        else expectForeseen(error, plan);
        if (plan.fault === 'short write') expect(error).toBeNull();
        if (there.size === before.size) kept++;
        if (faulty.failed.length > 0) failures++;
        if (ended) break;
      }
      expect(failures).toBeGreaterThan(plan.fault === 'short write' ? 0 : 10);
      if (plan.fault !== 'short write') expect(kept).toBeGreaterThan(5);
    },
  );
});
