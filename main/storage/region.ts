/** A part of a file, read at once: for threads that do nothing else meanwhile, and read many small files. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { readFlags, requireFile } from './file-system';

export interface FileRegion {
  readonly path: string;
  readonly start: number;
  /** Null: to the end of the file. */
  readonly end: number | null;
}

/** The bytes of the region; a RangeError for more than `maximum` before memory is asked for. Errors are those of the file system. */
export function readRegion({ path, start, end }: FileRegion, maximum: number): Uint8Array {
  const file = openSync(path, readFlags);
  try {
    const stats = fstatSync(file);
    requireFile(stats, path);
    const length = (end ?? stats.size) - start;
    if (length > maximum) throw new RangeError(`${path}: ${String(length)} bytes, at most ${String(maximum)} expected`);
    const bytes = new Uint8Array(Math.max(0, length));
    let filled = 0;
    while (filled < bytes.length) {
      const read = readSync(file, bytes, filled, bytes.length - filled, start + filled);
      if (read === 0) break;
      filled += read;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(file);
  }
}
