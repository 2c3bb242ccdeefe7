/** Arenas in the memory of a CPU device: written and read at once, as copies. */
import type { DataType } from '../../graph/tensor';
import type { Arena } from '../../plan/program';
import type { DeviceState, StateData } from '../device';
import type { CpuContext } from './context';
import type { CpuMemory } from './memory';

const bytesOf: Record<DataType, number> = { f32: 4, i32: 4, u8: 1 };

interface CpuArena extends Arena {
  readonly address: number;
}

export interface CpuState extends DeviceState {
  readonly places: ReadonlyMap<string, CpuArena>;
  readonly disposed: boolean;
}

function checkRange({ name, size }: Arena, offset: number, length: number): void {
  if (!Number.isInteger(offset) || !Number.isInteger(length) || offset < 0 || length < 0 || offset + length > size) {
    throw new RangeError(`elements ${String(offset)} to ${String(offset + length)} of ${name}, which has ${String(size)}`);
  }
}

/** The elements as they lie in memory; to be used at once. */
function view(memory: CpuMemory, { type, address }: CpuArena, offset: number, length: number): Float32Array | Int32Array | Uint8Array {
  const from = address + offset * bytesOf[type];
  if (type === 'f32') return memory.floats(from, length);
  return type === 'i32' ? memory.words(from, length) : memory.bytes(from, length);
}

function takes(type: DataType, data: StateData): boolean {
  if (type === 'f32') return data instanceof Float32Array || data instanceof Float64Array;
  return type === 'i32' ? data instanceof Int32Array : data instanceof Uint8Array;
}

/** Those that take most of the memory, for a message. */
function namesOf(arenas: readonly Arena[], sizes: readonly number[]): string {
  const share = sizes.reduce((sum, bytes) => sum + bytes, 0) / 10;
  return arenas.flatMap(({ name }, place) => ((sizes[place] ?? 0) >= share ? [name] : [])).join(', ');
}

/** Holds zeros. Throws a ProblemError `device.out-of-memory` where the arenas do not fit together. */
export function createState({ memory, counters, throwIfLost }: CpuContext, arenas: readonly Arena[]): CpuState {
  const sizes = arenas.map(({ type, size }) => size * bytesOf[type]);
  const addresses = memory.allocate(namesOf(arenas, sizes), sizes, true);
  counters.buffers += arenas.length;
  const places = new Map(arenas.map((arena, number): [string, CpuArena] => [arena.name, { ...arena, address: addresses[number] ?? 0 }]));
  let disposed = false;
  const arenaOf = (name: string): CpuArena => {
    const arena = disposed ? undefined : places.get(name);
    if (!arena) throw new RangeError(`there is no arena ${name}`);
    return arena;
  };
  return {
    arenas,
    places,
    get disposed() {
      return disposed;
    },
    write(name, data, offset = 0) {
      const arena = arenaOf(name);
      checkRange(arena, offset, data.length);
      if (!takes(arena.type, data)) throw new TypeError(`${name} holds ${arena.type}, not ${data.constructor.name}`);
      view(memory, arena, offset, data.length).set(data);
    },
    // An async function, so that a wrong range rejects as it does on other devices.
    async read(name, offset = 0, length) {
      throwIfLost();
      const arena = arenaOf(name);
      const count = length ?? arena.size - offset;
      checkRange(arena, offset, count);
      return await Promise.resolve(view(memory, arena, offset, count).slice());
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      for (const { address } of places.values()) memory.free(address);
    },
  };
}
