/**
 * The buffers of one kernel: which part of each it binds, and the WGSL that reads and writes their elements. Indices count
 * from where the binding begins, so that kernels which do the same to different parts of an arena are one source.
 */
import { halfBuffer, halfFunctions, loadHalf, roundedToHalf, storeHalf, type HalfStorage } from './half-storage';
import { bytesOf, wordsFor, type StorageType } from './storage';

/** An arena by name, or an intermediate buffer by number. */
export type BufferReference = { readonly arena: string } | { readonly workspace: number };

/** Where a stored node's elements stand, row-major. */
export interface Placement {
  readonly buffer: BufferReference;
  /** Elements. */
  readonly offset: number;
  /** Elements. */
  readonly size: number;
  readonly type: StorageType;
}

/** A part of a buffer: kernels that do the same to different parts are one source, and compiled once. */
export interface Binding {
  readonly buffer: BufferReference;
  readonly access: 'read' | 'read_write';
  /** Bytes; the offset is a multiple of 256. */
  readonly offset: number;
  readonly bytes: number;
}

export const bufferKey = (buffer: BufferReference): string =>
  'arena' in buffer ? `arena ${buffer.arena}` : `workspace ${String(buffer.workspace)}`;

const regionKey = ({ buffer, offset }: Placement): string => `${bufferKey(buffer)} ${String(offset)}`;

/** The last place before the element at which a binding may begin: 256 bytes are the coarsest step that devices ask for. */
function baseOf(type: StorageType, first: number): number {
  const step = 256 / bytesOf[type];
  return Math.floor(first / step) * step;
}

/** Stands for what is added to an index until it is known where the binding begins: see `settle`. */
const offsetToken = (name: string, offset: number, unit: number): string => ` + offset_${name}_${String(offset)}_${String(unit)}`;
const offsetTokens = / \+ offset_(\w+?)_(\d+)_(\d)\b/g;

const bytesIn = ({ size, type }: Placement, most = Infinity): number => Math.min(size, most) * bytesOf[type];

const scalarType = { f32: 'f32', i32: 'i32', u8: 'u32' } as const;

export interface Traffic {
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

interface Bound {
  readonly name: string;
  readonly buffer: BufferReference;
  readonly type: StorageType;
  access: 'read' | 'read_write';
  /** Elements. */
  first: number;
  end: number;
}

export class KernelBindings {
  readonly #bound = new Map<string, Bound>();
  readonly #read = new Map<Placement, { readonly name: string; readonly bytes: number }>();
  readonly #written = new Set<Placement>();
  readonly #halves: HalfStorage;
  #usesHalves = false;

  constructor(halves: HalfStorage) {
    this.#halves = halves;
  }

  #bind({ buffer, type, offset, size }: Placement, access: 'read' | 'read_write'): string {
    const key = bufferKey(buffer);
    const known = this.#bound.get(key);
    if (known) {
      if (known.type !== type) throw new Error(`${key} is bound as ${known.type} and as ${type}`);
      if (access === 'read_write') known.access = access;
      known.first = Math.min(known.first, offset);
      known.end = Math.max(known.end, offset + size);
      return known.name;
    }
    const name = `buffer${String(this.#bound.size)}`;
    this.#bound.set(key, { name, buffer, type, access, first: offset, end: offset + size });
    return name;
  }

  /** In the order of their numbers. */
  get list(): Binding[] {
    return [...this.#bound.values()].map(({ buffer, access, type, first, end }) => {
      const base = baseOf(type, first);
      return { buffer, access, offset: base * bytesOf[type], bytes: wordsFor(type, end - base) * 4 };
    });
  }

  /** Bytes of the parts that are read and written so far, each part counted once. */
  get traffic(): Traffic {
    const total = (parts: readonly (readonly [Placement, number])[]): number => {
      const regions = new Map(parts.map(([placement, bytes]) => [regionKey(placement), bytes]));
      return [...regions.values()].reduce((sum, bytes) => sum + bytes, 0);
    };
    return {
      bytesRead: total([...this.#read].map(([placement, { bytes }]) => [placement, bytes])),
      bytesWritten: total([...this.#written].map((placement) => [placement, bytesIn(placement)])),
    };
  }

  /** WGSL of the element at a u32 expression; at most so many elements of the array are read in all. */
  loadAt(placement: Placement, linear: string, most: number): string {
    const { offset, type } = placement;
    const bytes = bytesIn(placement, most);
    const known = this.#read.get(placement);
    const name = known?.name ?? this.#bind(placement, 'read');
    if (!known || known.bytes < bytes) this.#read.set(placement, { name, bytes });
    const index = `${linear}${offsetToken(name, offset, 1)}`;
    if (type === 'f16') {
      this.#usesHalves = true;
      return loadHalf(this.#halves, name, index);
    }
    if (type !== 'u8') return `${name}[${index}]`;
    // Four bytes a word, the first lowest.
    return `((${name}[(${index}) >> 2u] >> (((${index}) & 3u) << 3u)) & 255u)`;
  }

  /** A statement that stores an element; for bytes, a word of four at an index over words. */
  storeAt(placement: Placement, linear: string, value: string): string {
    const unit = placement.type === 'u8' ? 4 : 1;
    const name = this.#bind(placement, 'read_write');
    this.#written.add(placement);
    const index = `${linear}${offsetToken(name, placement.offset, unit)}`;
    if (placement.type !== 'f16') return `${name}[${index}] = ${value};`;
    this.#usesHalves = true;
    return storeHalf(this.#halves, name, index, value);
  }

  /** What an f32 becomes by being stored in 16 bits and read again. */
  rounded(value: string): string {
    this.#usesHalves = true;
    return roundedToHalf(this.#halves, value);
  }

  /** WGSL; the lengths are what is used: bounds known in advance cost less. */
  get declarations(): string[] {
    const functions = this.#usesHalves ? [halfFunctions[this.#halves]] : [];
    const buffers = [...this.#bound.values()].map(({ name, type, access, first, end }, number) => {
      const words = wordsFor(type, end - baseOf(type, first));
      const {
        element,
        length,
        functions: its,
      } = type === 'f16' ? halfBuffer(this.#halves, name, access, words) : { element: scalarType[type], length: words, functions: [] };
      functions.push(...its);
      return `@group(0) @binding(${String(number)}) var<storage, ${access}> ${name}: array<${element}, ${String(length)}>;`;
    });
    return [...buffers, ...functions];
  }

  /** The finished text, now that it is known where the bindings begin. */
  settle(text: string): string {
    const bases = new Map([...this.#bound.values()].map(({ name, type, first }) => [name, baseOf(type, first)]));
    return text.replace(offsetTokens, (_token, name: string, offset: string, unit: string) => {
      const added = (Number(offset) - (bases.get(name) ?? 0)) / Number(unit);
      return added === 0 ? '' : ` + ${String(added)}u`;
    });
  }
}
