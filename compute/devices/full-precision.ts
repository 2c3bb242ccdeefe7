/** What a device says that has no kernels which round what they store: nobody is to believe that it did. */
import { ProblemError } from '../graph/problem';
import type { Program } from '../plan/program';

/** Throws the problem `device.no-f16-storage` where a program asks for 16 bits between its kernels; `device` is named in it. */
export function requireFullPrecision({ phases }: Program, device: string): void {
  if (phases.some(({ intermediates }) => intermediates === 'f16'))
    throw new ProblemError({ code: 'device.no-f16-storage', values: { device }, severity: 'error' });
}
