/**
 * A journal: records appended to a file, one JSON object a line, each with the length in bytes and the CRC-32 of its
 * record, so that a reader knows which were written whole:
 * `{"bytes":25,"crc32":"89abcdef","record":{…}}`. A torn end is cut off, never an error.
 */
import { crc32 } from 'node:zlib';
import { writeAll, writeFile } from './atomic';
import { readFile, type FileSystem } from './file-system';

const newline = 10;
const lineHead = /^\{"bytes":(\d{1,9}),"crc32":"([0-9a-f]{8})","record":/;
const headLimit = 64;

const checksum = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0');

/** One line for a record; `undefined` becomes null, as JSON has it. */
export function encodeRecord(record: unknown): Uint8Array {
  // JSON.stringify gives undefined for undefined and functions, though its type does not say so.
  const text = (JSON.stringify(record) as string | undefined) ?? 'null';
  const bytes = new TextEncoder().encode(text);
  return new TextEncoder().encode(`{"bytes":${String(bytes.length)},"crc32":"${checksum(bytes)}","record":${text}}\n`);
}

type Line = { readonly ok: true; readonly record: unknown } | { readonly ok: false };

function decodeLine(line: Uint8Array): Line {
  const head = lineHead.exec(new TextDecoder('latin1').decode(line.subarray(0, headLimit)));
  if (head === null) return { ok: false };
  const start = head[0].length;
  const record = line.subarray(start, line.length - 1);
  if (record.length !== Number(head[1]) || line[line.length - 1] !== 0x7d || checksum(record) !== head[2]) return { ok: false };
  try {
    return { ok: true, record: JSON.parse(new TextDecoder().decode(record)) as unknown };
  } catch {
    return { ok: false };
  }
}

export interface JournalContent {
  readonly records: readonly unknown[];
  /** Up to the end of the last whole record: what follows is torn. */
  readonly wholeBytes: number;
  /** Lines among the whole ones whose checksum does not hold. */
  readonly damaged: number;
}

export function decodeJournal(bytes: Uint8Array): JournalContent {
  const records: unknown[] = [];
  let wholeBytes = 0;
  let damaged = 0;
  let damagedSinceWhole = 0;
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(newline, start);
    if (end === -1) break;
    const line = decodeLine(bytes.subarray(start, end));
    if (line.ok) {
      records.push(line.record);
      wholeBytes = end + 1;
      damaged += damagedSinceWhole;
      damagedSinceWhole = 0;
    } else damagedSinceWhole++;
    start = end + 1;
  }
  return { records, wholeBytes, damaged };
}

/** All whole records; none if there is no such file. */
export async function readJournal(fileSystem: FileSystem, path: string): Promise<JournalContent> {
  return decodeJournal((await readFile(fileSystem, path)) ?? new Uint8Array(0));
}

export interface Journal {
  /**
   * When it resolves the records are on the disk. When it rejects none of them is in the journal: they were cut off, or
   * will be by the next append. A process that dies on the way leaves the first few, each whole. Calls queue up.
   */
  append(records: readonly unknown[]): Promise<void>;
}

/** Opens a journal for appending, by one process at a time (see lock.ts). */
export function openJournal(fileSystem: FileSystem, path: string): Journal {
  /** Where the next record goes; null until the file was looked at. */
  let end: number | null = null;
  /** Whether something may stand behind `end` that does not belong there. */
  let torn = false;
  let queue: Promise<void> = Promise.resolve();

  const findEnd = async (): Promise<number> => {
    const bytes = await readFile(fileSystem, path);
    if (bytes === null) {
      await writeFile(fileSystem, path, new Uint8Array(0));
      return 0;
    }
    const { wholeBytes } = decodeJournal(bytes);
    if (wholeBytes < bytes.length) await cut(wholeBytes);
    return wholeBytes;
  };

  const cut = async (length: number): Promise<void> => {
    const file = await fileSystem.open(path, 'update');
    try {
      await file.truncate(length);
      await file.sync();
    } finally {
      await file.close();
    }
  };

  const append = async (records: readonly unknown[]): Promise<void> => {
    const lines = records.map(encodeRecord);
    const start = (end ??= await findEnd());
    if (torn) await cut(start);
    torn = true;
    try {
      const file = await fileSystem.open(path, 'update');
      let position = start;
      try {
        for (const line of lines) {
          await writeAll(file, line, position);
          position += line.length;
        }
        await file.sync();
      } finally {
        await file.close();
      }
      end = position;
      torn = false;
    } catch (error) {
      await cut(start).then(
        () => (torn = false),
        () => undefined,
      );
      throw error;
    }
  };

  return {
    append: (records) => {
      const result = queue.then(() => append(records));
      queue = result.catch(() => undefined);
      return result;
    },
  };
}
