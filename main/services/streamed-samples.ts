/** Samples of a data set that stay on disk, and are read from its shards while they are needed. It knows no device. */
import { join } from 'node:path';
import { bytesOfRoom, createRowReader } from '../../compute/graph/row-reader';
import type { FileSystem, OpenFile } from '../storage/file-system';
import { sampleBytesOf, type DatasetManifest } from './dataset-manifest';
import { ServiceError } from './service-error';

/** Bytes of samples that are kept in memory if nobody says how many: they lie there and on the device. */
export const DEFAULT_MEMORY_BUDGET = 2 ** 30;

type Samples = Uint8Array | Float32Array | Int32Array;

export interface StreamedSamples {
  /**
   * Those of these places in the split, which ascend: row-major, one after another; in the beginning of `into` where it is given.
   * Rejects with dataset.damaged, disk.*.
   */
  readonly read: (places: Uint32Array, into?: Samples) => Promise<Samples>;
}

const arrayOf = {
  u8: ({ buffer, length }: Uint8Array<ArrayBuffer>) => new Uint8Array(buffer, 0, length),
  f32: ({ buffer, length }: Uint8Array<ArrayBuffer>) => new Float32Array(buffer, 0, length / 4),
  i32: ({ buffer, length }: Uint8Array<ArrayBuffer>) => new Int32Array(buffer, 0, length / 4),
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

/** Fills `bytes` with those from `first` on; fewer where the file ends. */
async function readBytes(file: OpenFile, first: number, bytes: Uint8Array): Promise<Uint8Array> {
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, first + filled);
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
  let files = openOnce(fileSystem, (shard) => join(folder, fileOf(shard)));
  const readRows = createRowReader({
    rowBytes,
    shardRows: samples.map(({ bytes }) => bytes / rowBytes),
    readRange: async (shard, first, length, room) => {
      const bytes = await readBytes(await files.file(shard), first, room());
      if (bytes.length !== length) throw new ServiceError('dataset.damaged', { dataset: name, file: fileOf(shard) });
      return bytes;
    },
  });
  let readings = 0;
  return {
    read: async (places, into) => {
      readings++;
      try {
        const rows = await readRows(
          places.map((place) => members[place] ?? 0),
          bytesOfRoom(into),
        );
        // Shards are little-endian, and so is every platform that Hebb runs on.
        return arrayOf[sampleType](rows);
      } finally {
        readings--;
        const last = files;
        if (readings === 0) {
          files = openOnce(fileSystem, (shard) => join(folder, fileOf(shard)));
          await last.close();
        }
      }
    },
  };
}
