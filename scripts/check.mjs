// npm run check: the whole gate on the code's form. Everything is run, then what failed is shown.
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runTool } from './run-tool.mjs';

/** @type {[name: string, ...command: Parameters<typeof runTool>][]} */
const checks = [
  ['lint', 'eslint', ['.', '--max-warnings', '0'], { show: false }],
  ['types of the renderer', 'vue-tsc', ['-p', 'renderer/tsconfig.json'], { show: false }],
  ['types of tests in Node and of tools', 'tsc', ['-p', 'tsconfig.tests.json'], { show: false }],
  ['types of tests of the page', 'vue-tsc', ['-p', 'tsconfig.page-tests.json'], { show: false }],
  ['types of the engine', 'tsc', ['-p', 'compute/tsconfig.json'], { show: false }],
  ['types of the system side', 'tsc', ['-p', 'main/tsconfig.json'], { show: false }],
  ['types of the contract', 'tsc', ['-p', 'main/contract/tsconfig.json'], { show: false }],
  ['types of the preload', 'tsc', ['-p', 'main/preload/tsconfig.json'], { show: false }],
  ['format', 'prettier', ['--check', '--log-level', 'warn', '.'], { show: false }],
  [
    'who knows whom',
    'dependency-cruiser',
    ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'compute', 'main', 'renderer', 'e2e', 'scripts'],
    { show: false },
  ],
  ['dead exports and packages', 'knip', ['--no-progress'], { show: false }],
];

/** Two at a time: each keeps about one core busy. @returns {Promise<boolean>} whether all passed */
export async function check() {
  const waiting = [...checks];
  /** @type {string[]} */
  const failures = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, ...command] = next;
      const started = performance.now();
      const { code, output } = await runTool(...command);
      console.log(`${code === 0 ? 'passed' : 'FAILED'}  ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
      if (code !== 0) failures.push(`\n── ${name} ──\n${output.trim()}`);
    }
  };
  await Promise.all([work(), work()]);
  if (failures.length > 0) console.log(failures.join('\n'));
  return failures.length === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = (await check()) ? 0 : 1;
