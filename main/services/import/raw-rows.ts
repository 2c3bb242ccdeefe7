/** Rows of numbers on their way from a table to samples: in memory while they are few, else in a file beside the data set. */
import { join } from 'node:path';
import { writeAll } from '../../storage/atomic';
import type { FileSystem, OpenFile } from '../../storage/file-system';

const heldBytes = 32 * 1024 * 1024;
const pieceBytes = 4 * 1024 * 1024;

export interface RawRows {
  readonly count: number;
  /** `rows` are kept, and must not change any more. */
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
  /** Or on its way there. */
  let isOnDisk = false;
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
  let underWay: Promise<void> = Promise.resolve();
  const writeHeldAnd = async (rows: Float64Array): Promise<void> => {
    for (const piece of held.splice(0)) await write(piece);
    await write(rows);
  };
  const readPiece = async (open: OpenFile, room: Float64Array, at: number): Promise<Float64Array> => {
    const bytes = new Uint8Array(room.buffer);
    const wanted = Math.min(bytes.length, written - at);
    for (let filled = 0; filled < wanted;) {
      const { bytesRead } = await open.read(bytes, filled, wanted - filled, at + filled);
      if (bytesRead === 0) throw Object.assign(new Error('the file of rows became shorter'), { code: 'EIO' });
      filled += bytesRead;
    }
    return room.subarray(0, wanted / 8);
  };
  return {
    get count() {
      return count;
    },
    add: async (rows) => {
      count += rows.length / width;
      if (!isOnDisk && inMemory + rows.byteLength <= heldBytes) {
        held.push(rows);
        inMemory += rows.byteLength;
        return;
      }
      isOnDisk = true;
      // One is written while the next is read; what fails is met there.
      await underWay;
      underWay = writeHeldAnd(rows);
      underWay.catch(() => undefined);
    },
    read: async function* () {
      await underWay;
      if (file === null) {
        yield* held;
        return;
      }
      const length = Math.max(1, Math.floor(pieceBytes / (8 * width))) * width;
      // One is read while the other is worked on.
      const rooms = [new Float64Array(length), new Float64Array(length)] as const;
      let next = readPiece(file, rooms[0], 0);
      for (let [at, turn] = [0, 1]; at < written; turn = 1 - turn) {
        const piece = await next;
        at += piece.byteLength;
        if (at < written) {
          next = readPiece(file, rooms[turn === 0 ? 0 : 1], at);
          next.catch(() => undefined);
        }
        yield piece;
      }
    },
    remove: async () => {
      await underWay.catch(() => undefined);
      if (file === null) return;
      const open = file;
      file = null;
      await open.close();
      await fileSystem.removeFile(path);
    },
  };
}
