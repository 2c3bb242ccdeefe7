/** What a command is given of the world: files, places, a clock, somewhere to write, devices, and word of an interruption. */
import type { DeviceSelector } from '../../compute/training/device-choice';
import type { FileSystem } from '../storage/file-system';
import type { Places } from '../services/places';
import type { Output } from './output';
import type { ValuesFor } from './commands';

export type DeviceOptions = Pick<ValuesFor<'train'>, 'device' | 'threads'>;

export interface Surroundings {
  readonly fileSystem: FileSystem;
  readonly places: Places;
  readonly output: Output;
  readonly now: () => Date;
  /** From a path as it was written, to an absolute one. */
  readonly resolvePath: (path: string) => string;
  /** Opens the devices that these options allow. */
  readonly selectDevice: (options: DeviceOptions) => DeviceSelector;
  /** `stop` is called once, when the person wants the command to end; returns how to be told no more. */
  readonly onInterrupt: (stop: () => void) => () => void;
}

/** 0 it is done, 1 it failed, 130 it was interrupted (128 + SIGINT). Wrong usage, 2, never reaches a command. */
export type ExitCode = 0 | 1 | 130;
