/** Folders and archives of images: a class a folder, or as a table beside them says. */
import { decodeImage, hasImageName } from '../../../formats/images/images';
import { usualImageLimits } from '../../../formats/images/decoded-image';
import { ServiceError } from '../../service-error';
import { createCollector } from '../collector';
import type { DecodedBatch, EncodedImage } from '../decoding';
import { readEntry, type ImportEntry } from '../entries';
import { classesOf, countLabels, hasSplits, placeByFolder, spread, type Placed } from '../folders';
import { usualSeed, usualSplits, type InspectContext, type KindDefinition, type Preview } from '../kind';
import { findLabelTable, readLabelTable, tablesAmong } from '../labels-table';
import { shapeOf, type PictureForm } from '../picture';
import { problemOf } from '../report';
import { shuffled } from '../shuffle';
import { noHint, type OptionsOf } from '../splits';

type Options = OptionsOf<'images'>;

const previewed = 24;
/** Of a preview, in pixels. */
const longestPreview = 96;
/** Images that are tried for their size. */
const mostTried = 20;
/** Images that go to a thread at once, and their bytes where the thread does not read them by itself. */
const batchImages = 64;
const batchBytes = 8 * 1024 * 1024;
const mostClasses = 10_000;

export const pictureEntries = (entries: readonly ImportEntry[]): ImportEntry[] => entries.filter(({ path }) => hasImageName(path));

/** Size and colour of the first image that can be read. Throws import.no-image. */
async function firstPicture(entries: readonly ImportEntry[]): Promise<{ width: number; height: number; channels: number }> {
  for (const entry of entries.slice(0, mostTried)) {
    const decoded = await readEntry(entry, usualImageLimits.bytes)
      .then((bytes) => decodeImage(bytes, usualImageLimits))
      .catch((error: unknown) => {
        if (problemOf(error) === null) throw error;
        return null;
      });
    if (decoded?.ok === true) return decoded.value;
  }
  throw new ServiceError('import.no-image', { count: Math.min(entries.length, mostTried) });
}

/** The form of all samples: what is left open is as the first image is. */
export async function pictureForm(picture: Options['picture'], entries: readonly ImportEntry[]): Promise<PictureForm> {
  const { width, height, fit, colour } = picture;
  const size = width === null || height === null ? await firstPicture(entries) : { width, height };
  return { width: width ?? size.width, height: height ?? size.height, fit, channels: colour === 'grey' ? 1 : 3 };
}

/** Class and split of each entry. */
async function place(context: InspectContext, pictures: readonly ImportEntry[], { labels, splits }: Options): Promise<Placed[]> {
  const byFolder = placeByFolder(pictures.map(({ path }) => path));
  if (labels.from === 'folder') return byFolder.map((each) => ({ ...each, label: each.label ?? context.name }));
  if (labels.from === 'none') return byFolder.map(({ hint }) => ({ label: context.name, hint }));
  const lookUp = await readLabelTable(context.entries, labels, splits.by === 'column' ? splits.column : null);
  return pictures.map(({ path }, index) => {
    const found = lookUp(path);
    const hint = found === null || found.hint === noHint ? (byFolder[index]?.hint ?? noHint) : found.hint;
    return { label: found?.label ?? null, hint };
  });
}

const encodedOf = async (entry: ImportEntry): Promise<EncodedImage> => entry.region ?? (await readEntry(entry, usualImageLimits.bytes));

/** The first few, as they would become. */
export async function previewPictures(
  context: Pick<InspectContext, 'pool' | 'skips'>,
  chosen: readonly { readonly entry: ImportEntry; readonly label: string | null }[],
  form: PictureForm,
): Promise<Preview['samples']> {
  const scale = Math.min(1, longestPreview / Math.max(form.width, form.height));
  const small = { ...form, width: Math.max(1, Math.round(form.width * scale)), height: Math.max(1, Math.round(form.height * scale)) };
  const samples: Preview['samples'] = [];
  for (const { entry, label } of chosen) {
    try {
      const { values, problems } = await context.pool.decode({ images: [await encodedOf(entry)], form: small });
      const [problem] = problems;
      if (problem) context.skips.add(problem, entry.path);
      else samples.push({ name: entry.path, label, shape: [...shapeOf(small)], pixels: Buffer.from(values).toString('base64') });
    } catch (error) {
      const problem = problemOf(error);
      if (problem === null) throw error;
      context.skips.add(problem, entry.path);
    }
  }
  return samples;
}

export const images: KindDefinition<'images'> = {
  kind: 'images',
  takes: hasImageName,
  propose: async (context, given) => {
    const pictures = pictureEntries(context.entries);
    const byFolder = placeByFolder(pictures.map(({ path }) => path));
    const tables = await tablesAmong(context.entries);
    const classes = classesOf(byFolder);
    const table =
      tables.length === 0 || classes.length > 1
        ? null
        : await findLabelTable(
            context.entries,
            pictures.map(({ path }) => path),
          );
    const first = await firstPicture(pictures);
    const options: Options = given ?? {
      kind: 'images',
      seed: usualSeed,
      splits: usualSplits(hasSplits(byFolder) ? 'folder' : 'ratio'),
      picture: { height: first.height, width: first.width, fit: 'cover', colour: first.channels === 1 ? 'grey' : 'colour' },
      labels: table !== null ? { from: 'csv', ...table } : classes.length > 0 ? { from: 'folder' } : { from: 'none' },
    };
    const placed = await place(context, pictures, options);
    const form = await pictureForm(options.picture, pictures);
    const chosen = spread(
      pictures.map((entry, index) => ({ entry, label: placed[index]?.label ?? null })),
      previewed,
    );
    return {
      options,
      preview: { samples: await previewPictures(context, chosen, form), classes: countLabels(placed), sampleShape: [...shapeOf(form)] },
      choices: { tables, folders: classes.slice(0, 1000) },
    };
  },

  run: async (context, options) => {
    const { skips, pool, progress } = context;
    const pictures = pictureEntries(context.entries);
    const placed = await place(context, pictures, options);
    const classes = classesOf(placed);
    if (classes.length > mostClasses) throw new ServiceError('import.too-many-classes', { count: classes.length, maximum: mostClasses });
    const numbers = new Map(classes.map((name, index) => [name, index]));
    const form = await pictureForm(options.picture, pictures);
    const sampleShape = shapeOf(form);
    const collector = createCollector(
      context.fileSystem,
      context.folder,
      { sampleShape, sampleType: 'u8', labelShape: [], labelType: 'i32' },
      context.description,
      options,
    );
    // Classes are mixed, so that samples in the order of the table can be trained on as they come.
    const order = shuffled(pictures.length, options.seed).filter((index) => {
      if (placed[index]?.label !== null) return true;
      skips.add({ code: 'import.no-label', values: {} }, pictures[index]?.path ?? null);
      return false;
    });
    let [bytes, done] = [0, 0];

    const take = async (members: readonly number[], batch: DecodedBatch): Promise<void> => {
      bytes += batch.bytes;
      done += members.length;
      const read = members.filter((member, index) => {
        const problem = batch.problems[index];
        if (problem) skips.add(problem, pictures[member]?.path ?? null);
        return !problem;
      });
      await collector.add({
        values: batch.values,
        labels: Int32Array.from(read, (member) => numbers.get(placed[member]?.label ?? '') ?? 0),
        hints: Uint8Array.from(read, (member) => placed[member]?.hint ?? noHint),
        positions: Uint32Array.from(read),
        names: read.map((member) => pictures[member]?.path ?? ''),
      });
      progress(done / Math.max(1, order.length));
    };

    try {
      // As many batches are under way as there are threads, and one more for each; they are taken in their order.
      const underWay: { members: number[]; decoded: Promise<DecodedBatch> }[] = [];
      const takeFirst = async (): Promise<void> => {
        const first = underWay.shift();
        if (first !== undefined) await take(first.members, await first.decoded);
      };
      for (let from = 0; from < order.length;) {
        const members: number[] = [];
        const encoded: EncodedImage[] = [];
        let held = 0;
        while (from < order.length && members.length < batchImages && held < batchBytes) {
          const member = order[from++] ?? 0;
          const entry = pictures[member];
          if (entry === undefined) continue;
          try {
            const image = await encodedOf(entry);
            if (image instanceof Uint8Array) held += image.length;
            encoded.push(image);
            members.push(member);
          } catch (error) {
            const problem = problemOf(error);
            if (problem === null) throw error;
            skips.add(problem, entry.path);
          }
        }
        const decoded = pool.decode({ images: encoded, form });
        // It is met when its turn comes.
        decoded.catch(() => undefined);
        underWay.push({ members, decoded });
        if (underWay.length > 2 * pool.width) await takeFirst();
      }
      while (underWay.length > 0) await takeFirst();
      return { ...(await collector.finish({ classes })), bytes };
    } finally {
      await collector.abandon();
    }
  },
};
