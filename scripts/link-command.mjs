// After an install: makes `npx hebb` find the command of this checkout, as npm does for a package that is installed.
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'node_modules/.bin');

mkdirSync(folder, { recursive: true });
if (process.platform === 'win32') {
  writeFileSync(join(folder, 'hebb.cmd'), '@node "%~dp0\\..\\..\\bin\\hebb.mjs" %*\r\n');
} else {
  rmSync(join(folder, 'hebb'), { force: true });
  symlinkSync('../../bin/hebb.mjs', join(folder, 'hebb'));
  chmodSync(join(root, 'bin/hebb.mjs'), 0o755);
}
