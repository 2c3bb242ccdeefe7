/**
 * Calls about bringing data in: what lies there and how it could be read, the reading itself, and the report about it.
 * A source is files on this machine under tokens, or uploads that bundle many files; options are typed by kind.
 */
import * as v from 'valibot';
import { count, name, token } from './primitives';
import { datasetSummary } from './datasets';

const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const positive = v.pipe(v.number(), v.integer(), v.minValue(1));

export const importKinds = ['images', 'table', 'parquet', 'arrays', 'idx', 'cifar', 'text', 'audio'] as const;
const importKind = v.picklist(importKinds);

/**
 * `bundle`: uploads of many files one after another, each as [u32 little-endian length of the header][header, JSON
 * {path, size}][size bytes]; paths are relative, with `/`, and none stands twice in all of them. `places`: files and folders
 * under tokens of `folders.list`. `files`: files and folders that a person gave to the window of the desktop shell, all under
 * one token (the bridge's `giveFiles`).
 */
const importSource = v.variant('from', [
  v.object({ from: v.literal('bundle'), uploads: v.pipe(v.array(token), v.minLength(1), v.maxLength(1000)), name }),
  v.object({ from: v.literal('places'), places: v.pipe(v.array(token), v.minLength(1), v.maxLength(1000)) }),
  v.object({ from: v.literal('files'), files: token }),
]);

/** Which samples go where: by lot, or as folders, files or the values of a column are named. */
const splitOptions = v.object({
  by: v.picklist(['ratio', 'folder', 'file', 'column']),
  /** Of all samples; of the training samples where the source names no validation or test split. */
  validation: fraction,
  test: fraction,
  /** The same shares of each class in every split. */
  stratified: v.boolean(),
  column: v.nullable(v.string()),
});
const common = { seed: count, splits: splitOptions };

/** How a picture becomes [channels, height, width]. Sizes null: those of the first picture. */
const pictureOptions = v.object({
  height: v.nullable(positive),
  width: v.nullable(positive),
  /** `stretch` changes proportions, `contain` adds a border, `cover` cuts what is too much. */
  fit: v.picklist(['stretch', 'contain', 'cover']),
  colour: v.picklist(['grey', 'colour']),
});

const labelSource = v.variant('from', [
  v.object({ from: v.literal('folder') }),
  /** A table of names and labels among the entries. */
  v.object({ from: v.literal('csv'), file: v.string(), nameColumn: v.string(), labelColumn: v.string() }),
  v.object({ from: v.literal('none') }),
]);

const columnOptions = v.object({
  name: v.string(),
  kind: v.picklist(['numeric', 'categorical', 'boolean', 'text', 'image']),
  use: v.picklist(['input', 'target', 'ignore']),
  /** What stands for a missing value; `drop` skips the row, `category` makes a category of its own. */
  missing: v.picklist(['mean', 'median', 'zero', 'category', 'drop']),
});
const task = v.picklist(['classification', 'regression']);
const tableOptions = {
  columns: v.pipe(v.array(columnOptions), v.maxLength(20_000)),
  task,
  /** Numeric inputs to mean 0 and deviation 1 over the training split. */
  standardise: v.boolean(),
};

export const importOptionsSchema = v.variant('kind', [
  v.object({ kind: v.literal('images'), ...common, picture: pictureOptions, labels: labelSource }),
  v.object({
    kind: v.literal('table'),
    ...common,
    ...tableOptions,
    delimiter: v.picklist([',', ';', '\t', '|', ' ']),
    header: v.boolean(),
  }),
  v.object({ kind: v.literal('parquet'), ...common, ...tableOptions, picture: pictureOptions }),
  /** Names of arrays: `file.npy`, or `file.npz/x_train`. */
  v.object({
    kind: v.literal('arrays'),
    ...common,
    samples: v.string(),
    labels: v.nullable(v.string()),
    testSamples: v.nullable(v.string()),
    testLabels: v.nullable(v.string()),
    task,
    /** Last axis of the samples is that of the channels. */
    channelsLast: v.boolean(),
  }),
  v.object({ kind: v.literal('idx'), ...common }),
  v.object({ kind: v.literal('cifar'), ...common, labels: v.picklist(['fine', 'coarse']) }),
  v.object({
    kind: v.literal('text'),
    ...common,
    unit: v.picklist(['characters', 'words']),
    /** Tokens of a sample. */
    length: positive,
    /** `next`: the text goes on, a target a position; `folder`: the class of the whole text. */
    labels: v.picklist(['next', 'folder']),
    lowercase: v.boolean(),
    /** Most frequent words that are kept. */
    vocabulary: positive,
  }),
  v.object({
    kind: v.literal('audio'),
    ...common,
    /** Hertz. */
    sampleRate: positive,
    seconds: v.pipe(v.number(), v.minValue(0.05), v.maxValue(60)),
    melBands: positive,
    /** Milliseconds. */
    window: v.pipe(v.number(), v.minValue(1), v.maxValue(1000)),
    hop: v.pipe(v.number(), v.minValue(1), v.maxValue(1000)),
    labels: labelSource,
  }),
]);

/** `code` has its text in the locale files; `file` and `line` say where, if that is known. */
const importProblem = v.object({
  code: v.string(),
  values: v.record(v.string(), v.union([v.string(), v.number()])),
  file: v.nullable(v.string()),
  line: v.nullable(count),
});

/** What a person should see before anything is read whole. */
const importPreview = v.object({
  /** At most 24; bytes [channels, height, width] in base64, no side longer than 96. */
  samples: v.array(v.object({ name: v.string(), label: v.nullable(v.string()), shape: v.array(count), pixels: v.string() })),
  /** At most 20 rows, as they are written. */
  rows: v.nullable(v.object({ columns: v.array(v.string()), rows: v.array(v.array(v.string())) })),
  /** At most 2,000 characters. */
  text: v.nullable(v.string()),
  /** How many entries of each class, where names tell it; at most 1,000. */
  classes: v.array(v.object({ name: v.string(), count })),
  sampleShape: v.nullable(v.array(count)),
});

export const importReportSchema = v.object({
  read: count,
  skipped: count,
  /** The first 1,000 that were skipped. */
  problems: v.array(importProblem),
  /** Samples that stand in more than one split, and samples that stand twice in one. */
  duplicates: v.object({ acrossSplits: count, withinSplits: count }),
  classes: v.array(v.object({ name: v.string(), train: count, validation: count, test: count })),
  bytes: count,
  seconds: v.number(),
});

export const importCalls = {
  /** Looks at names and beginnings; with options of a kind it proposes those of that kind, as near to them as the source allows. */
  'imports.inspect': {
    request: v.object({
      source: importSource,
      options: v.optional(importOptionsSchema),
      kind: v.optional(importKind),
      /** See jobs.cancel: looking through very many files takes time. */
      job: v.optional(v.string()),
    }),
    response: v.object({
      kinds: v.array(importKind),
      name: v.string(),
      entries: count,
      bytes: count,
      options: importOptionsSchema,
      /** Names of the tables and arrays among the entries, and the columns of the tables. */
      choices: v.object({
        arrays: v.array(v.object({ name: v.string(), shape: v.array(count), type: v.string() })),
        tables: v.array(v.object({ file: v.string(), columns: v.array(v.string()) })),
        folders: v.array(v.string()),
      }),
      preview: importPreview,
      problems: v.array(importProblem),
    }),
  },
  /** Long: see jobs.read and jobs.cancel. Nothing is left of an import that ends early. */
  'imports.run': {
    request: v.object({ source: importSource, name, options: importOptionsSchema, job: v.string() }),
    response: v.object({ dataset: datasetSummary, report: importReportSchema }),
  },
  /** That of an earlier import; null for a data set that was not imported. */
  'imports.report': { request: v.object({ dataset: v.string() }), response: v.nullable(importReportSchema) },
} as const;
