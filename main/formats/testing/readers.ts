/** Every reader of files that users bring, as the tests with hostile files know it: one entry a format. */
import { failure, ProblemError, success, type Outcome } from '../../../compute/graph/problem';
import { decodeSafetensors } from '../../../compute/graph/safetensors';
import { memorySource } from '../byte-source';
import { openCifar } from '../cifar.format';
import { openCsv } from '../csv.format';
import { unpackGzip } from '../gzip';
import { readIdx, readIdxPair, type IdxArray } from '../idx.format';
import type { ImageLimits } from '../images/decoded-image';
import { imageFormats } from '../images/images';
import { importOnnx } from '../onnx/import/import-onnx';
import { readWeightFile } from '../models/model-files';
import { openNpy, readNpy } from '../npy.format';
import { readNpz } from '../npz.format';
import { openParquet } from '../parquet.format';
import type { Table } from '../table';
import { readSymbols } from '../text.format';
import { openWav } from '../wav.format';
import { openZip, type ZipLimits } from '../zip/zip';
import {
  readBundled,
  readCheckpointManifest,
  readDatasetManifest,
  readKerasFile,
  readKerasHdf5File,
  readProject,
  readRun,
  readTensorFlowJsFile,
} from './document-readers';
import { repairPng, repairZip } from './repairs';

export interface Reader {
  /** The format, as the samples are called. */
  readonly name: string;
  /** Reads all there is. A problem may be thrown as a ProblemError; anything else that is thrown is a bug. */
  readonly read: (bytes: Uint8Array) => Outcome<unknown> | Promise<Outcome<unknown>>;
  /** Bytes that reading a file of a few kilobytes may ask for, all requests together. */
  readonly memory: number;
  readonly repair: ((bytes: Uint8Array) => Uint8Array) | null;
}

const mebibyte = 2 ** 20;

/** A quarter of a megapixel: what a hostile file can ask for is then measured in megabytes. */
const imageLimits: ImageLimits = { bytes: mebibyte, pixels: 2 ** 18 };
const zipLimits: ZipLimits = { entries: 1000, directoryBytes: mebibyte, entryBytes: mebibyte, totalBytes: 8 * mebibyte };

const reader = (name: string, memory: number, read: Reader['read'], repair: Reader['repair'] = null): Reader => ({
  name,
  memory,
  read,
  repair,
});

async function readZip(bytes: Uint8Array): Promise<Outcome<unknown>> {
  const archive = await openZip(memorySource('test.zip', bytes), zipLimits);
  if (!archive.ok) return archive;
  let problem: Outcome<unknown> = success(null);
  for (const entry of archive.value.entries) {
    const read = await archive.value.read(entry);
    if (!read.ok) problem = read;
  }
  const [refused] = archive.value.refused;
  return refused === undefined ? problem : { ok: false, problem: refused.problem };
}

async function readTable(opened: Outcome<Table>): Promise<Outcome<unknown>> {
  if (!opened.ok) return opened;
  let count = 0;
  for await (const batch of opened.value.batches()) count += batch.count;
  return success(count);
}

async function readText(bytes: Uint8Array): Promise<Outcome<unknown>> {
  const source = memorySource('test.txt', bytes);
  let count = 0;
  for (const unit of ['characters', 'words'] as const) {
    for await (const symbols of readSymbols(source, { unit, lowercase: true })) count += symbols.length;
  }
  return success(count);
}

async function readArray(bytes: Uint8Array): Promise<Outcome<unknown>> {
  const opened = await openNpy(memorySource('test.npy', bytes));
  const whole = readNpy(bytes);
  if (!opened.ok || !whole.ok) return whole;
  return opened.value.readRows(0, opened.value.shape[0] ?? 0);
}

async function readSound(bytes: Uint8Array): Promise<Outcome<unknown>> {
  const opened = await openWav(memorySource('test.wav', bytes));
  return opened.ok ? opened.value.readMono(0, opened.value.frames) : opened;
}

/** An IDX file of bytes that fits another as its labels, or as its samples. */
function companionOf({ shape: [count = 0, ...axes] }: IdxArray): Uint8Array {
  const [sizes, bytes] = axes.length === 0 ? [[count, 1], count] : [[count], count];
  const file = Buffer.alloc(4 + 4 * sizes.length + bytes);
  file.set([0, 0, 8, sizes.length]);
  sizes.forEach((size, axis) => file.writeUInt32BE(size, 4 + 4 * axis));
  return file;
}

function readArrays(bytes: Uint8Array): Outcome<unknown> {
  const one = readIdx(bytes);
  return one.ok ? readIdxPair(bytes, companionOf(one.value)) : one;
}

export const readers: readonly Reader[] = [
  ...imageFormats.map(({ name, decode }) =>
    reader(name, 24 * mebibyte, (bytes) => decode(bytes, imageLimits), name === 'png' ? repairPng : null),
  ),
  reader('zip', 16 * mebibyte, readZip, repairZip),
  reader('gzip', 2 * mebibyte, (bytes) => unpackGzip(bytes, mebibyte)),
  reader('idx', 16 * mebibyte, readArrays),
  reader('npy', 16 * mebibyte, readArray),
  reader('npz', 16 * mebibyte, (bytes) => readNpz(memorySource('test.npz', bytes), mebibyte), repairZip),
  reader('parquet', 64 * mebibyte, async (bytes) => readTable(await openParquet(memorySource('test.parquet', bytes)))),
  reader('weights', 32 * mebibyte, (bytes) => readWeightFile([{ name: 'test', bytes }]), repairZip),
  reader('cifar', 16 * mebibyte, (bytes) => {
    const opened = openCifar(memorySource('test.bin', bytes));
    return opened.ok ? opened.value.readRecords(0, opened.value.count) : opened;
  }),
  reader('csv', 16 * mebibyte, async (bytes) => readTable(await openCsv(memorySource('test.csv', bytes)))),
  reader('text', 16 * mebibyte, readText),
  reader('wav', 16 * mebibyte, readSound),
  reader('safetensors', 16 * mebibyte, decodeSafetensors),
  reader('onnx', 32 * mebibyte, (bytes) => importOnnx(bytes)),
  reader('keras', 32 * mebibyte, readKerasFile, repairZip),
  reader('keras-h5', 32 * mebibyte, readKerasHdf5File),
  reader('tensorflow-js', 32 * mebibyte, readTensorFlowJsFile),
  reader('project', 16 * mebibyte, readProject),
  reader('run', 16 * mebibyte, readRun),
  reader('dataset', 16 * mebibyte, readDatasetManifest),
  reader('checkpoint', 16 * mebibyte, readCheckpointManifest),
  reader('bundle', 16 * mebibyte, readBundled),
];

async function never(): Promise<Outcome<unknown>> {
  for (let waiting = true; waiting;) waiting = await Promise.resolve(true);
  return success(null);
}

/** Readers with faults of all kinds, by which the search for faults is itself tested. */
export const brokenReaders: readonly Reader[] = [
  reader('broken-loop', mebibyte, never),
  reader('broken-throw', mebibyte, (bytes) => success((bytes as unknown as { readonly missing: Uint8Array }).missing.length)),
  reader('broken-memory', mebibyte, () => success(new Float64Array(mebibyte).length)),
  reader('broken-heap', mebibyte, () => {
    const kept: string[][] = [];
    for (;;) kept.push(new Array<string>(mebibyte).fill('x'));
  }),
  reader('broken-place', mebibyte, () => failure('zip.corrupt')),
  reader('broken-text', mebibyte, () => failure('broken.no-such-text', { reason: 'none' })),
];

/** What a reader answers; problems that it throws are answers too. */
export async function answerOf(read: Reader['read'], bytes: Uint8Array): Promise<Outcome<unknown>> {
  try {
    return await read(bytes);
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
}
