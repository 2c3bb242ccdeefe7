// Who may know whom (docs/architecture.md). Every rule is an error. Rule 8, on words rather than imports, is in eslint.config.mjs.

/** Tests may import what they test from anywhere, and what they compare it with. */
const notTests = { pathNot: ['\\.test\\.ts$', '^compute/testing/parity/', '^e2e/'] };

/** Inside compute/, each may import from itself and from what stands before it, never from what stands after it (rule 6). */
const order = [
  ['graph'],
  ['ops'],
  ['layers', 'losses', 'initializers', 'augmentations'],
  ['optimizers', 'schedules'],
  ['autodiff', 'export'],
  ['learning-rules'],
  ['plan'],
  ['devices', 'training'],
  ['insight', 'attacks'],
  ['worker'],
];
const neverBackwards = order.slice(0, -1).map((folders, index) => ({
  name: `compute-${folders.join('-')}-knows-nothing-later`,
  comment: 'Rule 6: graph ← ops ← layers, losses, optimizers ← autodiff ← plan ← devices, training ← insight, attacks ← worker.',
  severity: 'error',
  from: { path: `^compute/(${folders.join('|')})/`, ...notTests },
  to: {
    path: `^compute/(${order
      .slice(index + 1)
      .flat()
      .join('|')})/`,
  },
}));

/** Reads the WebAssembly of image codecs from their packages. */
const codecFile = '^main/formats/images/codec\\.ts$';

const nodeBuiltins = { dependencyTypes: ['core'] };

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', comment: 'Rule 1.', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'contract-is-a-leaf',
      comment: 'Rule 2: the contract imports only the schema library.',
      severity: 'error',
      from: { path: '^main/contract/', ...notTests },
      to: { pathNot: ['^main/contract/', '^node_modules/valibot/'] },
    },
    {
      name: 'renderer-sees-only-the-contract-of-main',
      comment: 'Rule 3.',
      severity: 'error',
      from: { path: '^renderer/', ...notTests },
      to: { path: '^main/', pathNot: '^main/contract/' },
    },
    { name: 'renderer-has-no-node', comment: 'Rule 3.', severity: 'error', from: { path: '^renderer/', ...notTests }, to: nodeBuiltins },
    {
      name: 'renderer-has-no-electron',
      comment: 'Rule 3.',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^(node_modules/)?electron' },
    },
    {
      name: 'compute-sees-neither-side',
      comment: 'Rule 4.',
      severity: 'error',
      from: { path: '^compute/', ...notTests },
      to: { path: '^(main|renderer)/' },
    },
    {
      name: 'compute-has-no-node',
      comment: 'Rule 4. What runs PyTorch beside the engine is part of the tests.',
      severity: 'error',
      from: { path: '^compute/', pathNot: ['\\.test\\.ts$', '^compute/testing/parity/'] },
      to: nodeBuiltins,
    },
    {
      name: 'compute-needs-no-package',
      comment:
        'Rule 4: the engine is our own; what a document may be is said with the schema library. Cases for tests may be drawn by a tool.',
      severity: 'error',
      from: { path: '^compute/', pathNot: [...notTests.pathNot, '^compute/testing/'] },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
        pathNot: '^node_modules/(@webgpu/types|valibot)/',
      },
    },
    {
      name: 'main-sees-graph-and-layers-of-compute',
      comment: 'Rule 5: to validate and export. Only cli.ts and what it composes (main/cli) run the engine.',
      severity: 'error',
      from: { path: '^main/', pathNot: ['^main/cli(\\.ts|/)', '/testing/', '\\.test\\.ts$'] },
      to: { path: '^compute/', pathNot: '^compute/(export|graph|layers|losses|optimizers|initializers|augmentations|ops)/' },
    },
    { name: 'main-sees-nothing-of-renderer', comment: 'Rule 3.', severity: 'error', from: { path: '^main/' }, to: { path: '^renderer/' } },
    ...neverBackwards,
    {
      name: 'features-meet-at-their-index',
      comment: 'Rule 7: a feature reaches another only through its index.ts.',
      severity: 'error',
      from: { path: '^renderer/features/([^/]+)/', ...notTests },
      to: { path: '^renderer/features/([^/]+)/', pathNot: ['^renderer/features/$1/', '^renderer/features/[^/]+/index\\.ts$'] },
    },
    {
      name: 'shell-meets-features-at-their-index',
      comment: 'Rule 7, for everybody outside the features.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: ['^renderer/features/', '\\.test\\.ts$'] },
      to: { path: '^renderer/features/[^/]+/', pathNot: '^renderer/features/[^/]+/index\\.ts$' },
    },
    {
      name: 'electron-in-the-desktop-shell-alone',
      comment: 'The services, the loopback server and the command line run without Electron.',
      severity: 'error',
      from: { path: '^(main|scripts|compute)/', pathNot: ['^main/(desktop\\.ts|window/|security/|ipc/|preload/)', '\\.test\\.ts$'] },
      to: { path: '^(node_modules/)?electron(/|$)' },
    },
    {
      name: 'storage-alone-writes',
      comment: 'Every write is atomic because one module makes it.',
      severity: 'error',
      from: {
        path: '^main/(services|formats|contract|ipc|http|security)/',
        pathNot: ['\\.test\\.ts$', '/testing/', '^main/http/respond\\.ts$', codecFile],
      },
      to: { path: '^(node:)?fs(/promises)?$' },
    },
    {
      name: 'formats-are-pure',
      comment: 'A format works on bytes. One file loads the code of packages.',
      severity: 'error',
      from: { path: '^main/formats/', pathNot: [...notTests.pathNot, '/testing/', codecFile] },
      to: { path: ['^main/(services|storage|ipc|http|security|window)/', '^(node:)?(fs|path|os|child_process|net|http)(/|$)'] },
    },
    {
      name: 'product-knows-no-tests',
      severity: 'error',
      from: { path: '^(main|renderer|compute)/', pathNot: ['\\.test\\.ts$', '/testing/'] },
      to: { path: ['\\.test\\.ts$', '/testing/', '^e2e/'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-deprecated-core', severity: 'error', from: {}, to: { dependencyTypes: ['deprecated'] } },
    {
      name: 'no-tools-in-the-product',
      comment: 'What the product imports is among `dependencies`. Electron itself is brought by its packager.',
      severity: 'error',
      from: { path: '^(main|renderer|compute)/', pathNot: ['\\.test\\.ts$', '/testing/'] },
      to: { dependencyTypes: ['npm-dev'], pathNot: ['^node_modules/(electron|@webgpu/types|vite)/'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^out/', '_pb\\.ts$'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.vue', '.json'],
    },
    cache: false,
  },
};
