/** Unit tests: the engine and the system side in Node, the renderer in jsdom. */
import { availableParallelism } from 'node:os';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';
import { renderingFlags } from './vite.config.ts';

export default defineConfig({
  test: {
    // Vitest alone would leave one of two cores free.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: ['bench/**/*.test.ts', 'compute/**/*.test.ts', 'main/**/*.test.ts', 'scripts/**/*.test.ts', 'resources/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [vue()],
        define: renderingFlags,
        test: {
          name: 'renderer',
          environment: 'jsdom',
          include: ['renderer/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
    ],
  },
});
