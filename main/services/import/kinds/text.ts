/** Texts for language models: pieces of tokens, each to be continued, or each file of the class that its folder names. */
import {
  createVocabulary,
  createWindows,
  readBeginning,
  readSymbols,
  readText,
  type TextOptions,
  type Vocabulary,
} from '../../../formats/text.format';
import { createCollector } from '../collector';
import { stemOf, withEntry, type ImportEntry } from '../entries';
import { classesOf, countLabels, hasSplits, placeByFolder } from '../folders';
import { usualSeed, usualSplits, type KindDefinition, type Ran, type RunContext } from '../kind';
import { problemOf } from '../report';
import { noHint, splitOfFile, type OptionsOf } from '../splits';

type Options = OptionsOf<'text'>;

const takes = (path: string): boolean => /\.(txt|text|md)$/i.test(path);
const previewed = 2000;
const batchSamples = 512;
const texts = (entries: readonly ImportEntry[]): ImportEntry[] => entries.filter(({ path }) => takes(path));

/** All symbols of all texts, counted. What cannot be read is told once, here. */
async function vocabularyOf(
  context: RunContext,
  files: readonly ImportEntry[],
  options: Options,
): Promise<{ readonly vocabulary: Vocabulary; readonly readable: ReadonlySet<ImportEntry> }> {
  const counter = createVocabulary(options.unit);
  const readable = new Set<ImportEntry>();
  for (const [number, entry] of files.entries()) {
    try {
      await withEntry(entry, async (source) => {
        for await (const symbols of readSymbols(source, options)) {
          counter.add(symbols);
          context.progress((0.4 * number) / files.length);
        }
      });
      readable.add(entry);
    } catch (error) {
      const problem = problemOf(error);
      if (problem === null) throw error;
      context.skips.add(problem, entry.path);
    }
    context.progress((0.4 * (number + 1)) / files.length);
  }
  return { vocabulary: counter.result(options.vocabulary, options.labels === 'folder'), readable };
}

/** Pieces one after another, each with what follows it. Neighbours share nothing, so that a lot may part them. */
async function runNext(context: RunContext, options: Options, files: readonly ImportEntry[]): Promise<Ran> {
  const { vocabulary, readable } = await vocabularyOf(context, files, options);
  const { length } = options;
  const symbols = vocabulary.symbols;
  const form = { sampleShape: [length], sampleType: 'i32' as const, labelShape: [length], labelType: 'i32' as const };
  const collector = createCollector(context.fileSystem, context.folder, form, context.description, options);
  let bytes = 0;
  try {
    for (const [number, entry] of files.entries()) {
      if (!readable.has(entry)) continue;
      const hint = options.splits.by === 'file' ? splitOfFile(stemOf(entry.path)) : noHint;
      await withEntry(entry, async (source) => {
        bytes += source.size;
        const windows = createWindows(length, length);
        for await (const part of readSymbols(source, options)) {
          const found = windows(part.map(vocabulary.codeOf));
          for (let from = 0; from < found.length; from += batchSamples) {
            const some = found.slice(from, from + batchSamples);
            const [values, labels] = [new Int32Array(some.length * length), new Int32Array(some.length * length)];
            some.forEach((window, index) => {
              values.set(window.sample, index * length);
              labels.set(window.labels, index * length);
            });
            await collector.add({
              values,
              labels,
              hints: new Uint8Array(some.length).fill(hint),
              positions: Uint32Array.from(some, ({ start }) => start),
              names: some.map(({ start }) => `${entry.path}:${String(start)}`),
            });
          }
          context.progress(0.4 + (0.6 * number) / files.length);
        }
      });
    }
    return { ...(await collector.finish({ classes: symbols, symbols })), bytes };
  } finally {
    await collector.abandon();
  }
}

async function runFolders(context: RunContext, options: Options, files: readonly ImportEntry[]): Promise<Ran> {
  const placed = placeByFolder(files.map(({ path }) => path));
  const classes = classesOf(placed);
  const { vocabulary, readable } = await vocabularyOf(context, files, options);
  const textOptions: TextOptions = options;
  const { length } = options;
  const form = { sampleShape: [length], sampleType: 'i32' as const, labelShape: [], labelType: 'i32' as const };
  const collector = createCollector(context.fileSystem, context.folder, form, context.description, options);
  let bytes = 0;
  try {
    for (const [number, entry] of files.entries()) {
      const { label = null, hint = noHint } = placed[number] ?? {};
      if (label === null) context.skips.add({ code: 'import.no-label', values: {} }, entry.path);
      if (label === null || !readable.has(entry)) continue;
      const sample = await withEntry(entry, async (source) => {
        bytes += source.size;
        return await readBeginning(source, textOptions, vocabulary, length);
      });
      if (!sample.ok) context.skips.add(sample.problem, entry.path);
      else
        await collector.add({
          values: sample.value,
          labels: Int32Array.of(classes.indexOf(label)),
          hints: Uint8Array.of(hint),
          positions: Uint32Array.of(number),
          names: [entry.path],
        });
      context.progress(0.4 + (0.6 * (number + 1)) / files.length);
    }
    return { ...(await collector.finish({ classes, symbols: vocabulary.symbols })), bytes };
  } finally {
    await collector.abandon();
  }
}

export const text: KindDefinition<'text'> = {
  kind: 'text',
  takes,
  propose: async ({ entries }, given) => {
    const files = texts(entries);
    const placed = placeByFolder(files.map(({ path }) => path));
    const classes = classesOf(placed);
    const byFolder = classes.length > 1;
    const options: Options = given ?? {
      kind: 'text',
      seed: usualSeed,
      splits: { ...usualSplits(hasSplits(placed) ? 'folder' : 'ratio'), stratified: byFolder },
      unit: byFolder ? 'words' : 'characters',
      length: byFolder ? 256 : 64,
      labels: byFolder ? 'folder' : 'next',
      lowercase: byFolder,
      vocabulary: byFolder ? 10_000 : 256,
    };
    let shown = '';
    const [first] = files;
    if (first !== undefined)
      await withEntry(first, async (source) => {
        for await (const part of readText(source)) {
          shown += part;
          if (shown.length >= previewed) break;
        }
      });
    return {
      options,
      preview: { text: shown.slice(0, previewed), classes: countLabels(placed), sampleShape: [options.length] },
      choices: { folders: classes.slice(0, 1000) },
    };
  },
  run: (context, options) => {
    const files = texts(context.entries);
    return options.labels === 'next' ? runNext(context, options, files) : runFolders(context, options, files);
  },
};
