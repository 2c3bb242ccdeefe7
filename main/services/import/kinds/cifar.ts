/** CIFAR-10 and CIFAR-100 as their authors distribute them in binary form. */
import { unwrap } from '../../../../compute/graph/problem';
import { splitCodes } from '../../../../compute/graph/sample-splits';
import { cifarNamesLevel, cifarShape, isCifarTest, openCifar, readCifarNames } from '../../../formats/cifar.format';
import { classNames } from '../../class-names';
import { ServiceError } from '../../service-error';
import { createCollector } from '../collector';
import { baseName, readEntry, withEntry, type ImportEntry } from '../entries';
import { usualSeed, usualSplits, type KindDefinition } from '../kind';
import { noHint, type OptionsOf } from '../splits';

const takes = (path: string): boolean => /\.bin$/i.test(baseName(path)) && /batch|train|test/i.test(baseName(path));
const batchRecords = 1000;
const previewed = 24;
const longestNames = 64 * 1024;

const batches = (entries: readonly ImportEntry[]): ImportEntry[] => entries.filter(({ path }) => takes(path));

/** The names that stand beside the batches, or numbers where there are none. */
async function namesOf(entries: readonly ImportEntry[], level: OptionsOf<'cifar'>['labels'], count: number): Promise<readonly string[]> {
  const file = entries.find(({ path }) => cifarNamesLevel(path) === level);
  const names = file === undefined ? [] : readCifarNames(new TextDecoder().decode(await readEntry(file, longestNames)));
  return names.length === count && new Set(names).size === count ? names : classNames(count);
}

export const cifar: KindDefinition<'cifar'> = {
  kind: 'cifar',
  takes,
  propose: async ({ entries }, given) => {
    const files = batches(entries);
    const [first] = files;
    if (first === undefined) throw new ServiceError('import.no-batches');
    const options: OptionsOf<'cifar'> = given ?? {
      kind: 'cifar',
      seed: usualSeed,
      splits: usualSplits(files.some(({ path }) => isCifarTest(path)) && files.length > 1 ? 'file' : 'ratio'),
      labels: 'fine',
    };
    return await withEntry(first, async (source) => {
      const opened = unwrap(openCifar(source));
      const { samples, fine, coarse } = unwrap(await opened.readRecords(0, previewed));
      const level = opened.variant === 'cifar-10' ? 'fine' : options.labels;
      const names = await namesOf(entries, level, opened.variant === 'cifar-10' ? 10 : level === 'fine' ? 100 : 20);
      const size = samples.length / Math.max(1, fine.length);
      return {
        options,
        preview: {
          sampleShape: [...cifarShape],
          samples: Array.from(fine, (_, index) => ({
            name: `${first.path}:${String(index)}`,
            label: names[(level === 'fine' ? fine : coarse)[index] ?? 0] ?? null,
            shape: [...cifarShape],
            pixels: Buffer.from(samples.subarray(index * size, (index + 1) * size)).toString('base64'),
          })),
        },
      };
    });
  },

  run: async (context, options) => {
    const files = batches(context.entries);
    const form = { sampleShape: cifarShape, sampleType: 'u8' as const, labelShape: [], labelType: 'i32' as const };
    const collector = createCollector(context.fileSystem, context.folder, form, context.description, options);
    const hasTest = files.some(({ path }) => isCifarTest(path));
    let [bytes, variant] = [0, ''];
    try {
      for (const [number, entry] of files.entries())
        await withEntry(entry, async (source) => {
          const opened = unwrap(openCifar(source));
          if (variant !== '' && opened.variant !== variant) throw new ServiceError('import.mixed-cifar', { name: entry.path });
          ({ variant } = opened);
          const hint = !hasTest ? noHint : isCifarTest(entry.path) ? splitCodes.test : splitCodes.train;
          for (let from = 0; from < opened.count; from += batchRecords) {
            const { samples, fine, coarse } = unwrap(await opened.readRecords(from, batchRecords));
            await collector.add({
              values: samples,
              labels: Int32Array.from(variant === 'cifar-100' && options.labels === 'coarse' ? coarse : fine),
              hints: new Uint8Array(fine.length).fill(hint),
              positions: Uint32Array.from(fine, (_, index) => from + index),
              names: Array.from(fine, (_, index) => `${entry.path}:${String(from + index)}`),
            });
            context.progress((number + Math.min(1, (from + batchRecords) / opened.count)) / files.length);
          }
          bytes += source.size;
        });
      const level = variant === 'cifar-100' ? options.labels : 'fine';
      const classes = await namesOf(context.entries, level, variant === 'cifar-10' ? 10 : level === 'fine' ? 100 : 20);
      return { ...(await collector.finish({ classes })), bytes };
    } finally {
      await collector.abandon();
    }
  },
};
