/** What the parts of a CPU device share. */
import type { CpuMemory } from './memory';
import type { Team, ThreadHost } from './threads';
import type { Workspaces } from './workspaces';

export interface CpuContext {
  readonly memory: CpuMemory;
  readonly workspaces: Workspaces;
  /** Null where there is but one thread. */
  readonly team: Team | null;
  readonly threads: number;
  /** Address of the control block. */
  readonly control: number;
  /** Milliseconds in which another thread must have taken a task, or it is given up. */
  readonly patience: number;
  readonly counters: { buffers: number; bindGroups: number; pipelines: number };
  readonly yield: ThreadHost['yield'];
  /** The device computes no more, for this reason. */
  readonly lose: (message: string) => void;
  readonly throwIfLost: () => void;
}
