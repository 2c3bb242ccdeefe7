/** Samples of a data set that stay on disk, and are read from its shards while they are needed. It knows no device. */
import { join } from 'node:path';
import { readRows, type RowSource } from '../../compute/graph/row-reader';
import type { FileSystem, OpenFile } from '../storage/file-system';
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

/** Files that are opened when they are first read from, and kept open until all are closed. */
function openOnce(fileSystem: FileSystem, pathOf: (file: number) => string) {
  const opened = new Map<number, Promise<OpenFile>>();
  return {
    file: (number: number): Promise<OpenFile> => {
      const known = opened.get(number) ?? fileSystem.open(pathOf(number), 'read');
      opened.set(number, known);
      return known;
    },
    close: async (): Promise<void> => {
      // What could not be opened was told to whoever asked for it.
      await Promise.allSettled([...opened.values()].map(async (file) => (await file).close()));
    },
  };
}

/** So many bytes from `first` on; fewer where the file ends. */
async function readBytes(file: OpenFile, first: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, first + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** `members`: where the samples of a split stand in the table of the data set, ascending. */
export function streamedSamples(fileSystem: FileSystem, folder: string, manifest: DatasetManifest, members: Uint32Array): StreamedSamples {
  const rowBytes = sampleBytesOf(manifest);
  const { name, samples, sampleType } = manifest;
  const fileOf = (shard: number): string => samples[shard]?.file ?? '';
  return {
    read: async (places) => {
      const files = openOnce(fileSystem, (shard) => join(folder, fileOf(shard)));
      const source: RowSource = {
        rowBytes,
        shardRows: samples.map(({ bytes }) => bytes / rowBytes),
        readRange: async (shard, first, length) => {
          const bytes = await readBytes(await files.file(shard), first, length);
          if (bytes.length !== length) throw new ServiceError('dataset.damaged', { dataset: name, file: fileOf(shard) });
          return bytes;
        },
      };
      try {
        const rows = await readRows(
          source,
          places.map((place) => members[place] ?? 0),
        );
        // Shards are little-endian, and so is every platform that Hebb runs on.
        return arrayOf[sampleType](rows.buffer);
      } finally {
        await files.close();
      }
    },
  };
}
