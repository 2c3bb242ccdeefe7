/**
 * HDF5 files from elsewhere, read by the library of its makers in WebAssembly: whatever a file does to it stays in the memory
 * of that machine. Counts, depth and sizes are bounded before numbers are asked for.
 */
import h5wasm, { Dataset, File as Hdf5File, Group } from 'h5wasm';
import { failure, success, type Outcome } from '../../../../compute/graph/problem';
import { sizeOf, type Shape } from '../../../../compute/graph/tensor';

export interface Hdf5Array {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** A file is read whole with these bounds. */
const DEEPEST = 24;
const MOST_ARRAYS = 20_000;
/** Elements of all arrays together: 1 GiB of float32. */
const MOST_ELEMENTS = 2 ** 28;
const LONGEST_TEXT = 2 ** 26;

export interface Hdf5Content {
  /** By path, without a leading slash. */
  readonly arrays: ReadonlyMap<string, Hdf5Array>;
  /** Attributes of texts by `path@name`; the root's path is ''. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
}

class TooMuch extends Error {}

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
export const isHdf5 = (head: Uint8Array): boolean => signature.every((byte, place) => head[place] === byte);

let files = 0;

function arrayOf(dataset: Dataset, path: string, left: number): Hdf5Array | null {
  const { shape, type, size } = dataset.metadata;
  // 0 whole numbers, 1 floats, in HDF5's own numbering of classes.
  if (shape === null || (type !== 0 && type !== 1)) return null;
  const count = sizeOf(shape);
  if (!Number.isSafeInteger(count) || count > left || size > 8) throw new TooMuch(`${path} has ${String(count)} numbers`);
  const value: unknown = count === 0 ? [] : dataset.value;
  if (typeof value === 'number' || typeof value === 'bigint') return { shape, data: Float32Array.of(Number(value)) };
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    // The library gives typed arrays of numbers, or of bigints for 64 bits.
    const numbers = Array.from(value as unknown as ArrayLike<number | bigint>, Number);
    return numbers.length === count ? { shape, data: Float32Array.from(numbers) } : null;
  }
  return null;
}

function collect(root: Group): Hdf5Content {
  const arrays = new Map<string, Hdf5Array>();
  const texts = new Map<string, readonly string[]>();
  let left = MOST_ELEMENTS;
  let visited = 0;
  const look = (group: Group, path: string, depth: number): void => {
    if (depth > DEEPEST) throw new TooMuch(`groups lie more than ${String(DEEPEST)} deep`);
    for (const [name, attribute] of Object.entries(group.attrs)) {
      if (sizeOf(attribute.shape ?? []) > LONGEST_TEXT) throw new TooMuch(`the attribute ${name} is too long`);
      const value: unknown = attribute.value;
      const found = Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : null;
      if (found !== null) texts.set(`${path}@${name}`, found);
    }
    for (const name of group.keys()) {
      if (++visited > MOST_ARRAYS) throw new TooMuch(`more than ${String(MOST_ARRAYS)} groups and arrays`);
      const item = group.get(name);
      const place = path === '' ? name : `${path}/${name}`;
      if (item instanceof Group) look(item, place, depth + 1);
      else if (item instanceof Dataset) {
        const array = arrayOf(item, place, left);
        if (array === null) continue;
        left -= array.data.length;
        arrays.set(place, array);
      }
    }
  };
  look(root, '', 0);
  return { arrays, texts };
}

/** All arrays of numbers and all texts of a file. Problem: model.unreadable, with the file's name and the reason. */
export async function readHdf5(bytes: Uint8Array, file: string): Promise<Outcome<Hdf5Content>> {
  const { FS } = await h5wasm.ready;
  const path = `import-${String(files++)}.h5`;
  FS.writeFile(path, bytes);
  let opened: Hdf5File | null = null;
  try {
    opened = new Hdf5File(path, 'r');
    return success(collect(opened));
  } catch (error) {
    // The library throws errors of its own making for files that it cannot read.
    const reason = error instanceof Error ? error.message.replaceAll(path, file).slice(0, 300) : String(error);
    return failure('model.unreadable', { file, reason });
  } finally {
    try {
      opened?.close();
    } catch {
      // A file that could not be read may not be closable either; its memory goes with the next line.
    }
    FS.unlink(path);
  }
}
