/**
 * The safetensors format (huggingface.co/docs/safetensors): a length, a JSON header, then the numbers of all tensors,
 * little-endian. Pure, on bytes; it knows no file and no model. Same tensors, same bytes.
 */
import { failure, success, type Outcome } from './problem';
import { sizeOf, type Shape } from './tensor';

export type SafetensorsData = Float32Array | Float64Array | Int32Array;

export interface SafetensorsEntry {
  readonly name: string;
  readonly shape: Shape;
  readonly data: SafetensorsData;
}

export interface SafetensorsContent {
  readonly tensors: readonly SafetensorsEntry[];
  /** Free text by key, the header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** As in the format's own reader: no honest header is longer. Bytes. */
const MAXIMUM_HEADER_BYTES = 100_000_000;
const METADATA = '__metadata__';
const LENGTH_BYTES = 8;

/** 16 bits of IEEE 754: sign, 5 bits of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The upper half of a float of 32 bits. */
const brain = (buffer: ArrayBuffer): Float32Array =>
  new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer);

/** Types that others write are read as the next of ours; whole numbers of 64 bits beyond 2⁵³ are rounded. */
const types = {
  F32: { bytes: 4, from: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  F64: { bytes: 8, from: (buffer: ArrayBuffer) => new Float64Array(buffer) },
  I32: { bytes: 4, from: (buffer: ArrayBuffer) => new Int32Array(buffer) },
  F16: { bytes: 2, from: (buffer: ArrayBuffer) => Float32Array.from(new Uint16Array(buffer), half) },
  BF16: { bytes: 2, from: brain },
  I64: { bytes: 8, from: (buffer: ArrayBuffer) => Float64Array.from(new BigInt64Array(buffer), Number) },
  I16: { bytes: 2, from: (buffer: ArrayBuffer) => Int32Array.from(new Int16Array(buffer)) },
  I8: { bytes: 1, from: (buffer: ArrayBuffer) => Int32Array.from(new Int8Array(buffer)) },
  U8: { bytes: 1, from: (buffer: ArrayBuffer) => Int32Array.from(new Uint8Array(buffer)) },
  BOOL: { bytes: 1, from: (buffer: ArrayBuffer) => Int32Array.from(new Uint8Array(buffer)) },
} as const satisfies Record<string, { bytes: number; from: (buffer: ArrayBuffer) => SafetensorsData }>;

type TypeName = keyof typeof types;

const isTypeName = (name: unknown): name is TypeName => typeof name === 'string' && Object.hasOwn(types, name);

const typeOf = (data: SafetensorsData): TypeName => (data instanceof Float64Array ? 'F64' : data instanceof Float32Array ? 'F32' : 'I32');

/** Code units, not a language's alphabet: the same order everywhere. */
const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/**
 * Encodes tensors, wide types first and then by name, so that every tensor is aligned. Throws a RangeError where a name
 * stands twice or a shape and its data differ in size: both are the caller's mistakes.
 */
export function encodeSafetensors(
  tensors: readonly SafetensorsEntry[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const ordered = [...tensors].sort((a, b) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || byName(a, b));
  const entries: [string, unknown][] = [];
  const keys = Object.keys(metadata).sort();
  if (keys.length > 0) entries.push([METADATA, Object.fromEntries(keys.map((key) => [key, metadata[key]]))]);
  const names = new Set<string>([METADATA]);
  let offset = 0;
  for (const { name, shape, data } of ordered) {
    if (names.has(name)) throw new RangeError(`safetensors: the name ${name} is taken`);
    names.add(name);
    if (sizeOf(shape) !== data.length)
      throw new RangeError(`safetensors: ${name} has the shape [${shape.join(', ')}] and ${String(data.length)} elements`);
    entries.push([name, { dtype: typeOf(data), shape, data_offsets: [offset, offset + data.byteLength] }]);
    offset += data.byteLength;
  }
  // Written entry by entry: an object would put names that look like numbers first.
  const json = `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
  const header = new TextEncoder().encode(json);
  const headerBytes = Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + headerBytes + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes);
  bytes.set(header, LENGTH_BYTES);
  let position = LENGTH_BYTES + headerBytes;
  for (const { data } of ordered) {
    // Every platform that Hebb runs on is little-endian, as the format is.
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}

/** The keys of the outermost object of valid JSON, also those that stand twice: JSON.parse would hide them. */
function outermostKeys(json: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  for (let index = 0; index < json.length; index++) {
    const character = json[index];
    if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    else if (character === '"') {
      const start = index;
      for (index++; json[index] !== '"'; index++) if (json[index] === '\\') index++;
      let next = index + 1;
      while (/\s/.test(json[next] ?? '')) next++;
      // A quoted string before a colon at depth 1 is a key; valid JSON leaves no other place for it.
      if (depth === 1 && json[next] === ':') keys.push(JSON.parse(json.slice(start, index + 1)) as string);
    }
  }
  return keys;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wholeNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);

interface Placed {
  readonly name: string;
  readonly type: TypeName;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

/** One entry of the header against the bytes there are; nothing is allocated before this has passed. */
function checkEntry(name: string, value: unknown, available: number): Outcome<Placed> {
  const reject = (code: string, values: Record<string, string | number> = {}) => failure(`safetensors.${code}`, { name, ...values });
  if (!isRecord(value)) return reject('entry');
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isTypeName(dtype))
    return reject('type', {
      type: typeof dtype === 'string' ? dtype : typeof dtype,
      supported: Object.keys(types).join(', '),
    });
  if (!wholeNumbers(shape) || !wholeNumbers(offsets) || offsets.length !== 2) return reject('entry');
  const [begin = 0, end = 0] = offsets;
  if (begin > end || end > available) return reject('range', { begin, end, available });
  const expected = sizeOf(shape) * types[dtype].bytes;
  if (!Number.isSafeInteger(expected) || expected !== end - begin)
    return reject('size', { shape: `[${shape.join(', ')}]`, expected, actual: end - begin });
  return success({ name, type: dtype, shape, begin, end });
}

function readMetadata(value: unknown): Outcome<Readonly<Record<string, string>>> {
  if (value === undefined) return success({});
  if (!isRecord(value) || !Object.values(value).every((item) => typeof item === 'string'))
    return failure('safetensors.metadata', { offset: LENGTH_BYTES });
  return success(value as Readonly<Record<string, string>>);
}

/**
 * Decodes and checks everything: lengths before memory is taken, types, sizes, ranges, gaps and overlaps, names. The
 * tensors come in the order of their data and are copies. Problems: `safetensors.*`.
 */
export function decodeSafetensors(bytes: Uint8Array): Outcome<SafetensorsContent> {
  if (bytes.length < LENGTH_BYTES) return failure('safetensors.truncated', { actual: bytes.length, offset: bytes.length });
  const declared = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (declared > BigInt(MAXIMUM_HEADER_BYTES))
    return failure('safetensors.header-length', { declared: declared.toString(), maximum: MAXIMUM_HEADER_BYTES, offset: 0 });
  const headerEnd = LENGTH_BYTES + Number(declared);
  if (headerEnd > bytes.length) return failure('safetensors.truncated', { actual: bytes.length, offset: bytes.length });

  let json: string;
  let header: unknown;
  try {
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(LENGTH_BYTES, headerEnd));
    header = JSON.parse(json);
  } catch {
    return failure('safetensors.header', { offset: LENGTH_BYTES });
  }
  if (!isRecord(header) || !json.startsWith('{')) return failure('safetensors.header', { offset: LENGTH_BYTES });
  /** Where an entry stands, as far as its name is written plainly. */
  const offsetOf = (name: string): number => {
    const before = json.slice(0, Math.max(0, json.indexOf(JSON.stringify(name))));
    return LENGTH_BYTES + new TextEncoder().encode(before).length;
  };
  const names = new Set<string>();
  for (const name of outermostKeys(json)) {
    if (names.has(name)) return failure('safetensors.duplicate', { name, offset: offsetOf(name) });
    names.add(name);
  }
  const metadata = readMetadata(header[METADATA]);
  if (!metadata.ok) return metadata;

  const available = bytes.length - headerEnd;
  const placed: Placed[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA) continue;
    const entry = checkEntry(name, value, available);
    if (!entry.ok) return { ok: false, problem: { ...entry.problem, values: { ...entry.problem.values, offset: offsetOf(name) } } };
    placed.push(entry.value);
  }
  placed.sort((a, b) => a.begin - b.begin || a.end - b.end || byName(a, b));
  let position = 0;
  for (const { name, begin, end } of placed) {
    if (begin < position) return failure('safetensors.overlap', { name, offset: headerEnd + begin });
    if (begin > position) return failure('safetensors.gap', { begin: position, end: begin, offset: headerEnd + position });
    position = end;
  }
  if (position !== available) return failure('safetensors.gap', { begin: position, end: available, offset: headerEnd + position });

  const tensors = placed.map(({ name, type, shape, begin, end }) => ({
    name,
    shape,
    // A copy made so: the slice of one of Node's Buffers would be a view of a larger one.
    data: types[type].from(new Uint8Array(bytes.subarray(headerEnd + begin, headerEnd + end)).buffer),
  }));
  return success({ tensors, metadata: metadata.value });
}
