/**
 * Thrift's compact protocol (github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md), as far as Parquet
 * uses it, read into plain values with bounds on depth, counts and lengths.
 */
import { ProblemError, type Problem } from '../../../compute/graph/problem';

export type ThriftValue = number | boolean | Uint8Array | readonly ThriftValue[] | ThriftStruct;
/** By the field's number. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;

export function refuse(code: string, values: Problem['values']): never {
  throw new ProblemError({ code, values, severity: 'error' });
}

const deepest = 16;
const kinds = { stop: 0, yes: 1, no: 2, byte: 3, i16: 4, i32: 5, i64: 6, double: 7, binary: 8, list: 9, set: 10, struct: 12 } as const;

/** A text that ends in the middle is another matter than one that is wrong: more bytes may follow. */
export class ThriftEndError extends Error {}

/** One structure at the beginning of bytes, and how long it is. Throws ThriftEndError; `wrong` is called for what is malformed. */
export function readThrift(bytes: Uint8Array, wrong: (reason: string) => never): { readonly value: ThriftStruct; readonly length: number } {
  let at = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

  const byte = (): number => {
    if (at >= bytes.length) throw new ThriftEndError();
    return bytes[at++]!;
  };
  /** Whole numbers beyond 2⁵³ lose their last bits; none that is one of a file's sizes or places is so large. */
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (let count = 0; count < 10; count++) {
      const next = byte();
      value += (next & 127) * scale;
      if (next < 128) return value;
      scale *= 128;
    }
    return wrong('a number of more than ten bytes');
  };
  const zigzag = (): number => {
    const value = varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };

  const readValue = (kind: number, depth: number): ThriftValue => {
    switch (kind) {
      case kinds.yes:
      case kinds.no:
        return kind === kinds.yes;
      case kinds.byte:
        return byte();
      case kinds.i16:
      case kinds.i32:
      case kinds.i64:
        return zigzag();
      case kinds.double:
        if (at + 8 > bytes.length) throw new ThriftEndError();
        at += 8;
        return view.getFloat64(at - 8, true);
      case kinds.binary: {
        const length = varint();
        if (at + length > bytes.length) throw new ThriftEndError();
        at += length;
        return bytes.subarray(at - length, at);
      }
      case kinds.list:
      case kinds.set: {
        const header = byte();
        const count = header >> 4 === 15 ? varint() : header >> 4;
        // Every element takes a byte at least.
        if (at + count > bytes.length) throw new ThriftEndError();
        if (depth >= deepest) return wrong('nested too deep');
        const element = header & 15;
        const isTruth = element === kinds.yes || element === kinds.no;
        return Array.from({ length: count }, () => (isTruth ? byte() === kinds.yes : readValue(element, depth + 1)));
      }
      case kinds.struct:
        return depth >= deepest ? wrong('nested too deep') : readStruct(depth + 1);
      default:
        return wrong(`a value of kind ${kind}`);
    }
  };

  const readStruct = (depth: number): ThriftStruct => {
    const fields = new Map<number, ThriftValue>();
    let field = 0;
    for (;;) {
      const header = byte();
      if ((header & 15) === kinds.stop) return fields;
      field = header >> 4 === 0 ? zigzag() : field + (header >> 4);
      fields.set(field, readValue(header & 15, depth));
    }
  };

  return { value: readStruct(0), length: at };
}

/** Fields of a structure by their type; undefined where they are absent or of another type. */
export const numberIn = (struct: ThriftStruct | undefined, field: number): number | undefined => {
  const value = struct?.get(field);
  return typeof value === 'number' ? value : undefined;
};
export const structIn = (struct: ThriftStruct | undefined, field: number): ThriftStruct | undefined => {
  const value = struct?.get(field);
  return value instanceof Map ? value : undefined;
};
export const textIn = (struct: ThriftStruct | undefined, field: number): string | undefined => {
  const value = struct?.get(field);
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined;
};
export const listIn = (struct: ThriftStruct | undefined, field: number): readonly ThriftValue[] | undefined => {
  const value = struct?.get(field);
  return typeof value === 'object' && !(value instanceof Uint8Array) && !(value instanceof Map) && Array.isArray(value) ? value : undefined;
};
export const isStruct = (value: ThriftValue): value is ThriftStruct => value instanceof Map;
