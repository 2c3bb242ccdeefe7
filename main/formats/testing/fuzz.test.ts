import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readers } from './readers';

const script = fileURLToPath(new URL('../../../scripts/fuzz.mjs', import.meta.url));
/** Milliseconds for what takes some twenty seconds on two cores that do nothing else. */
const patience = 600_000;
const fuzz = (...options: string[]) =>
  spawnSync(process.execPath, [script, '--threads', '2', ...options], { encoding: 'utf8', maxBuffer: 2 ** 26 });

it(
  'no sample is refused, and no prefix or mutation of one crashes a reader, hangs it or takes more than its memory',
  () => {
    const { status, stdout, stderr } = fuzz('--count', '10000');
    expect(stderr).toBe('');
    expect(status, stdout).toBe(0);
    const cases = [...stdout.matchAll(/^(\S+) +(\d+) cases/gm)].map(([, format, count]) => [format, Number(count)] as const);
    expect(cases.map(([format]) => format).sort()).toEqual(readers.map(({ name }) => name).sort());
    for (const [format, count] of cases) expect(count, format).toBeGreaterThan(10_000);
  },
  patience,
);

it('readers that do so are found out', () => {
  const { status, stderr } = fuzz('--broken', '--count', '1', '--patience', '300');
  expect(status).toBe(1);
  for (const found of [
    /broken-loop mutations .*did not end within 900 ms/,
    /broken-throw mutations .*TypeError/,
    /broken-memory mutations .*asked for \d+ bytes, 1048576 are the bound/,
    /broken-heap mutations .*(memory limit|did not end)/,
    /broken-place mutations .*a problem without a place/,
    /broken-text samples .*only 9 samples/,
    /broken\.no-such-text has no text/,
  ]) {
    expect(stderr).toMatch(found);
  }
});
