/** Samples of a data set that stay on disk, and are read from its shards while they are needed. It knows no device. */
import { join } from 'node:path';
import { readRows, type RowSource } from '../../compute/graph/row-reader';
import { openFileSource } from '../storage/file-source';
import type { FileSystem } from '../storage/file-system';
import { sampleBytesOf, type DatasetManifest } from './dataset-manifest';
import { ServiceError } from './service-error';

/** Bytes of samples that are kept in memory if nobody says how many: they lie there and on the device. */
export const DEFAULT_MEMORY_BUDGET = 2 ** 30;

export interface StreamedSamples {
  /** Those of these places in the split, which ascend: row-major, one after another. Rejects with dataset.damaged, disk.*. */
  readonly read: (places: Uint32Array) => Promise<Uint8Array | Float32Array | Int32Array>;
}

const arrayOf = {
  u8: (buffer: ArrayBuffer) => new Uint8Array(buffer),
  f32: (buffer: ArrayBuffer) => new Float32Array(buffer),
  i32: (buffer: ArrayBuffer) => new Int32Array(buffer),
};

/** `members`: where the samples of a split stand in the table of the data set, ascending. */
export function streamedSamples(fileSystem: FileSystem, folder: string, manifest: DatasetManifest, members: Uint32Array): StreamedSamples {
  const rowBytes = sampleBytesOf(manifest);
  const { name, samples, sampleType } = manifest;
  const source: RowSource = {
    rowBytes,
    shardRows: samples.map(({ bytes }) => bytes / rowBytes),
    readRange: async (shard, first, length) => {
      const file = samples[shard]?.file ?? '';
      const opened = await openFileSource(fileSystem, join(folder, file), file);
      try {
        const bytes = await opened.read(first, first + length);
        if (bytes.length !== length) throw new ServiceError('dataset.damaged', { dataset: name, file });
        return bytes;
      } finally {
        await opened.close();
      }
    },
  };
  // Shards are little-endian, and so is every platform that Hebb runs on.
  return {
    read: async (places) => {
      const rows = await readRows(
        source,
        places.map((place) => members[place] ?? 0),
      );
      return arrayOf[sampleType](rows.buffer);
    },
  };
}
