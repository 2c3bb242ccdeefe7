/** Files that the build puts beside a program. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Whether the file is there; never where the program itself is not a file, as in tests. */
export const isBuilt = (file: URL): boolean => file.protocol === 'file:' && existsSync(fileURLToPath(file));
