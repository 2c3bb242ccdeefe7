/** Arrays of numpy: samples along the first axis of one, their classes or numbers in another. */
import { unwrap } from '../../../../compute/graph/problem';
import { sizeOf } from '../../../../compute/graph/tensor';
import { memorySource } from '../../../formats/byte-source';
import { openNpy, type OpenNpy } from '../../../formats/npy.format';
import type { NumericData } from '../../../formats/numeric-array';
import { openZip, usualZipLimits } from '../../../formats/zip/zip';
import { splitCodes } from '../../../../compute/graph/sample-splits';
import { ServiceError } from '../../service-error';
import { createCollector } from '../collector';
import { extensionOf, withEntry, type ImportEntry } from '../entries';
import { usualSeed, usualSplits, type Choices, type KindDefinition } from '../kind';
import { problemOf } from '../report';
import { noHint, type OptionsOf } from '../splits';

type Options = OptionsOf<'arrays'>;

const takes = (path: string): boolean => /\.(npy|npz)$/i.test(path);
const mostClasses = 10_000;
const batchBytes = 4 * 1024 * 1024;
const mostArrays = 1000;

/** Calls `use` with each array under its name: `file.npy`, or `file.npz/x_train`. One of an archive is unpacked alone. */
async function forEachArray(
  entries: readonly ImportEntry[],
  wanted: ReadonlySet<string> | null,
  use: (name: string, array: OpenNpy) => Promise<void>,
): Promise<void> {
  for (const entry of entries.filter(({ path }) => takes(path))) {
    await withEntry(entry, async (source) => {
      if (extensionOf(entry.path) === '.npy') {
        if (wanted === null || wanted.has(entry.path)) await use(entry.path, unwrap(await openNpy(source)));
        return;
      }
      const archive = unwrap(await openZip(source, usualZipLimits));
      for (const zipped of archive.entries.filter(({ path }) => path.endsWith('.npy')).slice(0, mostArrays)) {
        const name = `${entry.path}/${zipped.path.slice(0, -'.npy'.length)}`;
        if (wanted !== null && !wanted.has(name)) continue;
        await use(name, unwrap(await openNpy(memorySource(name, unwrap(await archive.read(zipped))))));
      }
    });
  }
}

/** `x_train` and `train_images` are samples, `y_test` and `labels` are labels. */
const words = (name: string): string[] =>
  name
    .slice(name.lastIndexOf('/') + 1)
    .toLowerCase()
    .split(/[^a-z0-9]+/);
const isTest = (name: string): boolean => words(name).includes('test');
const isLabels = (name: string): boolean => words(name).some((word) => /^(y|label|labels|target|targets|class|classes)$/.test(word));

export const arrays: KindDefinition<'arrays'> = {
  kind: 'arrays',
  takes,
  propose: async ({ entries, skips }, given) => {
    const found: Choices['arrays'] = [];
    try {
      await forEachArray(entries, null, (name, { shape, type }) => {
        found.push({ name, shape: [...shape], type });
        return Promise.resolve();
      });
    } catch (error) {
      const problem = problemOf(error);
      if (problem === null || found.length === 0) throw error;
      skips.add(problem, null);
    }
    const of = (labels: boolean, test: boolean) =>
      found.find(({ name, shape }) => shape.length > 0 && isLabels(name) === labels && isTest(name) === test);
    const samples = of(false, false) ?? [...found].sort((a, b) => sizeOf(b.shape) - sizeOf(a.shape))[0];
    if (samples === undefined) throw new ServiceError('import.no-arrays');
    const count = samples.shape[0] ?? 0;
    const labels = of(true, false) ?? found.find((each) => each !== samples && each.shape[0] === count && each.shape.length <= 2);
    const testSamples = of(false, true);
    const last = samples.shape.at(-1) ?? 0;
    const options: Options = given ?? {
      kind: 'arrays',
      seed: usualSeed,
      splits: usualSplits(testSamples === undefined ? 'ratio' : 'file'),
      samples: samples.name,
      labels: labels?.name ?? null,
      testSamples: testSamples?.name ?? null,
      testLabels: of(true, true)?.name ?? null,
      task: labels?.type.startsWith('f') === true ? 'regression' : 'classification',
      channelsLast: samples.shape.length === 4 && (last === 1 || last === 3 || last === 4),
    };
    const chosen = found.find(({ name }) => name === options.samples);
    return {
      options,
      preview: { sampleShape: chosen === undefined ? null : [...sampleShapeOf(chosen.shape, options)] },
      choices: { arrays: found },
    };
  },

  run: async (context, options) => {
    const parts = [
      { samples: options.samples, labels: options.labels, hint: options.testSamples === null ? noHint : splitCodes.train },
      ...(options.testSamples === null ? [] : [{ samples: options.testSamples, labels: options.testLabels, hint: splitCodes.test }]),
    ];
    const labels = new Map<string, Labels>();
    const wanted = new Set(parts.flatMap((part) => (part.labels === null ? [] : [part.labels])));
    await forEachArray(context.entries, wanted, async (name, array) => void labels.set(name, await readLabels(name, array, options.task)));
    const classes = classNames([...labels.values()]);
    if (options.task === 'regression' && options.labels === null) throw new ServiceError('import.no-target-column', { count: 0 });
    const width = [...labels.values()][0]?.width ?? 1;
    let collector: ReturnType<typeof createCollector> | null = null;
    let form: { readonly shape: readonly number[]; readonly type: 'u8' | 'f32' } | null = null;
    let bytes = 0;
    try {
      for (const [number, part] of parts.entries())
        await forEachArray(context.entries, new Set([part.samples]), async (name, array) => {
          const [count = 0] = array.shape;
          const known = part.labels === null ? null : (labels.get(part.labels) ?? null);
          if (part.labels !== null && known === null) throw new ServiceError('import.no-array', { name: part.labels });
          if (known !== null && known.count !== count) throw new ServiceError('import.counts', { samples: count, labels: known.count });
          const shape = sampleShapeOf(array.shape, options);
          const type = array.type === 'u8' || array.type === 'bool' ? 'u8' : 'f32';
          form ??= { shape, type };
          if (shape.join() !== form.shape.join() || type !== form.type)
            throw new ServiceError('import.other-shape', { name, expected: form.shape.join('×'), actual: shape.join('×') });
          const label =
            options.task === 'regression'
              ? { labelShape: [width], labelType: 'f32' as const }
              : { labelShape: [], labelType: 'i32' as const };
          collector ??= createCollector(
            context.fileSystem,
            context.folder,
            { sampleShape: shape, sampleType: type, ...label },
            context.description,
            options,
          );
          const size = sizeOf(shape);
          const step = Math.max(1, Math.floor(batchBytes / (size * 8)));
          for (let from = 0; from < count; from += step) {
            const here = Math.min(step, count - from);
            const rows = unwrap(await array.readRows(from, here));
            bytes += rows.byteLength;
            const values = type === 'u8' ? new Uint8Array(here * size) : new Float32Array(here * size);
            arrange(rows, values, array.shape.slice(1), options.channelsLast);
            checkFinite(values, name, from);
            await collector.add({
              values,
              labels: known === null ? new Int32Array(here) : known.slice(from, from + here),
              hints: new Uint8Array(here).fill(part.hint),
              positions: Uint32Array.from({ length: here }, (_, index) => from + index),
            });
            context.progress((number + (from + here) / count) / parts.length);
          }
        });
      // Assigned within a callback, which the analysis of types does not follow.
      const filled = collector as ReturnType<typeof createCollector> | null;
      if (filled === null) throw new ServiceError('import.no-array', { name: options.samples });
      const regression = options.task === 'regression';
      const targetNames = Array.from({ length: width }, (_, index) => (width === 1 ? 'target' : `target ${String(index + 1)}`));
      return {
        ...(await filled.finish({
          classes: regression ? [] : classes.length > 0 ? classes : [context.name],
          targetNames: regression ? targetNames : [],
        })),
        bytes,
      };
    } finally {
      await (collector as ReturnType<typeof createCollector> | null)?.abandon();
    }
  },
};

/** A number a sample is a sample of one number; images without a channel axis get one. */
function sampleShapeOf(shape: readonly number[], { channelsLast }: Options): readonly number[] {
  const [, ...axes] = shape;
  if (axes.length === 0) return [1];
  if (axes.length === 2) return [1, ...axes];
  return channelsLast && axes.length === 3 ? [axes[2]!, axes[0]!, axes[1]!] : axes;
}

function arrange(rows: NumericData, values: Uint8Array | Float32Array, axes: readonly number[], channelsLast: boolean): void {
  if (!channelsLast || axes.length !== 3) {
    values.set(rows);
    return;
  }
  const [height = 1, width = 1, channels = 1] = axes;
  const plane = height * width;
  for (let from = 0; from < rows.length; from += plane * channels)
    for (let pixel = 0; pixel < plane; pixel++)
      for (let channel = 0; channel < channels; channel++)
        values[from + channel * plane + pixel] = rows[from + pixel * channels + channel]!;
}

function checkFinite(values: Uint8Array | Float32Array, name: string, first: number): void {
  if (values instanceof Uint8Array) return;
  const strange = values.findIndex((value) => !Number.isFinite(value));
  if (strange >= 0) throw new ServiceError('import.not-finite', { name, index: first, element: strange });
}

interface Labels {
  readonly count: number;
  readonly width: number;
  /** Most that a class number is; −1 where labels are numbers. */
  readonly largest: number;
  readonly slice: (from: number, to: number) => Int32Array | Float32Array;
}

/** Class numbers, one a sample, or as one-hot rows; or numbers to be predicted. */
async function readLabels(name: string, array: OpenNpy, task: Options['task']): Promise<Labels> {
  const [count = 0, ...axes] = array.shape;
  const width = sizeOf(axes);
  if (axes.length > 1 && width > 1) throw new ServiceError('import.label-shape', { name, shape: array.shape.join('×') });
  const data = unwrap(await array.readRows(0, count));
  if (task === 'regression') {
    const values = Float32Array.from(data);
    checkFinite(values, name, 0);
    return { count, width, largest: -1, slice: (from, to) => values.subarray(from * width, to * width) };
  }
  const classes = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    let label = data[row]!;
    if (width > 1) {
      label = 0;
      for (let column = 1; column < width; column++) if (data[row * width + column]! > data[row * width + label]!) label = column;
    }
    if (!Number.isInteger(label) || label < 0 || label >= mostClasses)
      throw new ServiceError('import.label-range', { name, index: row, value: String(label), maximum: mostClasses - 1 });
    classes[row] = label;
  }
  const largest = width > 1 ? width - 1 : classes.reduce((most, label) => Math.max(most, label), 0);
  return { count, width: 1, largest, slice: (from, to) => classes.subarray(from, to) };
}

const classNames = (labels: readonly Labels[]): string[] =>
  Array.from({ length: Math.max(-1, ...labels.map(({ largest }) => largest)) + 1 }, (_, index) => String(index));
