/** The footer of a Parquet file (github.com/apache/parquet-format, parquet.thrift): its schema, its row groups and its notes. */
import type { ByteSource } from '../byte-source';
import { isStruct, listIn, numberIn, readThrift, refuse, structIn, textIn, ThriftEndError, type ThriftStruct } from './thrift';

export const physicalTypes = ['BOOLEAN', 'INT32', 'INT64', 'INT96', 'FLOAT', 'DOUBLE', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'] as const;
export type PhysicalType = (typeof physicalTypes)[number];
/** How often a value stands: once, at most once, any number of times. */
type Repetition = 'required' | 'optional' | 'repeated';

/** What the bytes or numbers of a column mean, as far as it matters here. */
export type Meaning =
  | { readonly kind: 'plain' }
  | { readonly kind: 'text' }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'half' }
  | { readonly kind: 'decimal'; readonly scale: number }
  | { readonly kind: 'other'; readonly name: string };

export interface SchemaNode {
  readonly name: string;
  readonly repetition: Repetition;
  /** Null for a group. */
  readonly type: PhysicalType | null;
  /** Of each value of a FIXED_LEN_BYTE_ARRAY. */
  readonly typeLength: number;
  readonly meaning: Meaning;
  readonly children: readonly SchemaNode[];
  /** Of a leaf: its place among all leaves. */
  readonly leaf: number;
}

export interface ColumnChunk {
  readonly codec: number;
  /** Of the first page, that of the dictionary where there is one. */
  readonly start: number;
  readonly end: number;
  readonly values: number;
}

export interface RowGroup {
  readonly rows: number;
  /** By leaf. */
  readonly chunks: readonly ColumnChunk[];
}

export interface ParquetMetadata {
  readonly root: SchemaNode;
  readonly rows: number;
  readonly groups: readonly RowGroup[];
  readonly notes: ReadonlyMap<string, string>;
}

const footerTail = 8;
const mostMetadataBytes = 2 ** 26;
const mostSchemaNodes = 100_000;
const deepestSchema = 32;
const longestValue = 2 ** 20;

const converted = new Map<number, Meaning>([
  [0, { kind: 'text' }],
  [4, { kind: 'text' }],
  [19, { kind: 'text' }],
  ...[11, 12, 13, 14].map((code): [number, Meaning] => [code, { kind: 'unsigned' }]),
  ...[6, 7, 8, 9, 10, 15, 16, 17, 18].map((code): [number, Meaning] => [code, { kind: 'plain' }]),
]);

/** Of the newer annotation if it is there, else the older. */
function meaningOf(element: ThriftStruct): Meaning {
  const logical = structIn(element, 10);
  if (logical !== undefined) {
    const [kind] = [...logical.keys()];
    if (kind === 1 || kind === 4 || kind === 12) return { kind: 'text' };
    if (kind === 5) return { kind: 'decimal', scale: numberIn(structIn(logical, 5), 1) ?? 0 };
    if (kind === 10) return structIn(logical, 10)?.get(2) === false ? { kind: 'unsigned' } : { kind: 'plain' };
    if (kind === 15) return { kind: 'half' };
    if (kind === 6 || kind === 7 || kind === 8) return { kind: 'plain' };
    return { kind: 'other', name: `logical type ${kind ?? 0}` };
  }
  const code = numberIn(element, 6);
  if (code === undefined) return { kind: 'plain' };
  if (code === 5) return { kind: 'decimal', scale: numberIn(element, 7) ?? 0 };
  return converted.get(code) ?? { kind: 'other', name: `converted type ${code}` };
}

function readSchema(elements: readonly ThriftStruct[], wrong: (reason: string) => never): { root: SchemaNode; leaves: number } {
  if (elements.length > mostSchemaNodes) return wrong('more than 100,000 columns');
  let [next, leaves] = [0, 0];
  const readNode = (depth: number): SchemaNode => {
    const element = elements[next++];
    if (element === undefined || depth > deepestSchema) return wrong('a schema that is no tree');
    const name = textIn(element, 4) ?? wrong('a column without a name');
    const children = numberIn(element, 5) ?? 0;
    const code = numberIn(element, 1);
    const repetition = (['required', 'optional', 'repeated'] as const)[numberIn(element, 3) ?? 0] ?? wrong('an unknown repetition');
    const common = { name, repetition, meaning: meaningOf(element) };
    if (code === undefined) {
      if (children < 0 || children > elements.length) return wrong('a schema that is no tree');
      return { ...common, type: null, typeLength: 0, leaf: -1, children: Array.from({ length: children }, () => readNode(depth + 1)) };
    }
    const type = physicalTypes[code] ?? wrong('an unknown type');
    const typeLength = numberIn(element, 2) ?? 0;
    if (type === 'FIXED_LEN_BYTE_ARRAY' && (typeLength < 1 || typeLength > longestValue)) return wrong(`values of ${typeLength} bytes`);
    return { ...common, type, typeLength, children: [], leaf: leaves++ };
  };
  const root = readNode(0);
  if (next !== elements.length || root.type !== null) return wrong('a schema that is no tree');
  return { root, leaves };
}

/** Reads and checks the footer. Throws ProblemErrors: parquet.magic, .truncated, .encrypted, .metadata. */
export async function readMetadata(source: ByteSource): Promise<ParquetMetadata> {
  const { name: file, size } = source;
  const wrong = (reason: string): never => refuse('parquet.metadata', { file, offset: start, reason });
  let start = Math.max(0, size - footerTail);
  const [head, tail] = [await source.read(0, 4), await source.read(start, size)];
  const [first, last] = [head, tail.subarray(-4)].map((bytes) => String.fromCharCode(...bytes));
  if (first === 'PARE') refuse('parquet.encrypted', { file });
  if (first !== 'PAR1'.slice(0, head.length)) refuse('parquet.magic', { file, offset: 0 });
  if (size < 4 + footerTail || last !== 'PAR1') refuse(last === 'PARE' ? 'parquet.encrypted' : 'parquet.truncated', { file, offset: size });
  const length = new DataView(tail.buffer, tail.byteOffset, 4).getUint32(0, true);
  if (length > size - footerTail - 4) refuse('parquet.metadata', { file, offset: start, reason: `a footer of ${length} bytes` });
  if (length > mostMetadataBytes) refuse('parquet.metadata', { file, offset: start, reason: `a footer of ${length} bytes` });
  start = size - footerTail - length;
  const bytes = await source.read(start, start + length);
  let footer: ThriftStruct;
  try {
    footer = readThrift(bytes, wrong).value;
  } catch (error) {
    if (error instanceof ThriftEndError) return wrong('a footer that breaks off');
    throw error;
  }
  const { root, leaves } = readSchema((listIn(footer, 2) ?? wrong('no schema')).filter(isStruct), wrong);
  const rows = numberIn(footer, 3) ?? wrong('no count of rows');
  const groups = (listIn(footer, 4) ?? []).filter(isStruct).map((group) => readGroup(group, leaves, start, wrong));
  if (!Number.isSafeInteger(rows) || groups.reduce((sum, group) => sum + group.rows, 0) !== rows)
    wrong('counts of rows that do not add up');
  const notes = new Map((listIn(footer, 5) ?? []).filter(isStruct).map((note) => [textIn(note, 1) ?? '', textIn(note, 2) ?? ''] as const));
  return { root, rows, groups, notes };
}

function readGroup(group: ThriftStruct, leaves: number, limit: number, wrong: (reason: string) => never): RowGroup {
  const rows = numberIn(group, 3) ?? wrong('a row group without a count');
  if (!Number.isSafeInteger(rows) || rows < 0) return wrong(`a row group of ${rows} rows`);
  const columns = (listIn(group, 1) ?? []).filter(isStruct);
  if (columns.length !== leaves) return wrong('a row group with other columns than the schema');
  const chunks = columns.map((column): ColumnChunk => {
    if (textIn(column, 1) !== undefined) return wrong('columns in another file');
    const data = structIn(column, 3) ?? wrong('a column without a description');
    const [firstPage, dictionary] = [numberIn(data, 9) ?? wrong('a column without pages'), numberIn(data, 11)];
    const start = dictionary !== undefined && dictionary > 0 ? Math.min(dictionary, firstPage) : firstPage;
    const length = numberIn(data, 7) ?? wrong('a column without a length');
    const values = numberIn(data, 5) ?? wrong('a column without a count');
    // Of a row group without rows nothing is read, and what is written of its places means nothing.
    if (rows > 0 && (start < 4 || length < 0 || !(start + length <= limit))) return wrong('a column beyond the end of the data');
    return { codec: numberIn(data, 4) ?? 0, start, end: start + length, values };
  });
  return { rows, chunks };
}
