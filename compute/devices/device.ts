/**
 * What every device offers: arenas of state that live on it, and programs compiled against them. A device knows tensors
 * and programs; it knows no layer, no model and no training.
 */
import type { Arena, Program } from '../plan/program';

export type DeviceKind = 'webgpu' | 'cpu' | 'reference';

export interface DeviceDescription {
  readonly kind: DeviceKind;
  /** As a person would name it: `NVIDIA GeForce RTX 4070`, `SwiftShader`. */
  readonly name: string;
  /** A CPU pretending to be a GPU. */
  readonly software: boolean;
  readonly backend: string;
  /** Bytes. */
  readonly maximumBufferBytes: number;
  /** How many compute at once, where the device is made of threads: at least 1. */
  readonly threads?: number;
}

export type StateData = Float32Array | Float64Array | Int32Array | Uint8Array;

/** The arenas that a family of programs shares (training, evaluation, probes of one network). */
export interface DeviceState {
  readonly arenas: readonly Arena[];
  /**
   * Queued in order with runs, never waits. `data` holds the arena's type (f32 arenas take Float32Array or Float64Array).
   * `offset` in elements. Throws a RangeError past the end.
   */
  write(arena: string, data: StateData, offset?: number): void;
  /** Reads `length` elements after all runs queued so far. f32 arenas give Float32Array (Float64Array on the reference). */
  read(arena: string, offset?: number, length?: number): Promise<StateData>;
  dispose(): void;
}

export interface KernelStatistics {
  readonly name: string;
  readonly variant: string;
  /** On the CPU tasks, which threads share. */
  readonly workgroups: number;
  /** On the CPU: parts between which all threads meet. */
  readonly stages?: number;
  /** Of one run: floating-point operations, and bytes of the tensors read and written, each counted once. */
  readonly flops: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

export interface ExecutableStatistics {
  readonly dispatches: number;
  /** Peak bytes of intermediate tensors. */
  readonly workspaceBytes: number;
  /** Variant name of each kernel, in order. */
  readonly variants: readonly string[];
  readonly compileMilliseconds: number;
  /** In the order in which they run; none where the program is interpreted. */
  readonly kernels: readonly KernelStatistics[];
}

/** Milliseconds of each kernel in one run. */
export interface Profile {
  readonly milliseconds: readonly number[];
  /** The device's own clock, or that of the CPU around each kernel, which also counts the submit. */
  readonly clock: 'device' | 'host';
}

export interface Executable {
  readonly program: Program;
  readonly statistics: ExecutableStatistics;
  /** Queues `times` runs, without waiting, as few submits. */
  run(times?: number): void;
  /** Measures each kernel over so many runs, which change the states as runs do. Null where there are no kernels. */
  profile(runs: number): Promise<Profile | null>;
  dispose(): void;
}

export interface Device {
  readonly description: DeviceDescription;
  /** Resolves, never rejects, with the reason, if the device is lost (also by `dispose`: reason `disposed`). */
  readonly lost: Promise<{ readonly reason: 'lost' | 'disposed'; readonly message: string }>;
  /** Holds zeros at first. Throws a ProblemError `device.out-of-memory`, with the bytes that are needed, where it does not fit. */
  createState(arenas: readonly Arena[]): DeviceState;
  /**
   * Compiles against the arenas of these states, whose names are distinct; rejects with the compiler's message, or with a
   * ProblemError `device.out-of-memory` where the intermediates do not fit.
   */
  compile(program: Program, states: readonly DeviceState[]): Promise<Executable>;
  /** Resolves when all queued work is done. */
  finish(): Promise<void>;
  /** Counts of what was made since the device was opened: asserted flat after the first training step. */
  readonly counters: { readonly buffers: number; readonly bindGroups: number; readonly pipelines: number };
  dispose(): void;
}
