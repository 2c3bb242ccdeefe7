/**
 * Reads single samples and all labels of a data set from its shards, by ranges, with a small cache. It knows no store
 * and no picture; how bytes are fetched comes in.
 */
import { membersOf } from '../../../compute/graph/sample-splits';
import type { Split } from '../../../compute/worker/protocol';
import type { ContractError, ContractResponse, ContractResult } from '../../../main/contract/contract';
import { bytesOfSample, sampleValues } from '../../charts/sample-picture';

export type Dataset = ContractResponse<'datasets.open'>;
export type Members = Readonly<Record<Split, Uint32Array>>;

export type FetchRange = (
  url: string,
  first: number,
  length: number,
) => Promise<ContractResult<{ readonly bytes: ArrayBuffer; readonly total: number }>>;
export type FetchAll = (url: string) => Promise<ContractResult<ArrayBuffer>>;

export interface SampleReader {
  /** Values of one sample, row-major, u8 ones divided by 255 and i32 ones as they are; the error if it cannot be read. */
  sample(split: Split, index: number): Promise<ContractResult<Float32Array>>;
  /** The same, by its place in the table of all samples. */
  sampleAt(place: number): Promise<ContractResult<Float32Array>>;
  /** The places of the samples of each split in the table of all samples. Fetched once. */
  members(): Promise<ContractResult<Members>>;
  /**
   * The labels of a split, in its order: numbers of classes, one a sample or as many as the data set's `labelShape` says, or
   * f32 where it names targets. Fetched once.
   */
  labels(split: Split): Promise<ContractResult<Int32Array | Float32Array>>;
  /** What is known of all samples, in the order of the table. Fetched once. */
  table(): Promise<ContractResult<WholeTable>>;
}

export interface WholeTable {
  /** As `labels` gives them, but of all samples. */
  readonly labels: Int32Array | Float32Array;
  /** 0 train, 1 validation, 2 test, 3 excluded. */
  readonly splits: Uint8Array;
  /** Where each sample came from; null where that is not known. */
  readonly names: readonly string[] | null;
}

/** Neighbours are fetched together: people look at samples in rows. */
const blockSamples = 32;
const cachedBlocks = 256;

const outOfRange = (index: number): { ok: false; error: ContractError } => ({
  ok: false,
  error: { code: 'data.no-such-sample', values: { index } },
});

/** What is read once; a failure is not kept, so that the next look tries again. */
function once<Value>(read: () => Promise<ContractResult<Value>>): () => Promise<ContractResult<Value>> {
  let known: Promise<ContractResult<Value>> | null = null;
  return () => {
    known ??= read().then((result) => {
      if (!result.ok) known = null;
      return result;
    });
    return known;
  };
}

export function createSampleReader(dataset: Dataset, fetchRange: FetchRange, fetchAll: FetchAll): SampleReader {
  const labelSize = dataset.labelShape.reduce((product, size) => product * size, 1);
  const bytesPerSample = bytesOfSample(dataset.sampleShape, dataset.sampleType);
  const isRegression = dataset.targetNames.length > 0;
  const blocks = new Map<string, Promise<ContractResult<ArrayBuffer>>>();

  /** A block of a shard; one that failed is not kept, so that the next look tries again. */
  function block(url: string, number: number): Promise<ContractResult<ArrayBuffer>> {
    const key = `${url}#${String(number)}`;
    const known = blocks.get(key);
    if (known) {
      blocks.delete(key);
      blocks.set(key, known);
      return known;
    }
    const fetched = fetchRange(url, number * blockSamples * bytesPerSample, blockSamples * bytesPerSample).then(
      (result): ContractResult<ArrayBuffer> => {
        if (result.ok) return { ok: true, value: result.value.bytes };
        blocks.delete(key);
        return result;
      },
    );
    blocks.set(key, fetched);
    const oldest = blocks.keys().next().value;
    if (blocks.size > cachedBlocks && oldest !== undefined) blocks.delete(oldest);
    return fetched;
  }

  function decode(bytes: ArrayBuffer, at: number): ContractResult<Float32Array> {
    if (bytes.byteLength < at + bytesPerSample) return outOfRange(at / bytesPerSample);
    return { ok: true, value: sampleValues(new Uint8Array(bytes, at, bytesPerSample), dataset.sampleType) };
  }

  const assignments = once(async (): Promise<ContractResult<Uint8Array>> => {
    const bytes = await fetchAll(dataset.splitUrl);
    return bytes.ok ? { ok: true, value: new Uint8Array(bytes.value) } : bytes;
  });
  const members = once(async (): Promise<ContractResult<Members>> => {
    const codes = await assignments();
    return codes.ok ? { ok: true, value: membersOf(codes.value) } : codes;
  });
  const names = once(async (): Promise<ContractResult<readonly string[] | null>> => {
    if (dataset.namesUrl === null) return { ok: true, value: null };
    const bytes = await fetchAll(dataset.namesUrl);
    return bytes.ok ? { ok: true, value: readNames(new TextDecoder().decode(bytes.value), dataset.count) } : bytes;
  });

  const allLabels = once(async (): Promise<ContractResult<Int32Array | Float32Array>> => {
    const length = dataset.count * labelSize;
    const all = isRegression ? new Float32Array(length) : new Int32Array(length);
    let at = 0;
    for (const { url } of dataset.labelShards) {
      const bytes = await fetchAll(url);
      if (!bytes.ok) return bytes;
      const part = isRegression ? new Float32Array(bytes.value) : new Int32Array(bytes.value);
      all.set(part.subarray(0, length - at), at);
      at += part.length;
    }
    return { ok: true, value: all };
  });

  const labelsOf = (split: Split) =>
    once(async (): Promise<ContractResult<Int32Array | Float32Array>> => {
      const [places, all] = await Promise.all([members(), allLabels()]);
      if (!places.ok) return places;
      if (!all.ok) return all;
      const mine = places.value[split];
      const labels = isRegression ? new Float32Array(mine.length * labelSize) : new Int32Array(mine.length * labelSize);
      mine.forEach((place, index) => {
        labels.set(all.value.subarray(place * labelSize, (place + 1) * labelSize), index * labelSize);
      });
      return { ok: true, value: labels };
    });
  const labels = { train: labelsOf('train'), validation: labelsOf('validation'), test: labelsOf('test') };

  async function sampleAt(place: number): Promise<ContractResult<Float32Array>> {
    if (!Number.isInteger(place) || place < 0 || place >= dataset.count) return outOfRange(place);
    let inShard = place;
    for (const { url, bytes } of dataset.sampleShards) {
      const samplesInShard = bytes / bytesPerSample;
      if (inShard < samplesInShard) {
        const read = await block(url, Math.floor(inShard / blockSamples));
        return read.ok ? decode(read.value, (inShard % blockSamples) * bytesPerSample) : read;
      }
      inShard -= samplesInShard;
    }
    return outOfRange(place);
  }

  return {
    async sample(split, index) {
      const places = await members();
      if (!places.ok) return places;
      const place = Number.isInteger(index) && index >= 0 ? places.value[split][index] : undefined;
      return place === undefined ? outOfRange(index) : await sampleAt(place);
    },
    sampleAt,
    members,
    labels: (split) => labels[split](),
    table: once(async (): Promise<ContractResult<WholeTable>> => {
      const [all, codes, known] = await Promise.all([allLabels(), assignments(), names()]);
      if (!all.ok) return all;
      if (!codes.ok) return codes;
      return known.ok ? { ok: true, value: { labels: all.value, splits: codes.value, names: known.value } } : known;
    }),
  };
}

/** One JSON string a line; a line that is none is taken as it stands. */
function readNames(text: string, count: number): readonly string[] {
  const lines = text.split('\n');
  return Array.from({ length: count }, (_, place) => {
    const line = lines[place] ?? '';
    try {
      const name: unknown = JSON.parse(line);
      return typeof name === 'string' ? name : line;
    } catch {
      return line;
    }
  });
}

/** How many samples of each class there are. */
export function countClasses(labels: Iterable<number>, classes: number): readonly number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}
