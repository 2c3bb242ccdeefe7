/**
 * The binary form of CIFAR-10 and CIFAR-100 (www.cs.toronto.edu/~kriz/cifar.html): records of one label (or a coarse and a
 * fine one) and 3×32×32 bytes, channel by channel. Nothing in a file says which it is; its length and name do.
 */
import { failure, success, type Outcome } from '../../compute/graph/problem';
import type { ByteSource } from './byte-source';
import { defineFormat } from './format';

export type CifarVariant = 'cifar-10' | 'cifar-100';

export const cifarShape = [3, 32, 32] as const;
const pixelBytes = 3 * 32 * 32;

interface VariantFacts {
  /** Most that each byte before the pixels may say, by what it says. */
  readonly labels: readonly { readonly level: 'coarse' | 'fine'; readonly classes: number }[];
  readonly names: RegExp;
}

const variants: Readonly<Record<CifarVariant, VariantFacts>> = {
  'cifar-10': { labels: [{ level: 'fine', classes: 10 }], names: /^(data_batch_\d+|test_batch)\.bin$/i },
  'cifar-100': {
    labels: [
      { level: 'coarse', classes: 20 },
      { level: 'fine', classes: 100 },
    ],
    names: /^(train|test)\.bin$/i,
  },
};

const recordBytes = (variant: CifarVariant): number => variants[variant].labels.length + pixelBytes;
const baseName = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** Whether a file of this name (with its folders) holds the test samples. */
export const isCifarTest = (name: string): boolean => /^test/i.test(baseName(name));

/** Which labels the lines of a file of this name are for; null for any other file. */
export function cifarNamesLevel(name: string): 'coarse' | 'fine' | null {
  const base = baseName(name).toLowerCase();
  if (base === 'batches.meta.txt' || base === 'fine_label_names.txt') return 'fine';
  return base === 'coarse_label_names.txt' ? 'coarse' : null;
}

/** Names of classes, one a line. */
export const readCifarNames = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

export interface CifarRecords {
  /** Row-major [count, 3, 32, 32]. */
  readonly samples: Uint8Array;
  /** Of the ten or hundred classes. */
  readonly fine: Uint8Array;
  /** Of the twenty groups of classes of CIFAR-100; empty for CIFAR-10. */
  readonly coarse: Uint8Array;
}

export interface OpenCifar {
  readonly variant: CifarVariant;
  readonly count: number;
  /** At most `count` records from `first` on. Problems: cifar.label, cifar.changed. */
  readonly readRecords: (first: number, count: number) => Promise<Outcome<CifarRecords>>;
}

/** Tells the variant by the length of a file, and by its name where both fit. Problems: cifar.length, cifar.empty. */
export function openCifar(source: ByteSource): Outcome<OpenCifar> {
  const { name, size } = source;
  if (size === 0) return failure('cifar.empty', { file: name });
  const fitting = (['cifar-10', 'cifar-100'] as const).filter((candidate) => size % recordBytes(candidate) === 0);
  const variant = fitting.find((candidate) => variants[candidate].names.test(baseName(name))) ?? fitting[0];
  if (variant === undefined) return failure('cifar.length', { file: name, bytes: size });
  const count = size / recordBytes(variant);
  return success({ variant, count, readRecords: (first, wanted) => readRecords(source, variant, first, Math.min(wanted, count - first)) });
}

async function readRecords(source: ByteSource, variant: CifarVariant, first: number, count: number): Promise<Outcome<CifarRecords>> {
  const length = recordBytes(variant);
  const { labels } = variants[variant];
  const bytes = await source.read(first * length, (first + count) * length);
  if (bytes.length !== count * length) return failure('cifar.changed', { file: source.name, offset: first * length + bytes.length });
  const samples = new Uint8Array(count * pixelBytes);
  const read = { fine: new Uint8Array(count), coarse: new Uint8Array(labels.length > 1 ? count : 0) };
  for (let record = 0; record < count; record++) {
    const start = record * length;
    for (const [place, { level, classes }] of labels.entries()) {
      const label = bytes[start + place]!;
      if (label >= classes)
        return failure('cifar.label', { file: source.name, offset: first * length + start + place, actual: label, maximum: classes - 1 });
      read[level][record] = label;
    }
    samples.set(bytes.subarray(start + labels.length, start + length), record * pixelBytes);
  }
  return success({ samples, ...read });
}

export const format = defineFormat({
  name: 'cifar',
  label: 'CIFAR',
  extensions: ['.bin'],
  /** Only that the first bytes may be labels: the length of the file tells the rest. */
  probe: (head) => head.length > 2 && (head[0]! < 10 || (head[0]! < 20 && head[1]! < 100)),
});
