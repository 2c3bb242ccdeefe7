/** Images out of the rows of Parquet files, each with a class or numbers out of other columns. */
import { unwrap } from '../../../compute/graph/problem';
import { usualImageLimits } from '../../formats/images/decoded-image';
import { decodeImage } from '../../formats/images/images';
import { openParquet } from '../../formats/parquet.format';
import { missingCategory, type ColumnBatch, type ColumnKind } from '../../formats/table';
import { ServiceError } from '../service-error';
import { createCollector } from './collector';
import { naturally, stemOf, withEntry, type ImportEntry } from './entries';
import type { InspectContext, Preview, Ran, RunContext } from './kind';
import { shapeOf, type PictureForm } from './picture';
import { noHint, splitNamed, splitOfFile, type OptionsOf } from './splits';

type Options = OptionsOf<'parquet'>;

/** Images that go to a thread at once. */
const atOnce = 64;
const mostClasses = 10_000;
const longestPreview = 96;

/** What is left open is as the first image that can be read is. Null where none can. */
async function formOf(picture: Options['picture'], images: readonly Uint8Array[]): Promise<PictureForm | null> {
  const { width, height, fit, colour } = picture;
  const channels = colour === 'grey' ? 1 : 3;
  if (width !== null && height !== null) return { width, height, fit, channels };
  for (const bytes of images) {
    const decoded = await decodeImage(bytes, usualImageLimits);
    if (decoded.ok) return { width: width ?? decoded.value.width, height: height ?? decoded.value.height, fit, channels };
  }
  return null;
}

/** The first few, as they would become. */
export async function previewImages(
  { pool, skips }: Pick<InspectContext, 'pool' | 'skips'>,
  images: readonly { readonly bytes: Uint8Array; readonly name: string; readonly label: string | null }[],
  picture: Options['picture'],
): Promise<Pick<Preview, 'samples' | 'sampleShape'>> {
  const form = await formOf(
    picture,
    images.map(({ bytes }) => bytes),
  );
  if (form === null) return { samples: [], sampleShape: null };
  const scale = Math.min(1, longestPreview / Math.max(form.width, form.height));
  const small = { ...form, width: Math.max(1, Math.round(form.width * scale)), height: Math.max(1, Math.round(form.height * scale)) };
  const samples: Preview['samples'] = [];
  for (const { bytes, name, label } of images) {
    const { values, problems } = await pool.decode({ images: [bytes], form: small });
    const [problem] = problems;
    if (problem) skips.add(problem, name);
    else samples.push({ name, label, shape: [...shapeOf(small)], pixels: Buffer.from(values).toString('base64') });
  }
  return { samples, sampleShape: [...shapeOf(form)] };
}

/** Names of classes: as the files tell them, else all values of the column in their natural order. Throws import.too-many-classes. */
async function classesOf(entries: readonly ImportEntry[], column: string): Promise<readonly string[]> {
  const values = new Set<string>();
  let told: readonly string[] | undefined;
  for (const entry of entries)
    await withEntry(entry, async (source) => {
      const table = unwrap(await openParquet(source, { only: [column], kinds: { [column]: 'categorical' } }));
      const categories = table.columns[0]?.categories;
      told ??= categories;
      if (categories !== undefined) categories.forEach((name) => values.add(name));
      else
        for await (const { columns } of table.batches()) {
          const [read] = columns;
          if (read?.kind === 'categorical') read.categories.forEach((name) => values.add(name));
        }
    });
  if (values.size > mostClasses) throw new ServiceError('import.too-many-classes', { count: values.size, maximum: mostClasses });
  return told?.length === values.size ? told : [...values].sort(naturally);
}

interface Targets {
  /** Row-major, NaN where missing; of a classification one class a row. */
  readonly values: Float64Array;
  readonly width: number;
}

/** Throws import.image-alone, import.no-target-column, import.too-many-classes, import.no-image, import.nothing, parquet.*, disk.*. */
export async function runParquetImages(context: RunContext, options: Options, entries: readonly ImportEntry[]): Promise<Ran> {
  const { skips, pool, progress } = context;
  const used = (use: 'input' | 'target'): string[] => options.columns.filter((column) => column.use === use).map(({ name }) => name);
  const [inputs, targets] = [used('input'), used('target')];
  const [image] = inputs;
  if (image === undefined || inputs.length > 1) throw new ServiceError('import.image-alone', { column: image ?? '' });
  const isClass = options.task === 'classification';
  const [target] = targets;
  if (target === undefined || (isClass && targets.length > 1)) throw new ServiceError('import.no-target-column', { count: targets.length });
  const classes = isClass ? await classesOf(entries, target) : [];
  const numbers = new Map(classes.map((name, index) => [name, index]));
  const splitColumn = options.splits.by === 'column' ? options.splits.column : null;
  const kinds: Record<string, ColumnKind> = Object.fromEntries(targets.map((name) => [name, isClass ? 'categorical' : 'numeric']));
  if (splitColumn !== null && kinds[splitColumn] === undefined) kinds[splitColumn] = 'categorical';
  const only = [...new Set([image, ...targets, ...(splitColumn === null ? [] : [splitColumn])])];
  const sizes = await Promise.all(entries.map((entry) => entry.size()));
  const total = Math.max(
    1,
    sizes.reduce((sum, size) => sum + size, 0),
  );

  const targetsOf = (batch: ColumnBatch, columns: readonly string[]): Targets => {
    const width = targets.length;
    const values = new Float64Array(batch.count * width).fill(NaN);
    targets.forEach((name, each) => {
      const column = batch.columns[columns.indexOf(name)];
      if (column?.kind === 'numeric') column.values.forEach((value, row) => (values[row * width + each] = value));
      if (column?.kind === 'categorical')
        column.values.forEach((code, row) => {
          if (code !== missingCategory) values[row * width + each] = numbers.get(column.categories[code] ?? '') ?? NaN;
        });
    });
    return { values, width };
  };

  let form: PictureForm | null = null;
  let collector: ReturnType<typeof createCollector> | null = null;
  const begin = (found: PictureForm): ReturnType<typeof createCollector> =>
    createCollector(
      context.fileSystem,
      context.folder,
      {
        sampleShape: shapeOf(found),
        sampleType: 'u8',
        ...(isClass ? { labelShape: [], labelType: 'i32' } : { labelShape: [targets.length], labelType: 'f32' }),
      },
      context.description,
      options,
    );

  const takeBatch = async (entry: ImportEntry, batch: ColumnBatch, columns: readonly string[]): Promise<void> => {
    const pictures = batch.columns[columns.indexOf(image)];
    const splits = splitColumn === null ? undefined : batch.columns[columns.indexOf(splitColumn)];
    const fileHint = options.splits.by === 'file' ? splitOfFile(stemOf(entry.path)) : noHint;
    const hintOf = (row: number): number =>
      splits?.kind === 'categorical' ? splitNamed(splits.categories[splits.values[row] ?? missingCategory] ?? '') : fileHint;
    const labels = targetsOf(batch, columns);
    const encoded = pictures?.kind === 'image' ? pictures.values : [];
    const members: { readonly row: number; readonly bytes: Uint8Array }[] = [];
    for (let row = 0; row < batch.count; row++) {
      const bytes = encoded[row] ?? null;
      const isWhole = labels.values.subarray(row * labels.width, (row + 1) * labels.width).every((value) => !Number.isNaN(value));
      if (bytes !== null && isWhole) members.push({ row, bytes });
      else
        skips.add(
          { code: 'import.missing-value', values: { column: bytes === null ? image : target } },
          entry.path,
          batch.lines[row] ?? null,
        );
    }
    form ??= await formOf(
      options.picture,
      members.map(({ bytes }) => bytes),
    );
    if (form === null) {
      for (const { row } of members)
        skips.add({ code: 'import.no-image', values: { count: members.length } }, entry.path, batch.lines[row] ?? null);
      return;
    }
    const known = form;
    collector ??= begin(known);
    const parts = Array.from({ length: Math.ceil(members.length / atOnce) }, (_, part) =>
      members.slice(part * atOnce, (part + 1) * atOnce),
    );
    // A batch of rows is a few parts: all of them are under way at once.
    const decoded = await Promise.all(parts.map((part) => pool.decode({ images: part.map(({ bytes }) => bytes), form: known })));
    for (const [part, { values, problems }] of decoded.entries()) {
      const read = parts[part]!.filter(({ row }, index) => {
        const problem = problems[index];
        const line = batch.lines[row] ?? 0;
        // It is the image that is broken, not the file.
        if (problem) skips.add({ ...problem, values: { ...problem.values, file: `${entry.path}:${String(line)}` } }, entry.path, line);
        return !problem;
      });
      const chosen = read.flatMap(({ row }) => [...labels.values.subarray(row * labels.width, (row + 1) * labels.width)]);
      await collector.add({
        values,
        labels: isClass ? Int32Array.from(chosen) : Float32Array.from(chosen),
        hints: Uint8Array.from(read, ({ row }) => hintOf(row)),
        positions: Uint32Array.from(read, ({ row }) => batch.lines[row] ?? 0),
        names: read.map(({ row }) => `${entry.path}:${String(batch.lines[row] ?? 0)}`),
      });
    }
  };

  try {
    let bytes = 0;
    for (const [number, entry] of entries.entries()) {
      await withEntry(entry, async (source) => {
        const table = unwrap(await openParquet(source, { only, kinds }));
        const columns = table.columns.map(({ name }) => name);
        for await (const batch of table.batches()) {
          await takeBatch(entry, batch, columns);
          for (const { code, values, line } of batch.skipped) skips.add({ code, values: { ...values } }, entry.path, line);
          skips.addUnnamed(batch.skippedCount - batch.skipped.length);
          progress((bytes + batch.bytesRead) / total);
        }
      });
      bytes += sizes[number] ?? 0;
    }
    // What a closure filled looks empty still to the compiler.
    const filled = collector as ReturnType<typeof createCollector> | null;
    if (filled === null) throw new ServiceError('import.nothing', { name: context.name });
    return { ...(await filled.finish({ classes, targetNames: isClass ? [] : targets })), bytes };
  } finally {
    await (collector as ReturnType<typeof createCollector> | null)?.abandon();
  }
}
