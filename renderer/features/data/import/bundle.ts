/**
 * Many files as one upload: each as the length of its header (u32, little-endian), the header as JSON {path, size}, and its
 * bytes. Nothing is read here: the browser takes the bytes from the files while it sends. Pure.
 */
export interface BundledFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly content: Blob;
}

export function bundle(files: readonly BundledFile[]): Blob {
  const encoder = new TextEncoder();
  return new Blob(
    files.flatMap(({ path, content }) => {
      const header = encoder.encode(JSON.stringify({ path, size: content.size }));
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, header.length, true);
      return [length, header, content];
    }),
  );
}
