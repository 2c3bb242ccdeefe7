/** Bytes of which any part can be asked for: a file on disk, an entry of an archive, a piece of memory. It knows no disk. */

export interface ByteSource {
  /** As a person knows it: a name or a path below what was chosen; problems name it. */
  readonly name: string;
  /** In bytes, as it was when the source was made. */
  readonly size: number;
  /**
   * The bytes from `start` up to `end`, both clamped to 0 … size. They are the caller's to keep, not to change. Fewer come
   * only if the source has become shorter. Whoever calls bounds `end - start`: so much memory is asked for.
   */
  read(start: number, end: number): Promise<Uint8Array>;
}

export const clampRange = (size: number, start: number, end: number): readonly [start: number, end: number] => {
  const from = Math.min(size, Math.max(0, Math.trunc(start)));
  return [from, Math.min(size, Math.max(from, Math.trunc(end)))];
};

/** A source over bytes that are in memory; parts share it. */
export const memorySource = (name: string, bytes: Uint8Array): ByteSource => ({
  name,
  size: bytes.length,
  read: (start, end) => Promise.resolve(bytes.subarray(...clampRange(bytes.length, start, end))),
});
