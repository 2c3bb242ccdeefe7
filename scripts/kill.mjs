// npm run test:kill: the test that kills a process while it saves, 500 times or as often as `-- N` says.
import process from 'node:process';
import { runTool } from './run-tool.mjs';

const kills = process.argv[2] ?? '500';
if (!/^[1-9]\d{0,5}$/.test(kills)) throw new Error(`how often to kill is a number, not ${kills}`);
const { code } = await runTool('vitest', ['run', 'main/services/kill.test.ts'], {
  show: true,
  environment: { NODE_ENV: 'test', HEBB_KILLS: kills },
});
process.exitCode = code;
