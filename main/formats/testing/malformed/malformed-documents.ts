/** Hebb's own JSON files, wrong in one way each; and bundles of files. */
import { emptyDocument } from '../../../../compute/graph/model-document';
import { defaultTrainingSettings } from '../../../../compute/graph/training-settings';
import { ascii, little32, malformed, type Malformed } from './malformed';

type Json = Readonly<Record<string, unknown>>;

const broken = 'project.broken';
const time = '2024-01-01T12:00:00.000Z';
const sha256 = 'a'.repeat(64);

const projectFile: Json = {
  ...{ format: 'hebb-project', version: 2, name: 'One', revision: 1, savedAt: time },
  ...{ document: emptyDocument('One'), training: defaultTrainingSettings, dataset: { id: 'mnist' }, layout: {} },
};
const runFile: Json = {
  ...{ format: 'hebb-run', version: 2, id: 'run', startedAt: time, finishedAt: null, status: 'running', settings: {}, document: {} },
  ...{
    dataset: 'mnist',
    device: {},
    versions: {},
    name: '',
    notes: '',
    tags: [],
    pinned: false,
    hidden: false,
    parent: null,
    trial: null,
    outcome: null,
  },
};
const shard = (file: string, bytes: number): Json => ({ file, bytes, sha256 });
const datasetFile: Json = {
  ...{
    format: 'hebb-dataset',
    version: 2,
    revision: 1,
    id: 'own',
    name: 'Own',
    source: '',
    licence: '',
    sampleShape: [3],
    sampleType: 'u8',
  },
  ...{ labelShape: [], classes: ['a'], targetNames: [], symbols: [], columns: [], count: 4, samples: [shard('samples-0.u8', 12)] },
  ...{ labels: [shard('labels-1.i32', 16)], splits: shard('splits-1.u8', 4), positions: shard('positions.u32', 16), names: null },
  ...{ counts: { train: 2, validation: 1, test: 1, excluded: 0 }, options: null },
};
const checkpointFile: Json = {
  ...{ format: 'hebb-checkpoint', version: 1, step: 1, epoch: 0, stepInEpoch: 0, savedAt: time, validationAccuracy: null, validation: {} },
  files: Object.fromEntries(['weights.safetensors', 'optimizer.safetensors', 'state.json'].map((name) => [name, { bytes: 1, sha256 }])),
};

const json = (name: string, value: unknown, code = broken): Malformed => malformed(name, code, Buffer.from(JSON.stringify(value)));

/** What is wrong with any JSON of ours, and with each of its fields. */
function everyWay(good: Json, fields: Readonly<Record<string, readonly unknown[]>>): readonly Malformed[] {
  const text = JSON.stringify(good);
  const raw = (name: string, content: string | Uint8Array): Malformed => malformed(name, broken, Buffer.from(content));
  return [
    raw('nothing', ''),
    raw('zeros', new Uint8Array(50)),
    raw('what is not UTF-8', Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d)),
    raw('UTF-16', Buffer.from(text, 'utf16le')),
    raw('half of it', text.slice(0, text.length / 2)),
    raw('two of it', text + text),
    raw('a comment', `// a comment\n${text}`),
    raw('single quotes', text.replaceAll('"', "'")),
    raw('no number', text.replace(/"version":\d/, '"version":NaN')),
    raw('lists nested without end', '['.repeat(200_000)),
    raw('lists nested a hundred thousand deep', `${text.slice(0, -1)},"more":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
    json('null', null),
    json('a number', 1e308),
    json('a list', [good]),
    json('an empty object', {}),
    json('another format', { ...good, format: 'hebb' }),
    json('no version', { ...good, version: undefined }),
    json('version 0', { ...good, version: 0 }),
    json('half a version', { ...good, version: 1.5 }),
    ...Object.entries(fields).flatMap(([field, values]) =>
      values.map((value, index) =>
        json(`${field} ${String(index)}: ${JSON.stringify({ value }).slice(0, 80)}`, { ...good, [field]: value }),
      ),
    ),
  ];
}

export const malformedProject = (): readonly Malformed[] => [
  ...everyWay(projectFile, {
    name: [undefined, '', 'x'.repeat(201)],
    revision: [0, -1, 1.5, '1'],
    savedAt: ['yesterday'],
    document: [
      undefined,
      null,
      { ...emptyDocument('One'), nodes: [{}] },
      { ...emptyDocument('One'), nodes: [{ id: '../x', kind: 'relu', version: 1, parameters: {} }] },
    ],
    training: [null, { ...defaultTrainingSettings, batchSize: 0 }],
    dataset: [{}, { id: 'x'.repeat(201) }],
    layout: [null, { a: { x: 1e400 } }],
  }),
  json('of a newer Hebb', { ...projectFile, version: 3 }, 'project.newer-version'),
  json('a field too many', { ...projectFile, more: 1 }),
];

export const malformedRun = (): readonly Malformed[] =>
  everyWay(runFile, {
    id: [1, undefined],
    startedAt: ['now'],
    finishedAt: [5],
    status: ['done'],
    dataset: [null],
    versions: [{ hebb: 1 }, [5]],
    tags: [[1], 'a'],
    pinned: ['yes'],
    parent: [{ run: 'a' }],
    outcome: [{ steps: 1 }, undefined],
  });

export const malformedDataset = (): readonly Malformed[] =>
  everyWay(datasetFile, {
    revision: [0],
    sampleShape: [[], [0], [-1], [1.5], [2], new Array<number>(40).fill(1e300)],
    sampleType: ['f64', 'f32'],
    count: [-1, 5, 2 ** 53, '4'],
    samples: [
      [],
      [shard('../../etc/passwd', 12)],
      [shard('/etc/passwd', 12)],
      [shard('samples-0.u8', 11)],
      [shard('samples-0.u8', 1e30)],
      [shard('splits-1.u8', 12)],
    ],
    labels: [[shard('labels-1.i32', 15)], [shard('labels\\1.i32', 16)]],
    splits: [shard('splits-1.u8', 3), shard('CON', 4), { ...shard('splits-1.u8', 4), sha256: 'none' }],
    names: [shard(`${'n'.repeat(100)}.jsonl`, 1)],
    counts: [{ train: 4, validation: 1, test: 1, excluded: 0 }],
  });

export const malformedCheckpoint = (): readonly Malformed[] =>
  everyWay(checkpointFile, {
    step: [-1, 0.5, '1'],
    epoch: [null, 'first'],
    savedAt: [0, '2024'],
    validationAccuracy: ['good'],
    validation: [{ loss: 'low' }],
    files: [
      undefined,
      {},
      ...['bytes', 'sha256'].map((field) => ({ ...(checkpointFile['files'] as Json), 'state.json': { bytes: 1, sha256, [field]: -1 } })),
    ],
  });

export function malformedBundle(): readonly Malformed[] {
  const code = 'import.bundle';
  const part = (header: string, content = ''): readonly number[] => [
    ...little32(Buffer.byteLength(header)),
    ...Buffer.from(header),
    ...ascii(content),
  ];
  const file = (path: string, size: unknown = 1): readonly number[] => part(JSON.stringify({ path, size }), 'x');
  return [
    malformed('a length cut short', code, [1, 0, 0]),
    malformed('a length alone', code, little32(5)),
    malformed('a header of four gigabytes', code, little32(0xffffffff), ascii('{}')),
    malformed('a header longer than may be', code, part(' '.repeat(20_000))),
    malformed('an empty header', code, part('')),
    malformed('a header that is no JSON', code, part('{path}')),
    malformed('a header that is not UTF-8', code, little32(2), [0xff, 0xfe]),
    ...['null', '[]', '5', '"a"', '{}', '{"path":"a"}', '{"size":1}', '{"path":1,"size":1}'].map((header) =>
      malformed(`the header ${header}`, code, part(header)),
    ),
    ...[-1, 1.5, '1', null, 2 ** 53, 1e300].map((size) => malformed(`the size ${String(size)}`, code, file('a', size))),
    malformed('a file longer than the bundle', code, file('a', 1000)),
    malformed('the same file twice', code, file('a'), file('a')),
    malformed('a file that looks the same', code, file('é'), file('e\u0301')),
    malformed('something behind the files', code, file('a'), [0]),
    ...['', '..', '../a', '/a', 'a/../b', 'a\\b', 'C:/a', 'con', 'a\0', 'a ', 'a/.'].map((path) =>
      malformed(`the path ${JSON.stringify(path)}`, code, file(path)),
    ),
  ];
}
