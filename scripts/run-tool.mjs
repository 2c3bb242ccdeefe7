// Runs a tool of node_modules with this very Node, without a shell.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The file behind each tool's name. */
const tools = {
  'dependency-cruiser': 'dependency-cruiser/bin/dependency-cruise.mjs',
  eslint: 'eslint/bin/eslint.js',
  knip: 'knip/bin/knip.js',
  playwright: '@playwright/test/cli.js',
  prettier: 'prettier/bin/prettier.cjs',
  tsc: 'typescript/bin/tsc',
  vitest: 'vitest/vitest.mjs',
  'vue-tsc': 'vue-tsc/bin/vue-tsc.js',
};

/**
 * @param {keyof typeof tools} tool
 * @param {readonly string[]} words
 * @param {{ show: boolean, environment?: Record<string, string> }} options `show` lets it write to the terminal; otherwise what it wrote is in the answer
 * @returns {Promise<{ code: number, output: string }>}
 */
export function runTool(tool, words, { show, environment = {} }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [`${root}node_modules/${tools[tool]}`, ...words], {
      cwd: root,
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
      env: { ...process.env, ...environment },
    });
    let output = '';
    child.stdout?.on('data', (/** @type {Buffer} */ data) => (output += data.toString()));
    child.stderr?.on('data', (/** @type {Buffer} */ data) => (output += data.toString()));
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
