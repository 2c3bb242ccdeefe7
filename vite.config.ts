/** How the renderer (page and training worker) is built and transformed. The Node parts are built by scripts/build.mjs. */
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

/** Compile-time switches of the libraries; with them nothing needs `eval`, and unused halves are dropped. */
export const renderingFlags = {
  __VUE_OPTIONS_API__: 'true',
  __VUE_PROD_DEVTOOLS__: 'false',
  __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  // vue-i18n 11 always interprets messages (its compiler makes no functions), so only these are left to choose.
  __VUE_I18N_FULL_INSTALL__: 'false',
  __VUE_I18N_LEGACY_API__: 'false',
  __INTLIFY_DROP_MESSAGE_COMPILER__: 'false',
  __INTLIFY_PROD_DEVTOOLS__: 'false',
};

export default defineConfig({
  root: 'renderer',
  // Absolute: the page is at the root of hebb://app/ and of http://127.0.0.1:<port>/ alike.
  base: '/',
  publicDir: false,
  plugins: [vue()],
  define: renderingFlags,
  // Training runs in a module worker: new Worker(new URL('../../compute/worker/entry.ts', import.meta.url), { type: 'module' })
  worker: { format: 'es' },
  build: {
    target: 'chrome130',
    // The content policy allows neither inline scripts nor data: fonts.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    sourcemap: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4000,
    emptyOutDir: true,
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
});
