/** Rows of numbers on their way from a table to samples: in memory while they are few, else in a file beside the data set. */
import { join } from 'node:path';
import { writeAll } from '../../storage/atomic';
import type { FileSystem, OpenFile } from '../../storage/file-system';

const heldBytes = 32 * 1024 * 1024;
const pieceBytes = 4 * 1024 * 1024;

export interface RawRows {
  readonly count: number;
  /** `rows` are the caller's again once it returns. */
  add(rows: Float64Array): Promise<void>;
  /** All rows in order, some at a time, each piece valid until the next is asked for. */
  read(): AsyncIterable<Float64Array>;
  /** Removes the file, if there is one. */
  remove(): Promise<void>;
}

export function createRawRows(fileSystem: FileSystem, folder: string, width: number): RawRows {
  const path = join(folder, 'rows.raw');
  const held: Float64Array[] = [];
  let [count, inMemory, written] = [0, 0, 0];
  let file: OpenFile | null = null;
  /** What is created is open for writing alone; these rows are read again. */
  const openNew = async (): Promise<OpenFile> => {
    const created = await fileSystem.open(path, 'create');
    await created.close();
    return await fileSystem.open(path, 'update');
  };
  const write = async (rows: Float64Array): Promise<void> => {
    // It need not outlive the import, so it is not brought to the disk.
    file ??= await openNew();
    await writeAll(file, new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength), written);
    written += rows.byteLength;
  };
  return {
    get count() {
      return count;
    },
    add: async (rows) => {
      count += rows.length / width;
      if (file === null && inMemory + rows.byteLength <= heldBytes) {
        held.push(rows.slice());
        inMemory += rows.byteLength;
        return;
      }
      for (const piece of held.splice(0)) await write(piece);
      await write(rows);
    },
    read: async function* () {
      if (file === null) {
        yield* held;
        return;
      }
      const rowBytes = 8 * width;
      const room = new Float64Array(Math.max(1, Math.floor(pieceBytes / rowBytes)) * width);
      const bytes = new Uint8Array(room.buffer);
      for (let at = 0; at < written;) {
        const wanted = Math.min(bytes.length, written - at);
        for (let filled = 0; filled < wanted;) {
          const { bytesRead } = await file.read(bytes, filled, wanted - filled, at + filled);
          if (bytesRead === 0) throw Object.assign(new Error('the file of rows became shorter'), { code: 'EIO' });
          filled += bytesRead;
        }
        yield room.subarray(0, wanted / 8);
        at += wanted;
      }
    },
    remove: async () => {
      if (file === null) return;
      const open = file;
      file = null;
      await open.close();
      await fileSystem.removeFile(path);
    },
  };
}
