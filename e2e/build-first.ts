/** The specs run what was built; what is stale is built first. */
import { build } from '../scripts/build.mjs';

export default async function buildFirst(): Promise<void> {
  await build(['renderer', 'desktop', 'web'], { ifStale: true });
}
