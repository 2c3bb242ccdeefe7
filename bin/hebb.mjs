#!/usr/bin/env node
// The command `hebb`: builds the command line where it is missing or older than its sources, then runs it.
import { existsSync } from 'node:fs';

// A packaged Hebb brings what was built and no sources.
if (existsSync(new URL('../scripts/build.mjs', import.meta.url))) {
  const { build } = await import('../scripts/build.mjs');
  await build(['cli'], { ifStale: true });
}
await import(new URL('../out/cli/cli.js', import.meta.url).href);
