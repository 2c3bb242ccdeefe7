/** What the tests of failing disks share: the faults, a file system that fails when it is told to, and what may then be said. */
import { expect } from 'vitest';
import type { FileSystem } from '../../storage/file-system';
import { faultyFileSystem, type FaultPlan, type FaultyFileSystem } from '../../storage/testing/faulty-file-system';
import { CallError } from './home';

export const faults: readonly Omit<FaultPlan, 'at'>[] = [
  { fault: 'ENOSPC', lasting: true },
  { fault: 'EIO', lasting: false },
  { fault: 'short write', lasting: false },
  { fault: 'kill', lasting: true },
];

/** Sound until `arm` is called; from then on fails as planned, counting calls from there. */
export function armedFileSystem(
  disk: FileSystem,
  plan: Omit<FaultPlan, 'at'>,
): { readonly fileSystem: FileSystem; readonly arm: (at: number) => FaultyFileSystem } {
  let current = disk;
  return {
    fileSystem: new Proxy(disk, { get: (_target, key) => Reflect.get(current, key) as unknown }),
    arm: (at) => {
      const faulty = faultyFileSystem(disk, { at, ...plan });
      current = faulty;
      return faulty;
    },
  };
}

export const optionalError = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

/** What the screen may be told: a full or a failing disk, or that a file was found damaged. Nobody is told of a kill. */
export const expectForeseen = (error: unknown, { fault }: Pick<FaultPlan, 'fault'>): void => {
  if (fault === 'kill') return;
  expect(error).toBeInstanceOf(CallError);
  if (error instanceof CallError) expect(error.error.code).not.toMatch(/^contract\./);
};
