/** Files as one ZIP, not compressed: weights hardly shrink. The same files make the same bytes. */
import { zipSync } from 'fflate';

export interface NamedFile {
  /** Relative, with slashes. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export const zipped = (files: readonly NamedFile[]): Uint8Array =>
  zipSync(Object.fromEntries(files.map(({ path, bytes }) => [path, [bytes, { level: 0, mtime: '1980-01-01T00:00:00' }]])));
