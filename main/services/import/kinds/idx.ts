/** Pairs of IDX files, as MNIST is distributed: samples and labels, and perhaps a second pair for the test. */
import { splitCodes } from '../../../../compute/graph/sample-splits';
import { readIdxPair, type LabelledSamples } from '../../../formats/idx.format';
import { classNames } from '../../class-names';
import { ServiceError } from '../../service-error';
import { createCollector } from '../collector';
import { baseName, readEntry, type ImportEntry } from '../entries';
import { usualSeed, usualSplits, type KindDefinition } from '../kind';
import { noHint } from '../splits';

const testName = /(^|[^a-z])(t10k|test)/i;
const labelsName = /label/i;
const idxName = /(ubyte|\.idx\d?)(\.gz)?$|^[^.]*(images|labels)[^.]*(\.gz)?$/i;
/** Such files are read whole, and so is their pair. */
const mostBytes = 2 ** 28;
const batchSamples = 4096;
const previewed = 24;

const takes = (path: string): boolean => idxName.test(baseName(path));

/** Samples and labels; null where there is none of the kind. What is plain is taken before what is packed. */
function pairOf(entries: readonly ImportEntry[], test: boolean): readonly [ImportEntry, ImportEntry] | null {
  const candidates = entries.filter(({ path }) => takes(path) && testName.test(baseName(path)) === test);
  const samples = candidates.find(({ path }) => !labelsName.test(baseName(path)));
  const labels = candidates.find(({ path }) => labelsName.test(baseName(path)));
  return samples === undefined || labels === undefined ? null : [samples, labels];
}

/** Two files of any names are a pair too. */
const anyPair = (entries: readonly ImportEntry[]): readonly [ImportEntry, ImportEntry] | null => {
  const [first, second, third] = entries;
  return first !== undefined && second !== undefined && third === undefined ? [first, second] : null;
};

async function readPair([first, second]: readonly [ImportEntry, ImportEntry]): Promise<LabelledSamples> {
  const pair = readIdxPair(await readEntry(first, mostBytes), await readEntry(second, mostBytes));
  if (pair.ok) return pair.value;
  const { code, values } = pair.problem;
  // Problems name the file by its position; a person knows it by its name.
  throw new ServiceError(code, {
    ...values,
    file: values['file'] === 2 ? second.path : first.path,
    first: first.path,
    second: second.path,
  });
}

function pairsOf(entries: readonly ImportEntry[]): {
  readonly train: readonly [ImportEntry, ImportEntry];
  readonly test: readonly [ImportEntry, ImportEntry] | null;
} {
  const train = pairOf(entries, false) ?? pairOf(entries, true) ?? anyPair(entries);
  if (train === null) throw new ServiceError('import.no-pair', { count: entries.length });
  const test = pairOf(entries, true);
  return { train, test: test?.[0] === train[0] ? null : test };
}

export const idx: KindDefinition<'idx'> = {
  kind: 'idx',
  takes,
  propose: async ({ entries }, given) => {
    const { train, test } = pairsOf(entries);
    const { sampleShape, samples, labels, classCount, count } = await readPair(train);
    const counts = new Array<number>(classCount).fill(0);
    for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
    const size = sampleShape.reduce((product, axis) => product * axis, 1);
    const isPicture = sampleShape.length === 3 && samples.type === 'u8' && Math.max(...sampleShape) <= 96;
    return {
      options: given ?? { kind: 'idx', seed: usualSeed, splits: usualSplits(test === null ? 'ratio' : 'file') },
      preview: {
        sampleShape: [...sampleShape],
        classes: counts.map((each, label) => ({ name: String(label), count: each })).slice(0, 1000),
        samples: isPicture
          ? Array.from({ length: Math.min(previewed, count) }, (_, index) => ({
              name: `${train[0].path}:${String(index)}`,
              label: String(labels[index] ?? 0),
              shape: [...sampleShape],
              pixels: Buffer.from(samples.values.slice(index * size, (index + 1) * size)).toString('base64'),
            }))
          : [],
      },
    };
  },

  run: async (context, options) => {
    const { train, test } = pairsOf(context.entries);
    const first = await readPair(train);
    const second = test === null ? null : await readPair(test);
    const { sampleShape, samples } = first;
    if (second !== null && (second.sampleShape.join() !== sampleShape.join() || second.samples.type !== samples.type))
      throw new ServiceError('idx.different-samples', { train: sampleShape.join('×'), test: second.sampleShape.join('×') });
    const form = { sampleShape, sampleType: samples.type, labelShape: [], labelType: 'i32' as const };
    const collector = createCollector(context.fileSystem, context.folder, form, context.description, options);
    const size = sampleShape.reduce((product, axis) => product * axis, 1);
    const total = first.count + (second?.count ?? 0);
    try {
      for (const [part, hint] of [[first, second === null ? noHint : splitCodes.train] as const, [second, splitCodes.test] as const]) {
        if (part === null) continue;
        for (let from = 0; from < part.count; from += batchSamples) {
          const to = Math.min(part.count, from + batchSamples);
          await collector.add({
            values: part.samples.values.subarray(from * size, to * size),
            labels: part.labels.subarray(from, to),
            hints: new Uint8Array(to - from).fill(hint),
            positions: Uint32Array.from({ length: to - from }, (_, index) => from + index),
          });
          context.progress(collector.count / total);
        }
      }
      const classes = classNames(Math.max(first.classCount, second?.classCount ?? 0));
      return { ...(await collector.finish({ classes })), bytes: total * size * samples.values.BYTES_PER_ELEMENT };
    } finally {
      await collector.abandon();
    }
  },
};
