/** Recordings, one a sample, as log-mel spectrograms: a class a folder, or as a table beside them says. */
import { createSpectrogramReader } from '../../../formats/audio/spectrogram-samples';
import { ServiceError } from '../../service-error';
import { createCollector } from '../collector';
import { withEntry, type ImportEntry } from '../entries';
import { classesOf, countLabels, hasSplits, placeByFolder, spread, type Placed } from '../folders';
import { usualSeed, usualSplits, type InspectContext, type KindDefinition, type Preview } from '../kind';
import { findLabelTable, readLabelTable, tablesAmong } from '../labels-table';
import { problemOf } from '../report';
import { shuffled } from '../shuffle';
import { noHint, type OptionsOf } from '../splits';

type Options = OptionsOf<'audio'>;

const takes = (path: string): boolean => /\.(wav|wave)$/i.test(path);
const previewed = 12;
const longestPreview = 96;

const recordings = (entries: readonly ImportEntry[]): ImportEntry[] => entries.filter(({ path }) => takes(path));

async function place(context: InspectContext, files: readonly ImportEntry[], { labels, splits }: Options): Promise<Placed[]> {
  const byFolder = placeByFolder(files.map(({ path }) => path));
  if (labels.from === 'folder') return byFolder.map((each) => ({ ...each, label: each.label ?? context.name }));
  if (labels.from === 'none') return byFolder.map(({ hint }) => ({ label: context.name, hint }));
  const lookUp = await readLabelTable(context.entries, labels, splits.by === 'column' ? splits.column : null);
  return files.map(({ path }, index) => {
    const found = lookUp(path);
    return { label: found?.label ?? null, hint: found === null || found.hint === noHint ? (byFolder[index]?.hint ?? noHint) : found.hint };
  });
}

/** Brightness from the least to the greatest value, thinned out to a size that fits a preview. */
function pictureOf(values: Float32Array, [, bands = 1, frames = 1]: readonly number[]): { shape: number[]; pixels: string } {
  const [down, across] = [Math.ceil(bands / longestPreview), Math.ceil(frames / longestPreview)];
  const [height, width] = [Math.ceil(bands / down), Math.ceil(frames / across)];
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  const pixels = Buffer.alloc(height * width);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      // Low tones below, as people draw them.
      const value = values[(bands - 1 - row * down) * frames + column * across] ?? least;
      pixels[row * width + column] = most > least ? Math.round((255 * (value - least)) / (most - least)) : 0;
    }
  return { shape: [1, height, width], pixels: pixels.toString('base64') };
}

export const audio: KindDefinition<'audio'> = {
  kind: 'audio',
  takes,
  propose: async (context, given) => {
    const files = recordings(context.entries);
    const byFolder = placeByFolder(files.map(({ path }) => path));
    const classes = classesOf(byFolder);
    const tables = await tablesAmong(context.entries);
    const table =
      tables.length === 0 || classes.length > 1
        ? null
        : await findLabelTable(
            context.entries,
            files.map(({ path }) => path),
          );
    const options: Options = given ?? {
      kind: 'audio',
      seed: usualSeed,
      splits: usualSplits(hasSplits(byFolder) ? 'folder' : 'ratio'),
      ...{ sampleRate: 16_000, seconds: 1, melBands: 40, window: 25, hop: 10 },
      labels: table !== null ? { from: 'csv', ...table } : classes.length > 0 ? { from: 'folder' } : { from: 'none' },
    };
    const placed = await place(context, files, options);
    const reader = createSpectrogramReader(options);
    const samples: Preview['samples'] = [];
    for (const { entry, label } of spread(
      files.map((each, index) => ({ entry: each, label: placed[index]?.label ?? null })),
      previewed,
    )) {
      const read = await withEntry(entry, reader.read);
      if (read.ok) samples.push({ name: entry.path, label, ...pictureOf(read.value, reader.sampleShape) });
      else context.skips.add(read.problem, entry.path);
    }
    return {
      options,
      preview: { samples, classes: countLabels(placed), sampleShape: [...reader.sampleShape] },
      choices: { tables, folders: classes.slice(0, 1000) },
    };
  },

  run: async (context, options) => {
    const { skips } = context;
    const files = recordings(context.entries);
    const placed = await place(context, files, options);
    const classes = classesOf(placed);
    if (files.length === 0) throw new ServiceError('import.nothing', { name: context.name });
    const reader = createSpectrogramReader(options);
    const form = { sampleShape: reader.sampleShape, sampleType: 'f32' as const, labelShape: [], labelType: 'i32' as const };
    const collector = createCollector(context.fileSystem, context.folder, form, context.description, options);
    const order = shuffled(files.length, options.seed);
    let bytes = 0;
    try {
      for (const [done, index] of order.entries()) {
        const entry = files[index];
        const { label = null, hint = noHint } = placed[index] ?? {};
        if (entry === undefined) continue;
        if (label === null) {
          skips.add({ code: 'import.no-label', values: {} }, entry.path);
          continue;
        }
        try {
          const read = await withEntry(entry, async (source) => {
            bytes += source.size;
            return await reader.read(source);
          });
          if (!read.ok) skips.add(read.problem, entry.path);
          else
            await collector.add({
              values: read.value,
              labels: Int32Array.of(classes.indexOf(label)),
              hints: Uint8Array.of(hint),
              positions: Uint32Array.of(index),
              names: [entry.path],
            });
        } catch (error) {
          const problem = problemOf(error);
          if (problem === null || problem.code === 'job.cancelled' || problem.code === 'disk.full') throw error;
          skips.add(problem, entry.path);
        }
        context.progress((done + 1) / order.length);
      }
      return { ...(await collector.finish({ classes })), bytes };
    } finally {
      await collector.abandon();
    }
  },
};
