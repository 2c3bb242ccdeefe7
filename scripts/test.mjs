// npm test: everything. It makes sure of what the tests need, then checks, builds, and runs unit and end-to-end tests. The last line
// is the count; a part that fails as a whole (the check, the build, a test file that does not load) counts as one failure.
// npm run test:full: the same with the long grids of the comparison with PyTorch, which the usual run samples.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build, targets } from './build.mjs';
import { check } from './check.mjs';
import { findElectron } from './electron-runtime.mjs';
import { runTool } from './run-tool.mjs';
import { prepareMachine } from './test-machine.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = join(root, 'out/test-reports');
const full = process.argv.includes('--full');

/** @typedef {{ passed: number, failed: number, skipped: number }} Count */

/** @type {Count} */
const nothing = { passed: 0, failed: 0, skipped: 0 };
const failure = { ...nothing, failed: 1 };

/**
 * As much of the two runners' reports as is counted here.
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: { status: string, assertionResults: unknown[] }[] }} UnitReport
 * @typedef {{ stats: { expected: number, unexpected: number, flaky: number, skipped: number } }} EndToEndReport
 */

/** @param {string} name @returns {unknown} null if it was not written */
function readReport(name) {
  const path = join(reports, name);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
}

/** @returns {Promise<Count>} */
async function unitTests() {
  const file = join(reports, 'unit.json');
  const { code } = await runTool('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`], {
    show: true,
    // The build before has set it to production in this process, where Vue does without what its test tools listen to.
    environment: { NODE_ENV: 'test', HEBB_FULL: full ? '1' : '' },
  });
  const report = /** @type {UnitReport | null} */ (readReport('unit.json'));
  if (report === null) return failure;
  // Files that did not load have no tests in them that could have failed.
  const unloaded = report.testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0).length;
  const failed = report.numFailedTests + unloaded;
  return {
    passed: report.numPassedTests,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** @param {readonly string[]} shells @returns {Promise<Count>} */
async function endToEndTests(shells) {
  const file = join(reports, 'end-to-end.json');
  const projects = shells.flatMap((shell) => ['--project', shell]);
  const { code } = await runTool('playwright', ['test', ...projects, '--reporter=list,json'], {
    show: true,
    environment: { PLAYWRIGHT_JSON_OUTPUT_NAME: file },
  });
  const report = /** @type {EndToEndReport | null} */ (readReport('end-to-end.json'));
  if (report === null) return failure;
  const { expected, unexpected, flaky, skipped } = report.stats;
  const failed = unexpected + flaky;
  return { passed: expected, failed: code !== 0 && failed === 0 ? 1 : failed, skipped };
}

/** @type {{ name: string, seconds: number, count: Count }[]} */
const parts = [];

/** @param {string} name @param {() => Count | Promise<Count>} work @returns {Promise<boolean>} whether it passed */
async function part(name, work) {
  console.log(`\n━━ ${name}`);
  const started = performance.now();
  let count = failure;
  try {
    count = await work();
  } catch (error) {
    console.error(error);
  }
  parts.push({ name, seconds: (performance.now() - started) / 1000, count });
  return count.failed === 0;
}

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const desktop = findElectron() !== null;
const shells = desktop ? ['desktop', 'web'] : ['web'];

const ready = await part('What the tests need', () => (prepareMachine() ? nothing : failure));
await part('Check', async () => ((await check()) ? nothing : failure));
const built = await part('Build', async () => {
  await build(targets, { ifStale: true, log: (line) => console.log(line) });
  return nothing;
});
if (ready) await part('Unit tests', unitTests);
if (ready && built) await part(`End-to-end tests (${shells.join(' and ')})`, () => endToEndTests(shells));

const total = parts.reduce(
  (sum, { count }) => ({ passed: sum.passed + count.passed, failed: sum.failed + count.failed, skipped: sum.skipped + count.skipped }),
  nothing,
);

console.log('\n━━ Summary');
for (const { name, seconds, count } of parts) {
  const outcome = count.failed > 0 ? `${count.failed} failed` : 'passed';
  console.log(`${seconds.toFixed(1).padStart(7)} s  ${name}: ${count.passed > 0 ? `${count.passed} tests, ` : ''}${outcome}`);
}
if (!ready) console.log('Tests were not run: see above what is missing.');
console.log(
  desktop
    ? 'End to end in both shells: the Electron window and the web page.'
    : 'End to end in the web page only: there is no Electron runtime (set ELECTRON_OVERRIDE_DIST_PATH, or run npx install-electron --no).',
);
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed === 0 ? 0 : 1;
