/**
 * The wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/), read field by field where it
 * lies: nothing is copied, nothing is allocated for a length that the file only claims.
 */

/** What is wrong with a file, and where: caught at the boundary of the format that reads it. */
export class DamagedFile extends Error {
  constructor(
    readonly reason: string,
    readonly offset: number,
  ) {
    super(`${reason} at byte ${String(offset)}`);
    this.name = 'DamagedFile';
  }
}

/** A part of the file: one message, or one field's bytes. */
export interface Span {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export interface Field {
  readonly number: number;
  readonly offset: number;
  /** Of fields that are numbers; 64 bits wide, as they stand there. */
  readonly whole: bigint | null;
  /** Of fields of 4 and 8 bytes, and of those with a length. */
  readonly span: Span;
  readonly wireType: 0 | 1 | 2 | 5;
}

export const spanOf = (bytes: Uint8Array): Span => ({ bytes, start: 0, end: bytes.length });
export const bytesOf = ({ bytes, start, end }: Span): Uint8Array => bytes.subarray(start, end);

/** A number of at most ten bytes of seven bits, least first. */
function varint({ bytes, end }: Span, start: number): { readonly value: bigint; readonly next: number } {
  let low = 0;
  for (let position = start, shift = 0; position < end && shift < 28; position++, shift += 7) {
    const byte = bytes[position] ?? 0;
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value: BigInt(low), next: position + 1 };
  }
  let value = 0n;
  for (let position = start, shift = 0n; position < end && shift < 70n; position++, shift += 7n) {
    const byte = bytes[position] ?? 0;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), next: position + 1 };
  }
  throw new DamagedFile('a number that does not end', start);
}

/** The fields of a message, in the order of the file. Throws DamagedFile. */
export function* fieldsOf(message: Span): Generator<Field> {
  const { bytes, end } = message;
  for (let position = message.start; position < end;) {
    const offset = position;
    const tag = varint(message, position);
    const number = Number(tag.value >> 3n);
    const wireType = Number(tag.value & 7n);
    position = tag.next;
    if (number === 0 || number >= 2 ** 29) throw new DamagedFile(`a field of the number ${String(number)}`, offset);
    if (wireType === 0) {
      const { value, next } = varint(message, position);
      yield { number, offset, whole: value, wireType, span: { bytes, start: position, end: next } };
      position = next;
    } else if (wireType === 1 || wireType === 5 || wireType === 2) {
      let length = BigInt(wireType === 1 ? 8 : 4);
      if (wireType === 2) {
        const prefix = varint(message, position);
        length = prefix.value;
        position = prefix.next;
      }
      if (length > BigInt(end - position))
        throw new DamagedFile(`${String(length)} bytes are announced, ${String(end - position)} are there`, offset);
      const next = position + Number(length);
      yield { number, offset, whole: null, wireType, span: { bytes, start: position, end: next } };
      position = next;
    } else throw new DamagedFile(`a field of the kind ${String(wireType)}`, offset);
  }
}

const expect = (field: Field, wireType: Field['wireType']): void => {
  if (field.wireType !== wireType) throw new DamagedFile(`field ${String(field.number)} is of another kind`, field.offset);
};

/** The message, text or bytes of a field. */
export function spanIn(field: Field): Span {
  expect(field, 2);
  return field.span;
}

export function textIn(field: Field, longest = 65_536): string {
  const span = spanIn(field);
  if (span.end - span.start > longest) throw new DamagedFile(`a name of more than ${String(longest)} bytes`, field.offset);
  return new TextDecoder().decode(bytesOf(span));
}

/** A whole number, signed. Beyond 2⁵³ it is the nearest that there is. */
export function wholeIn(field: Field): number {
  expect(field, 0);
  return Number(BigInt.asIntN(64, field.whole ?? 0n));
}

const viewOf = ({ bytes, start, end }: Span): DataView => new DataView(bytes.buffer, bytes.byteOffset + start, end - start);

export function floatIn(field: Field): number {
  expect(field, 5);
  return viewOf(field.span).getFloat32(0, true);
}

/** Adds the numbers of a repeated field, packed or not. */
export function addWholes(field: Field, into: number[], most: number): void {
  if (field.wireType === 0) into.push(wholeIn(field));
  else {
    const span = spanIn(field);
    for (let position = span.start; position < span.end;) {
      const { value, next } = varint(span, position);
      into.push(Number(BigInt.asIntN(64, value)));
      position = next;
      if (into.length > most) break;
    }
  }
  if (into.length > most) throw new DamagedFile(`more than ${String(most)} numbers in a list`, field.offset);
}

/** As addWholes, for floats of 4 bytes (or 8, where `bytes` says so). */
export function addFloats(field: Field, into: number[], most: number, bytes: 4 | 8 = 4): void {
  const { span } = field;
  if (field.wireType === 0) throw new DamagedFile(`field ${String(field.number)} is of another kind`, field.offset);
  const count = (span.end - span.start) / bytes;
  if (!Number.isInteger(count) || count + into.length > most)
    throw new DamagedFile(`more than ${String(most)} numbers in a list, or a part of one`, field.offset);
  const view = viewOf(span);
  for (let index = 0; index < count; index++) into.push(bytes === 4 ? view.getFloat32(index * 4, true) : view.getFloat64(index * 8, true));
}
