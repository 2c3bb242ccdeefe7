/** The pages of one column of a row group, one after another in bounded memory, as one value a row. */
import { ProblemError } from '../../../compute/graph/problem';
import type { ByteSource } from '../byte-source';
import { codecNames, unpack } from './compression';
import { readHybrid, wrong, type Cursor } from './encodings';
import type { ColumnChunk, SchemaNode } from './metadata';
import { numberIn, readThrift, refuse, structIn, ThriftEndError, type ThriftStruct } from './thrift';
import { isNumeric, readValues, type Values } from './values';

/** Values of consecutive rows; NaN or null where there is none. */
export type LeafRows =
  { readonly numbers: Float64Array; readonly bytes: null } | { readonly numbers: null; readonly bytes: readonly (Uint8Array | null)[] };

export interface LeafReader {
  /** The next `count` rows of the row group, which must be left. Throws ProblemErrors: parquet.page, .codec, .encoding, .changed. */
  readonly read: (count: number) => Promise<LeafRows>;
  /** Bytes of the file that were read. */
  readonly bytesRead: () => number;
}

const usualHeaderBytes = 65_536;
const mostHeaderBytes = 2 ** 24;
const mostPageBytes = 2 ** 28;
const mostPageRows = 2 ** 24;
const pageKinds = { data: 0, index: 1, dictionary: 2, data2: 3 } as const;
const runLength = 3;

interface Page {
  readonly kind: number;
  readonly header: ThriftStruct;
  readonly body: Uint8Array;
  readonly length: number;
  readonly offset: number;
}

/** `path` names the column; `definitions` is how many optional steps lead to its values. */
export function createLeafReader(
  source: ByteSource,
  path: string,
  node: SchemaNode,
  chunk: ColumnChunk,
  rows: number,
  definitions: number,
): LeafReader {
  let at = chunk.start;
  let left = rows;
  let dictionary: Values | null = null;
  let page: LeafRows | null = null;
  let taken = 0;

  const damaged = (offset: number, reason: string): never => refuse('parquet.page', { file: source.name, column: path, offset, reason });

  /** Words of the readers below become a problem with its place. */
  const within = <Value>(offset: number, work: () => Value): Value => {
    try {
      return work();
    } catch (error) {
      if (error instanceof ProblemError || !(error instanceof RangeError)) throw error;
      return damaged(offset, error.message);
    }
  };

  const readPage = async (): Promise<Page> => {
    const offset = at;
    if (offset >= chunk.end) damaged(offset, 'fewer rows than the row group has');
    let head = await source.read(offset, Math.min(chunk.end, offset + usualHeaderBytes));
    const parse = (): { value: ThriftStruct; length: number } | null => {
      try {
        return readThrift(head, (reason) => damaged(offset, reason));
      } catch (error) {
        if (error instanceof ThriftEndError) return null;
        throw error;
      }
    };
    let header = parse();
    if (header === null && head.length === usualHeaderBytes) {
      // Bounds of long values may stand in the header.
      head = await source.read(offset, Math.min(chunk.end, offset + mostHeaderBytes));
      header = parse();
    }
    if (header === null) return damaged(offset, 'a header that breaks off');
    const [kind, length, packed] = [1, 2, 3].map((field) => numberIn(header.value, field) ?? damaged(offset, 'a header without sizes'));
    if (length! < 0 || packed! < 0 || length! > mostPageBytes) damaged(offset, `a page of ${length!} bytes`);
    const start = offset + header.length;
    at = start + packed!;
    if (at > chunk.end) damaged(offset, 'a page beyond the end of its column');
    const isHere = header.length + packed! <= head.length;
    const body = isHere ? head.subarray(header.length, header.length + packed!) : await source.read(start, at);
    if (body.length !== packed!) refuse('parquet.changed', { file: source.name, offset: start + body.length });
    return { kind: kind!, header: header.value, body, length: length!, offset };
  };

  const unpackBody = (offset: number, body: Uint8Array, length: number): Uint8Array => {
    let unpacked: Uint8Array | null;
    try {
      unpacked = unpack(chunk.codec, body, length);
    } catch (error) {
      return damaged(offset, error instanceof Error ? error.message : String(error));
    }
    return unpacked ?? refuse('parquet.codec', { file: source.name, column: path, actual: codecNames[chunk.codec] ?? String(chunk.codec) });
  };

  const valuesOf = (offset: number, encoding: number, cursor: Cursor, count: number): Values =>
    within(offset, () => readValues(encoding, cursor, count, node, dictionary)) ??
    refuse('parquet.encoding', { file: source.name, column: path, offset, actual: encoding });

  /** One value a row: where a level is below the deepest there is none. */
  const spread = (values: Values, levels: Uint8Array | null): LeafRows => {
    if (levels === null) return values.numbers === null ? { numbers: null, bytes: values.bytes } : { numbers: values.numbers, bytes: null };
    let next = 0;
    if (values.numbers === null) {
      const { bytes } = values;
      return { numbers: null, bytes: Array.from(levels, (level) => (level === definitions ? bytes[next++]! : null)) };
    }
    const numbers = new Float64Array(levels.length).fill(NaN);
    for (let row = 0; row < levels.length; row++) if (levels[row] === definitions) numbers[row] = values.numbers[next++]!;
    return { numbers, bytes: null };
  };

  const present = (levels: Uint8Array): number => levels.reduce((sum, level) => sum + (level === definitions ? 1 : 0), 0);
  const levelWidth = 32 - Math.clz32(definitions);

  const rowsOf = ({ kind, header, body, length, offset }: Page): LeafRows => {
    const isSecond = kind === pageKinds.data2;
    const facts = structIn(header, isSecond ? 8 : 5) ?? damaged(offset, 'a page without a description');
    const count = numberIn(facts, 1) ?? damaged(offset, 'a page without a count');
    if (count < 0 || count > left || count > mostPageRows) damaged(offset, `a page of ${count} rows where ${left} are left`);
    const encoding = numberIn(facts, isSecond ? 4 : 2) ?? damaged(offset, 'a page without an encoding');
    left -= count;
    let levels = definitions === 0 ? null : new Uint8Array(count);
    if (isSecond) {
      const [levelBytes, repetitionBytes] = [numberIn(facts, 5) ?? 0, numberIn(facts, 6) ?? 0];
      if (repetitionBytes !== 0) damaged(offset, 'repetitions in a flat column');
      if (levelBytes < 0 || levelBytes > body.length || levelBytes > length) damaged(offset, 'levels beyond the end');
      if (levels !== null) {
        const into = levels;
        within(offset, () => readHybrid({ bytes: body, at: 0 }, levelBytes, levelWidth, into));
      }
      const packed = body.subarray(levelBytes);
      const bytes = facts.get(7) === false ? packed : unpackBody(offset, packed, length - levelBytes);
      return spread(valuesOf(offset, encoding, { bytes, at: 0 }, levels === null ? count : present(levels)), levels);
    }
    const bytes = unpackBody(offset, body, length);
    const cursor: Cursor = { bytes, at: 0 };
    if (levels !== null) {
      if (numberIn(facts, 3) !== runLength)
        refuse('parquet.encoding', { file: source.name, column: path, offset, actual: numberIn(facts, 3) ?? -1 });
      const into = levels;
      within(offset, () => {
        if (bytes.length < 4) wrong('levels beyond the end');
        const end = 4 + new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
        if (end > bytes.length) wrong('levels beyond the end');
        cursor.at = 4;
        readHybrid(cursor, end, levelWidth, into);
        cursor.at = end;
      });
      if (present(into) === count) levels = null;
    }
    return spread(valuesOf(offset, encoding, cursor, levels === null ? count : present(levels)), levels);
  };

  const readDictionary = ({ header, body, length, offset }: Page): Values => {
    const count = numberIn(structIn(header, 7), 1) ?? damaged(offset, 'a dictionary without a count');
    if (count < 0 || count > mostPageRows) damaged(offset, `a dictionary of ${count} values`);
    return valuesOf(offset, 0, { bytes: unpackBody(offset, body, length), at: 0 }, count);
  };

  const nextRows = async (): Promise<LeafRows> => {
    for (;;) {
      const next = await readPage();
      if (next.kind === pageKinds.dictionary) {
        if (dictionary !== null) damaged(next.offset, 'a second dictionary');
        dictionary = readDictionary(next);
      } else if (next.kind === pageKinds.data || next.kind === pageKinds.data2) return rowsOf(next);
      else if (next.kind !== pageKinds.index) damaged(next.offset, `a page of kind ${next.kind}`);
    }
  };
  const lengthOf = (part: LeafRows): number => (part.numbers ?? part.bytes).length;

  return {
    bytesRead: () => at - chunk.start,
    read: async (count) => {
      const numbers = isNumeric(node) ? new Float64Array(count) : null;
      const bytes: (Uint8Array | null)[] = [];
      for (let filled = 0; filled < count;) {
        if (page === null || taken >= lengthOf(page)) {
          page = await nextRows();
          taken = 0;
        }
        const take = Math.min(count - filled, lengthOf(page) - taken);
        if (page.numbers !== null) numbers?.set(page.numbers.subarray(taken, taken + take), filled);
        else for (let row = taken; row < taken + take; row++) bytes.push(page.bytes[row]!);
        taken += take;
        filled += take;
      }
      return numbers === null ? { numbers: null, bytes } : { numbers, bytes: null };
    },
  };
}
