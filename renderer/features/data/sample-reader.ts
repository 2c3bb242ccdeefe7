/**
 * Reads single samples and all labels of a data set from its shards, by ranges, with a small cache. It knows no store
 * and no picture; how bytes are fetched comes in.
 */
import type { Split } from '../../../compute/worker/protocol';
import type { ContractError, ContractResponse, ContractResult } from '../../../main/contract/contract';

export type Dataset = ContractResponse<'datasets.open'>;

export type FetchRange = (
  url: string,
  first: number,
  length: number,
) => Promise<ContractResult<{ readonly bytes: ArrayBuffer; readonly total: number }>>;
export type FetchAll = (url: string) => Promise<ContractResult<ArrayBuffer>>;

export interface SampleReader {
  /** Values of one sample, row-major, u8 ones divided by 255 and i32 ones as they are; the error if it cannot be read. */
  sample(split: Split, index: number): Promise<ContractResult<Float32Array>>;
  /** All class numbers of a split, in its order: one a sample, or as many as the data set's `labelShape` says. Fetched once. */
  labels(split: Split): Promise<ContractResult<Int32Array>>;
}

/** Neighbours are fetched together: people look at samples in rows. */
const blockSamples = 32;
const cachedBlocks = 256;

const outOfRange = (index: number): { ok: false; error: ContractError } => ({
  ok: false,
  error: { code: 'data.no-such-sample', values: { index } },
});

export function createSampleReader(dataset: Dataset, fetchRange: FetchRange, fetchAll: FetchAll): SampleReader {
  const elements = dataset.sampleShape.reduce((product, size) => product * size, 1);
  const labelSize = dataset.labelShape.reduce((product, size) => product * size, 1);
  const bytesPerSample = elements * (dataset.sampleType === 'u8' ? 1 : 4);
  const blocks = new Map<string, Promise<ContractResult<ArrayBuffer>>>();
  const labels = new Map<Split, Promise<ContractResult<Int32Array>>>();
  const shardBytes = new Map<string, number>();

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
        if (!result.ok) {
          blocks.delete(key);
          return result;
        }
        shardBytes.set(url, result.value.total);
        return { ok: true, value: result.value.bytes };
      },
    );
    blocks.set(key, fetched);
    const oldest = blocks.keys().next().value;
    if (blocks.size > cachedBlocks && oldest !== undefined) blocks.delete(oldest);
    return fetched;
  }

  function decode(bytes: ArrayBuffer, at: number): ContractResult<Float32Array> {
    if (bytes.byteLength < at + bytesPerSample) return outOfRange(at / bytesPerSample);
    if (dataset.sampleType === 'i32') return { ok: true, value: Float32Array.from(new Int32Array(bytes.slice(at, at + bytesPerSample))) };
    if (dataset.sampleType === 'f32') return { ok: true, value: new Float32Array(bytes.slice(at, at + bytesPerSample)) };
    return { ok: true, value: Float32Array.from(new Uint8Array(bytes, at, bytesPerSample), (value) => value / 255) };
  }

  return {
    async sample(split, index) {
      const source = dataset.splits[split];
      if (!Number.isInteger(index) || index < 0 || index >= source.count) return outOfRange(index);
      let inShard = source.first + index;
      for (const url of source.sampleUrls) {
        const last = url === source.sampleUrls.at(-1);
        if (!last && !shardBytes.has(url)) {
          const probe = await block(url, 0);
          if (!probe.ok) return probe;
        }
        const samplesInShard = last ? Infinity : Math.floor((shardBytes.get(url) ?? 0) / bytesPerSample);
        if (inShard < samplesInShard) {
          const bytes = await block(url, Math.floor(inShard / blockSamples));
          return bytes.ok ? decode(bytes.value, (inShard % blockSamples) * bytesPerSample) : bytes;
        }
        inShard -= samplesInShard;
      }
      return outOfRange(index);
    },
    labels(split) {
      const known = labels.get(split);
      if (known) return known;
      const read = async (): Promise<ContractResult<Int32Array>> => {
        const source = dataset.splits[split];
        const all: number[] = [];
        for (const url of source.labelUrls) {
          const bytes = await fetchAll(url);
          if (!bytes.ok) {
            labels.delete(split);
            return bytes;
          }
          for (const label of new Int32Array(bytes.value)) all.push(label);
        }
        return { ok: true, value: Int32Array.from(all.slice(source.first * labelSize, (source.first + source.count) * labelSize)) };
      };
      const reading = read();
      labels.set(split, reading);
      return reading;
    },
  };
}

/** How many samples of each class there are. */
export function countClasses(labels: Int32Array, classes: number): readonly number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}
