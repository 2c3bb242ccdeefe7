/**
 * The bytes of an HDF5 file, little-endian with addresses of eight bytes, read with bounds. Every structure that is read
 * claims its bytes: together they may not be much more than the file has, so that work follows its length whatever points where.
 */

/** What is wrong with a file, and where. */
export class Hdf5Fault extends Error {
  constructor(
    readonly reason: string,
    readonly offset: number,
  ) {
    super(`${reason} at byte ${String(offset)}`);
    this.name = 'Hdf5Fault';
  }
}

/** An address that leads nowhere: all its bits are set. */
const nowhere = 2n ** 64n - 1n;
/** Bytes of structures that small files may share, such as heaps of texts. */
const spare = 65_536;

export interface Hdf5Bytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly length: number;
  /** Notes that `size` bytes at `offset` are read for what they are; faults where they are not there, or all was claimed. */
  readonly claim: (offset: number, size: number) => void;
}

export function hdf5Bytes(bytes: Uint8Array): Hdf5Bytes {
  let left = 2 * bytes.length + spare;
  return {
    bytes,
    length: bytes.length,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    claim: (offset, size) => {
      if (!(offset >= 0 && size >= 0 && offset + size <= bytes.length)) throw new Hdf5Fault('something reaches beyond the end', offset);
      left -= size + 1;
      if (left < 0) throw new Hdf5Fault('parts of the file are used many times', offset);
    },
  };
}

/** Reads one thing after another, and never past `end`. */
export interface Reading {
  readonly at: () => number;
  readonly left: () => number;
  readonly number: (width: 1 | 2 | 4) => number;
  /** Eight bytes; faults for more than numbers can count. */
  readonly size: () => number;
  /** Eight bytes; null for one that leads nowhere. */
  readonly address: () => number | null;
  /** A whole number of 0 to 6 bytes. */
  readonly wide: (bytes: number) => number;
  readonly skip: (bytes: number) => void;
  readonly part: (bytes: number) => Uint8Array;
  readonly expect: (signature: string) => void;
  readonly fail: (reason: string) => never;
}

export function readingOf({ bytes, view, length }: Hdf5Bytes, start: number, end = length): Reading {
  let position = start;
  const last = Math.min(end, length);
  const fail = (reason: string): never => {
    throw new Hdf5Fault(reason, Math.min(position, length));
  };
  /** Moves on, and gives where it was. */
  const take = (count: number): number => {
    if (!(count >= 0 && position >= 0 && position + count <= last)) fail('something ends early');
    position += count;
    return position - count;
  };
  const eight = (): bigint => view.getBigUint64(take(8), true);
  return {
    at: () => position,
    left: () => last - position,
    number: (width) => {
      const at = take(width);
      return width === 1 ? view.getUint8(at) : width === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
    },
    size: () => {
      const value = Number(eight());
      return Number.isSafeInteger(value) ? value : fail('a size that is no number');
    },
    address: () => {
      const value = eight();
      if (value === nowhere) return null;
      return Number.isSafeInteger(Number(value)) ? Number(value) : fail('an address that is no number');
    },
    wide: (count) => {
      const at = take(count);
      let value = 0;
      for (let index = count - 1; index >= 0; index--) value = value * 256 + view.getUint8(at + index);
      return Number.isSafeInteger(value) ? value : fail('a size that is no number');
    },
    skip: take,
    part: (count) => {
      const at = take(count);
      return bytes.subarray(at, at + count);
    },
    expect: (signature) => {
      const at = take(signature.length);
      for (let index = 0; index < signature.length; index++)
        if (bytes[at + index] !== signature.charCodeAt(index)) throw new Hdf5Fault(`no ${signature}`, at);
    },
    fail,
  };
}
