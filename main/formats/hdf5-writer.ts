/** HDF5 files written in memory, by the library of its makers in WebAssembly: groups, attributes and float32 arrays. */
import h5wasm, { File as Hdf5File, type Group } from 'h5wasm';

let files = 0;

/** The bytes of a file that `fill` writes from its root on. Rejects where the library cannot be started. */
export async function writeHdf5(fill: (root: Group) => void): Promise<Uint8Array> {
  const { FS } = await h5wasm.ready;
  // A name in the memory of the library alone; no disk is touched.
  const path = `export-${String(files++)}.h5`;
  const file = new Hdf5File(path, 'w');
  try {
    fill(file);
    file.flush();
  } finally {
    file.close();
  }
  const bytes = Uint8Array.from(FS.readFile(path));
  FS.unlink(path);
  return bytes;
}

/** An array of float32 below a group. */
export function writeArray(group: Group, name: string, shape: readonly number[], data: Float32Array): void {
  group.create_dataset({ name, data, shape: [...shape], dtype: '<f' });
}

/** A text, or several, as an attribute. */
export function writeText(group: Group, name: string, text: string | readonly string[]): void {
  if (typeof text === 'string') group.create_attribute(name, text, null, 'S');
  else group.create_attribute(name, [...text], [text.length], 'S');
}
