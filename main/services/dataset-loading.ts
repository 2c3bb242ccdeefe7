/**
 * Data sets for the command line, in memory unless they are large: by id, or from a folder or a pair of IDX files, without the cache where
 * the source is a person's own. It knows no device.
 */
import { basename, join } from 'node:path';
import { distributeRows, membersOf, type SplitName } from '../../compute/graph/sample-splits';
import { sizeOf, type Shape } from '../../compute/graph/tensor';
import { readIdx, readIdxPair, type LabelledSamples } from '../formats/idx.format';
import { readFile, statusOrNull, type FileSystem } from '../storage/file-system';
import { tableOf } from './bundled/mnist';
import { classNames } from './class-names';
import { formOf, type SamplePart, type SampleParts } from './dataset-cache';
import { sampleBytesOf, type DatasetManifest, type Shard } from './dataset-manifest';
import { holdOut } from './dataset-splits';
import { bytesOf } from './dataset-writer';
import { openDataset, readSource } from './datasets';
import { noProgress, type Progress } from './jobs';
import type { Places } from './places';
import { ServiceError } from './service-error';
import { DEFAULT_MEMORY_BUDGET, streamedSamples, type StreamedSamples } from './streamed-samples';

export interface LoadedSplit {
  readonly count: number;
  /** Or who reads them: where they are more than is to be kept in memory. */
  readonly samples: Uint8Array | Float32Array | Int32Array | StreamedSamples;
  readonly labels: Int32Array | Float32Array;
  /** The place of each sample in the table of the data set. */
  readonly members: Uint32Array;
}

export interface LoadedDataset {
  readonly name: string;
  readonly sampleShape: Shape;
  readonly sampleType: 'u8' | 'f32' | 'i32';
  readonly labelShape: Shape;
  readonly classes: readonly string[];
  /** What the numbers of the labels are; absent where labels are classes. */
  readonly targetNames?: readonly string[];
  /** How many numbers i32 samples may hold; absent for others. */
  readonly vocabulary?: number;
  readonly splits: Readonly<Record<SplitName, LoadedSplit>>;
}

/** Of all samples, for validation and for the test. */
const heldOutFraction = 0.1;
const fewestSamples = 10;

/** Ten per cent for validation, ten for the test, drawn by a fixed seed. Throws idx.too-few. */
function divide(samples: LabelledSamples): SampleParts {
  if (samples.count < fewestSamples) throw new ServiceError('idx.too-few', { count: samples.count, minimum: fewestSamples });
  const heldOut = Math.round(samples.count * heldOutFraction);
  const [train = new Uint32Array(0), validation = new Uint32Array(0), test = new Uint32Array(0)] = holdOut(samples.count, [
    heldOut,
    heldOut,
  ]);
  const table = tableOf(samples);
  return { train: { table, positions: train }, validation: { table, positions: validation }, test: { table, positions: test } };
}

const emptyOf = {
  u8: (length: number) => new Uint8Array(length),
  f32: (length: number) => new Float32Array(length),
  i32: (length: number) => new Int32Array(length),
};

/** A bundled or imported data set by its id; samples of more bytes than the budget stay on disk. Errors: dataset.unknown, dataset.damaged, dataset.package-missing, disk.*. */
export async function loadDataset(
  fileSystem: FileSystem,
  places: Places,
  id: string,
  progress: Progress = noProgress,
  memoryBudget = DEFAULT_MEMORY_BUDGET,
): Promise<LoadedDataset> {
  const { folder, manifest } = await openDataset({ fileSystem, places }, id, progress);
  return await loadDatasetFolder(fileSystem, folder, manifest, memoryBudget);
}

/** A data set whose shards were checked. Throws dataset.damaged, disk.*. */
async function loadDatasetFolder(
  fileSystem: FileSystem,
  folder: string,
  manifest: DatasetManifest,
  memoryBudget: number,
): Promise<LoadedDataset> {
  const { name, sampleShape, sampleType, labelShape, classes, targetNames, symbols } = manifest;
  const read = async ({ file, bytes }: Shard): Promise<Uint8Array> => {
    const shard = await readFile(fileSystem, join(folder, file), bytes);
    if (shard?.length !== bytes) throw new ServiceError('dataset.damaged', { dataset: name, file });
    return shard;
  };
  const assignments = await read(manifest.splits);
  const members = membersOf(assignments);
  const all = Object.values(members).reduce((sum, { length }) => sum + length, 0);
  const streams = all * sampleBytesOf(manifest) > memoryBudget;
  const splitOf = (split: SplitName) => {
    const count = members[split].length;
    const samples = emptyOf[sampleType](streams ? 0 : count * sizeOf(sampleShape));
    const labels = (targetNames.length > 0 ? emptyOf.f32 : emptyOf.i32)(count * sizeOf(labelShape));
    return { count, samples, labels, members: members[split] };
  };
  const splits = { train: splitOf('train'), validation: splitOf('validation'), test: splitOf('test') };
  const fill = async (part: 'samples' | 'labels', shards: readonly Shard[], rowBytes: number): Promise<void> => {
    // Shards are little-endian, and so is every platform that Hebb runs on.
    const targets = { train: bytesOf(splits.train[part]), validation: bytesOf(splits.validation[part]), test: bytesOf(splits.test[part]) };
    const distribute = distributeRows(assignments, rowBytes, targets);
    for (const shard of shards) distribute(await read(shard));
  };
  if (!streams) await fill('samples', manifest.samples, sampleBytesOf(manifest));
  await fill('labels', manifest.labels, 4 * sizeOf(labelShape));
  const vocabulary = sampleType === 'i32' ? { vocabulary: symbols.length } : {};
  const targets = targetNames.length > 0 ? { targetNames } : {};
  const loaded = (split: SplitName): LoadedSplit =>
    streams ? { ...splits[split], samples: streamedSamples(fileSystem, folder, manifest, members[split]) } : splits[split];
  return {
    name,
    sampleShape,
    sampleType,
    labelShape,
    classes,
    ...targets,
    ...vocabulary,
    splits: { train: loaded('train'), validation: loaded('validation'), test: loaded('test') },
  };
}

function gather({ table, positions }: SamplePart): LoadedSplit {
  const { sampleType, labelType } = formOf(table);
  const [size, labelSize] = [sizeOf(table.sampleShape), sizeOf(table.labelShape)];
  const samples = emptyOf[sampleType](positions.length * size);
  const labels = emptyOf[labelType](positions.length * labelSize);
  positions.forEach((position, index) => {
    samples.set(table.values.subarray(position * size, (position + 1) * size), index * size);
    labels.set(table.labels.subarray(position * labelSize, (position + 1) * labelSize), index * labelSize);
  });
  return { count: positions.length, samples, labels, members: positions };
}

function assemble(name: string, classCount: number, parts: SampleParts): LoadedDataset {
  const { sampleShape, labelShape } = parts.train.table;
  return {
    name,
    sampleShape,
    sampleType: formOf(parts.train.table).sampleType,
    labelShape,
    classes: classNames(classCount),
    splits: { train: gather(parts.train), validation: gather(parts.validation), test: gather(parts.test) },
  };
}

async function readPairAt(fileSystem: FileSystem, first: string, second: string): Promise<LabelledSamples> {
  const pair = readIdxPair(await readSource(fileSystem, first), await readSource(fileSystem, second));
  if (pair.ok) return pair.value;
  const { code, values } = pair.problem;
  throw new ServiceError(code, { ...values, file: values['file'] === 2 ? basename(second) : basename(first) });
}

/** Two IDX files, in either order, divided as an import would be. Errors: idx.*, gzip.*, disk.*. */
export async function loadIdxPair(fileSystem: FileSystem, paths: readonly [string, string]): Promise<LoadedDataset> {
  const samples = await readPairAt(fileSystem, paths[0], paths[1]);
  return assemble(basename(paths[0]), samples.classCount, divide(samples));
}

const testName = /(^|[^a-z])(t10k|test)/i;
const labelsName = /label/i;
const idxName = /(ubyte|\.idx\d?)(\.gz)?$|^[^.]*(images|labels)[^.]*(\.gz)?$/i;

/**
 * A folder with IDX files named as those of MNIST: a training pair and perhaps a test pair (`t10k…` or `test…`). With a
 * test pair a tenth of the training pair is held out for validation, as for MNIST; else it is divided as an import is.
 */
export async function loadIdxFolder(fileSystem: FileSystem, folder: string): Promise<LoadedDataset> {
  const names = (await fileSystem.list(folder)).filter(({ name, isFolder }) => !isFolder && idxName.test(name)).map(({ name }) => name);
  const pairOf = (test: boolean): readonly [string, string] | null => {
    const candidates = names.filter((name) => testName.test(name) === test).sort();
    // Where a file is there plain and packed, the plain one sorts first and is taken.
    const samples = candidates.find((name) => !labelsName.test(name));
    const labels = candidates.find((name) => labelsName.test(name));
    return samples === undefined || labels === undefined ? null : [join(folder, samples), join(folder, labels)];
  };
  const trainPair = pairOf(false);
  if (trainPair === null) throw new ServiceError('dataset.no-pair', { path: folder });
  const testPair = pairOf(true);
  if (testPair === null) return { ...(await loadIdxPair(fileSystem, trainPair)), name: basename(folder) };
  const train = await readPairAt(fileSystem, ...trainPair);
  const test = await readPairAt(fileSystem, ...testPair);
  if (train.samples.type !== test.samples.type || train.sampleShape.join() !== test.sampleShape.join())
    throw new ServiceError('idx.different-samples', { train: train.sampleShape.join('×'), test: test.sampleShape.join('×') });
  const [rest = new Uint32Array(0), validation = new Uint32Array(0)] = holdOut(train.count, [Math.round(train.count / 10)]);
  return assemble(basename(folder), Math.max(train.classCount, test.classCount), {
    train: { table: tableOf(train), positions: rest },
    validation: { table: tableOf(train), positions: validation },
    test: { table: tableOf(test), positions: Uint32Array.from({ length: test.count }, (_, index) => index) },
  });
}

/** What `--dataset` names: an id, a folder with IDX files, or one file of a pair whose other lies beside it. */
export async function loadDatasetNamed(
  fileSystem: FileSystem,
  places: Places,
  idOrPath: string,
  progress: Progress = noProgress,
  memoryBudget = DEFAULT_MEMORY_BUDGET,
): Promise<LoadedDataset> {
  const status = await statusOrNull(fileSystem, idOrPath);
  if (status === null) return await loadDataset(fileSystem, places, idOrPath, progress, memoryBudget);
  if (status.isFolder) return await loadIdxFolder(fileSystem, idOrPath);
  // Said first of the file that was named, whatever lies beside it.
  const named = readIdx(await readSource(fileSystem, idOrPath));
  if (!named.ok) throw new ServiceError(named.problem.code, { ...named.problem.values, file: basename(idOrPath) });
  const other = await partnerOf(fileSystem, idOrPath);
  if (other === null) throw new ServiceError('dataset.no-pair', { path: idOrPath });
  return await loadIdxPair(fileSystem, [idOrPath, other]);
}

/** `…-images-idx3-ubyte` ↔ `…-labels-idx1-ubyte`, in the same packing. */
async function partnerOf(fileSystem: FileSystem, path: string): Promise<string | null> {
  const name = basename(path);
  const folder = path.slice(0, path.length - name.length);
  const candidates = labelsName.test(name)
    ? [name.replace(/labels/i, 'images').replace(/idx1/i, 'idx3'), name.replace(/labels/i, 'images')]
    : [name.replace(/images/i, 'labels').replace(/idx\d/i, 'idx1'), name.replace(/images/i, 'labels')];
  for (const candidate of candidates)
    if (candidate !== name && (await statusOrNull(fileSystem, folder + candidate)) !== null) return folder + candidate;
  return null;
}
