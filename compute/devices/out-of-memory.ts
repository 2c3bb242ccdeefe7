/** What a device says where something does not fit into its memory: before anything is trained, and with the bytes it would take. */
import { ProblemError } from '../graph/problem';

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);

/** Problem `device.out-of-memory`; `needed` and `available` in bytes, `what` completes "not enough memory for …". */
export const outOfMemory = (what: string, needed: number, available: number): ProblemError =>
  new ProblemError({
    code: 'device.out-of-memory',
    values: { what, needed, available, neededMegabytes: megabytes(needed), availableMegabytes: Math.floor(available / 1e6) },
    severity: 'error',
  });
