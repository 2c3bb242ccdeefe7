/** Files that are wrong in one named way each, and how they are to be refused. */

export interface Malformed {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly code: string;
}

/** A file that Pillow wrote, by its name in write-images.py. */
export type FileOf = (name: string) => Buffer;

export const malformed = (name: string, code: string, ...parts: readonly (Uint8Array | readonly number[])[]): Malformed => ({
  name,
  code,
  bytes: Buffer.concat(parts.map((part) => Uint8Array.from(part))),
});

/** A copy with a change. */
export function changed(file: Buffer, change: (copy: Buffer) => unknown): Buffer {
  const copy = Buffer.from(file);
  change(copy);
  return copy;
}

/** A copy with bytes put in, or in place of others. */
export const spliced = (file: Buffer, at: number, remove: number, insert: Uint8Array | readonly number[] = []): Buffer =>
  Buffer.concat([file.subarray(0, at), Uint8Array.from(insert), file.subarray(at + remove)]);

export const big32 = (value: number): readonly number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
export const little32 = (value: number): readonly number[] => [...big32(value)].reverse();
export const little16 = (value: number): readonly number[] => [value & 255, value >> 8];
export const ascii = (text: string): readonly number[] => [...Buffer.from(text, 'latin1')];
