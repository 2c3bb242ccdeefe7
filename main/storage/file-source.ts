/** A file on disk as a source of bytes. */
import { clampRange, type ByteSource } from '../formats/byte-source';
import type { FileSystem } from './file-system';

export interface FileSource extends ByteSource {
  close(): Promise<void>;
}

/**
 * Opens a file to read from. `name` is what problems call it. Errors are those of the file system; a file that became
 * shorter meanwhile gives fewer bytes.
 */
export async function openFileSource(fileSystem: FileSystem, path: string, name: string): Promise<FileSource> {
  const file = await fileSystem.open(path, 'read');
  let size: number;
  try {
    size = await file.size();
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    name,
    size,
    read: async (start, end) => {
      const [from, to] = clampRange(size, start, end);
      const bytes = new Uint8Array(to - from);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, from + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
    close: () => file.close(),
  };
}
