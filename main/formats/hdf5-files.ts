/** HDF5 files in memory, written and read back by the library of its makers in WebAssembly: groups, attributes and float32 arrays. */
import h5wasm, { Dataset, File as Hdf5File, Group } from 'h5wasm';
import type { ReadArray } from './keras/model-reading';

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

/** What `look` makes of a file of our own. Readers of files from elsewhere check more. */
export async function readOwnHdf5<Result>(bytes: Uint8Array, look: (root: Group) => Result): Promise<Result> {
  const { FS } = await h5wasm.ready;
  const path = `export-${String(files++)}.h5`;
  FS.writeFile(path, bytes);
  const file = new Hdf5File(path, 'r');
  try {
    return look(file);
  } finally {
    file.close();
    FS.unlink(path);
  }
}

/** The array at a path. Throws a TypeError where there is none of float32. */
export function arrayAt(group: Group, path: string): ReadArray {
  const found = group.get(path);
  if (!(found instanceof Dataset) || !(found.value instanceof Float32Array)) throw new TypeError(`there is no array of float32 at ${path}`);
  return { shape: found.shape ?? [], data: Float32Array.from(found.value) };
}

/** The attribute of that name as texts. */
export function textsOf(group: Group, name: string): readonly string[] {
  const value: unknown = group.attrs[name]?.value;
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

/** The group at a path; null where there is none. */
export function groupAt(group: Group, path: string): Group | null {
  const found = group.get(path);
  return found instanceof Group ? found : null;
}
