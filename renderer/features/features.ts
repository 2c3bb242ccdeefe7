/** All features: every folder beside this file whose index.ts exports a `feature`. Knows none of them by name. */
import type { Feature } from './feature';

const modules = import.meta.glob<{ readonly feature?: Feature }>('./*/index.ts', { eager: true });

export const features: readonly Feature[] = Object.values(modules)
  .map((module) => module.feature)
  .filter((feature) => feature !== undefined);
