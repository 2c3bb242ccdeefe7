/**
 * What the makers of kernels and the runtime of the CPU device share. A kernel is a list of stages, a stage a number of
 * independent tasks, which any number of threads take in any order; all of a stage is done before the next begins. What a
 * task computes, and in which order it adds, follows from its number and the shapes alone: results do not depend on threads.
 */
import type { TensorType } from '../../graph/tensor';
import type { KernelWork } from '../../plan/planned-kernel';
import type { Int } from './assembly/expression';
import type { FunctionWriter } from './assembly/function-writer';

/** What the machine's WebAssembly offers beyond the vector set that Hebb needs. */
export interface CpuFeatures {
  /** Relaxed vectors: multiply and add with one rounding. */
  readonly multiplyAdd: boolean;
}

export interface Stage {
  readonly name: string;
  /** At least 1; set by shapes only. */
  readonly tasks: number;
  /**
   * Writes what task `task` (0 ≤ task < tasks) does. `scratch` is the address of the thread's own memory, of as many bytes as the
   * kernel asked for, aligned to 64; what is in it at the start is arbitrary.
   */
  readonly write: (writer: FunctionWriter, task: Int, scratch: Int) => void;
}

/**
 * Byte addresses, aligned to 16 (states and intermediates to 64). Tensors are row-major and contiguous; u8 takes a byte an element,
 * all others four. Up to 64 bytes past the end of a tensor may be read (anything, also NaN, may stand there), none may be written.
 */
export interface KernelPlaces {
  readonly inputs: readonly number[];
  readonly output: number;
  readonly scratch: readonly number[];
}

/** How an operation with a kernel of its own is computed for given types; it holds no addresses yet. */
export interface OperationPlan {
  /** Named in a run's record. */
  readonly variant: string;
  /** Bytes of each piece of memory that all threads share while the kernel runs. */
  readonly sharedScratch: readonly number[];
  /** Bytes of memory that each thread has to itself while it does a task. */
  readonly threadScratch: number;
  /**
   * Elements of the output, one after another from task · filled, that each task of the last stage fills (the last task fewer), so that
   * what follows elementwise can be computed at once while they are in the cache. Null where tasks fill it in another order.
   */
  readonly filled: number | null;
  readonly stages: (places: KernelPlaces) => readonly Stage[];
}

/** Plans the kernel of one operation: its own elementwise epilogue is added by whoever asks. */
export type OperationPlanner<A> = (
  context: { readonly inputs: readonly TensorType[]; readonly output: TensorType; readonly features: CpuFeatures },
  attributes: A,
) => OperationPlan;

/** Addresses of a program's memory, known once it is allocated. */
export interface ProgramPlaces {
  readonly arena: (name: string) => number;
  readonly workspace: (number: number) => number;
}

export interface CpuKernel {
  readonly name: string;
  readonly variant: string;
  readonly stages: readonly Stage[];
  readonly work: KernelWork;
}

/** A lowered program: what memory it needs, and its kernels in order once that memory has addresses. */
export interface CpuPlan {
  /** Bytes of each intermediate. */
  readonly workspaces: readonly number[];
  /** Bytes of memory that each thread has to itself. */
  readonly threadScratch: number;
  readonly kernels: (places: ProgramPlaces) => readonly CpuKernel[];
}
