/** Arenas on the GPU: one buffer each, written through the queue and read through a few reused staging buffers. */
import type { DataType } from '../../graph/tensor';
import type { Arena } from '../../plan/program';
import type { DeviceState, StateData } from '../device';
import { outOfMemory } from '../out-of-memory';
import { bufferUsage, type GpuContext } from './context';

const bytesOf: Record<DataType, number> = { f32: 4, i32: 4, u8: 1 };

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

export interface GpuArena extends Arena {
  readonly buffer: GPUBuffer;
}

export interface GpuState extends DeviceState {
  readonly gpuArenas: ReadonlyMap<string, GpuArena>;
}

function encode({ name, type }: Arena, data: StateData): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> {
  if (type === 'f32' && (data instanceof Float32Array || data instanceof Float64Array)) return Float32Array.from(data);
  if (type === 'i32' && data instanceof Int32Array) return Int32Array.from(data);
  // Copied only if its memory is shared, which the queue does not take.
  if (type === 'u8' && data instanceof Uint8Array)
    return data.buffer instanceof ArrayBuffer ? (data as Uint8Array<ArrayBuffer>) : Uint8Array.from(data);
  throw new TypeError(`${name} holds ${type}, not ${data.constructor.name}`);
}

function decode(type: DataType, bytes: ArrayBuffer): StateData {
  if (type === 'f32') return new Float32Array(bytes);
  return type === 'i32' ? new Int32Array(bytes) : new Uint8Array(bytes);
}

function checkRange({ name, size }: Arena, offset: number, length: number): void {
  if (offset < 0 || length < 0 || offset + length > size) {
    throw new RangeError(`elements ${String(offset)} to ${String(offset + length)} of ${name}, which has ${String(size)}`);
  }
}

/** Throws a ProblemError `device.out-of-memory` where an arena is larger than a buffer of this device may be. */
export function createState(context: GpuContext, arenas: readonly Arena[]): GpuState {
  const { device } = context;
  const limit = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
  for (const { name, type, size } of arenas) {
    const bytes = roundUp(size * bytesOf[type], 4);
    if (bytes > limit) throw outOfMemory(name, bytes, limit);
  }
  const gpuArenas = new Map<string, GpuArena>(
    arenas.map((arena) => {
      const bytes = Math.max(4, roundUp(arena.size * bytesOf[arena.type], 4));
      const buffer = context.createBuffer(arena.name, bytes, bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyDestination);
      return [arena.name, { ...arena, buffer }];
    }),
  );
  const arenaOf = (name: string): GpuArena => {
    const arena = gpuArenas.get(name);
    if (!arena) throw new RangeError(`there is no arena ${name}`);
    return arena;
  };

  /** Bytes that share a word with others: merged on the GPU, since the queue writes whole words only. */
  const writeByte = ({ buffer }: GpuArena, position: number, value: number): void => {
    context.writeByte(buffer, position, value);
  };

  return {
    arenas,
    gpuArenas,
    write(name, data, offset = 0) {
      const arena = arenaOf(name);
      checkRange(arena, offset, data.length);
      const encoded = encode(arena, data);
      if (arena.type !== 'u8') {
        device.queue.writeBuffer(arena.buffer, offset * 4, encoded);
        return;
      }
      const first = Math.min(roundUp(offset, 4), offset + data.length);
      const end = offset + data.length;
      // The last word may be filled up where nothing follows it.
      const last = end === arena.size ? end : Math.max(first, end - (end % 4));
      for (let position = offset; position < first; position++) writeByte(arena, position, encoded[position - offset] ?? 0);
      if (last > first) {
        const whole = new Uint8Array(roundUp(last - first, 4));
        const source = encoded.subarray(first - offset, last - offset);
        if (whole.length === source.length) device.queue.writeBuffer(arena.buffer, first, source);
        else {
          whole.set(source);
          device.queue.writeBuffer(arena.buffer, first, whole);
        }
      }
      for (let position = last; position < end; position++) writeByte(arena, position, encoded[position - offset] ?? 0);
    },
    async read(name, offset = 0, length) {
      const arena = arenaOf(name);
      const count = length ?? arena.size - offset;
      checkRange(arena, offset, count);
      if (count === 0) return decode(arena.type, new ArrayBuffer(0));
      const size = bytesOf[arena.type];
      const from = Math.floor((offset * size) / 4) * 4;
      const until = roundUp((offset + count) * size, 4);
      const bytes = await context.read(arena.buffer, from, until - from);
      return decode(arena.type, bytes.slice(offset * size - from, (offset + count) * size - from));
    },
    dispose() {
      for (const { buffer } of gpuArenas.values()) buffer.destroy();
    },
  };
}
