// The strictest set of typescript-eslint, with its exceptions and their reasons, and the rules of the house that are
// about words in a file rather than about imports (those are in .dependency-cruiser.cjs).
import vue from 'eslint-plugin-vue';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const typescript = '**/*.ts';
const components = '**/*.vue';
const tests = ['**/*.test.ts', 'e2e/**/*.ts', 'compute/testing/**/*.ts', '**/testing/**/*.ts'];

/** @param {string} message @param {string[]} selectors */
const forbid = (message, ...selectors) => selectors.map((selector) => ({ selector, message }));

/** The two ends of the worker's protocol, those who make threads for the CPU device, and the two ends of the workers of maps and of rows of samples. */
const speaking = [
  'compute/worker/entry.ts',
  'renderer/engine/engine-client.ts',
  'compute/worker/threads.ts',
  'main/cli/threads.ts',
  'main/services/import/decoders.ts',
  'main/services/threads/task-thread.ts',
  'renderer/features/browse/projection/map-worker.ts',
  'renderer/features/browse/projection/map-client.ts',
  'renderer/features/browse/rows/worker.ts',
  'renderer/features/browse/rows/client.ts',
];
const postMessage = forbid(
  `postMessage stands in ${speaking.join(', ')} alone (rule 8).`,
  'CallExpression[callee.property.name="postMessage"]',
  'CallExpression[callee.name="postMessage"]',
);
const bridge = forbid(
  'window.hebb stands in renderer/platform/client.ts alone (rule 8).',
  'MemberExpression[object.name=/^(window|globalThis|self)$/][property.name="hebb"]',
);
const graphics = forbid(
  'navigator.gpu is asked for in one file of compute/devices/webgpu (rule 4).',
  'MemberExpression[object.name="navigator"][property.name="gpu"]',
  'MemberExpression[object.property.name="navigator"][property.name="gpu"]',
);
const innerHtml = forbid(
  'Text is bound, never set as HTML.',
  'AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]',
  'CallExpression[callee.property.name="insertAdjacentHTML"]',
);

// Each room's files are in its own project or in that of the tests: to name the two saves the linter from loading the others.
/** @type {[room: string, projects: string[]][]} */
const rooms = [
  ['compute', ['compute/tsconfig.json', 'tsconfig.tests.json']],
  ['main', ['main/tsconfig.json', 'tsconfig.tests.json']],
  ['main/contract', ['main/contract/tsconfig.json', 'tsconfig.tests.json']],
  ['main/preload', ['main/preload/tsconfig.json', 'tsconfig.tests.json']],
  ['renderer', ['renderer/tsconfig.json', 'tsconfig.page-tests.json']],
  ['e2e', ['tsconfig.page-tests.json']],
];
const elsewhere = ['tsconfig.tests.json', 'tsconfig.page-tests.json'];
const parserOptions = { tsconfigRootDir: import.meta.dirname, extraFileExtensions: ['.vue'] };

export default defineConfig(
  { ignores: ['out/', 'node_modules/', 'coverage/', 'test-results/', 'playwright-report/', '**/*_pb.ts', '.cache/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: [typescript, components, '**/*.mjs'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    rules: {
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-restricted-syntax': ['error', ...postMessage, ...bridge, ...graphics, ...innerHtml],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // Numbers, and unions with them, print exactly; nothing else is interpolated unseen.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Whether a function type is written as property or method says here whether it may be passed on unbound.
      '@typescript-eslint/method-signature-style': 'off',
      // Index access is checked (noUncheckedIndexedAccess), so loops over arrays whose bounds are known need it.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // An object type under an alias is assignable to an index signature, an interface is not; operations' attributes need it.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // A parameter that stands before a used one, or is named for the reader, starts with an underscore.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_$', destructuredArrayIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // A counted loop over a typed array, or over two arrays at once, is the plainest way to say it.
      '@typescript-eslint/prefer-for-of': 'off',
    },
  },
  {
    files: ['**/*.mjs', '*.ts', 'scripts/**/*.ts', 'bench/**/*.ts', 'resources/**/*.ts'],
    languageOptions: { parserOptions: { ...parserOptions, project: elsewhere } },
  },
  ...rooms.map(([room, project]) => ({
    files: [`${room}/**/*.ts`, `${room}/**/*.vue`],
    languageOptions: { parserOptions: { ...parserOptions, project } },
  })),
  {
    files: [components],
    extends: [vue.configs['flat/essential']],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      'vue/multi-word-component-names': 'error',
      'vue/no-v-html': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/define-props-declaration': ['error', 'type-based'],
      'vue/define-emits-declaration': ['error', 'type-based'],
      'vue/require-typed-ref': 'error',
      'vue/no-unused-refs': 'error',
      'vue/no-ref-object-reactivity-loss': 'error',
      'vue/eqeqeq': 'error',
      // Defaults of destructured props are what Vue makes props optional with; the rule takes them for plain variables.
      '@typescript-eslint/no-useless-default-assignment': 'off',
      // A style attribute in HTML is against the content policy; a bound one is set by script and is not.
      'vue/no-static-inline-styles': 'error',
    },
  },
  { files: ['compute/**/*.ts', 'renderer/**/*.ts', components], rules: { 'no-console': 'error' } },
  // A flag that a closure or another turn of the event loop changes looks constant to it, and here most code waits.
  { files: ['renderer/**/*.ts', components, 'e2e/**/*.ts'], rules: { '@typescript-eslint/no-unnecessary-condition': 'off' } },
  // What vue-i18n's useI18n returns are closures that its types call methods.
  { files: ['renderer/**/*.ts', components], rules: { '@typescript-eslint/unbound-method': 'off' } },
  {
    files: speaking,
    rules: { 'no-restricted-syntax': ['error', ...bridge, ...graphics, ...innerHtml] },
  },
  { files: ['renderer/platform/client.ts'], rules: { 'no-restricted-syntax': ['error', ...postMessage, ...graphics, ...innerHtml] } },
  { files: ['compute/devices/webgpu/adapter.ts'], rules: { 'no-restricted-syntax': ['error', ...postMessage, ...bridge] } },
  {
    files: tests,
    rules: {
      'no-restricted-syntax': 'off',
      'no-console': 'off',
      // Stubs implement asynchronous interfaces without waiting for anything.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      // expect(object.method) does not call it.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
