/** Puts WebAssembly functions together into one module that imports its memory as `host.memory`. */
import { unsigned, type ValueType } from './expression';
import { FunctionWriter, typeByte, type FunctionReference } from './function-writer';

export interface MemoryLimits {
  /** Pages of 65,536 bytes. */
  readonly initial: number;
  readonly maximum: number;
  readonly shared: boolean;
}

const text = (value: string): number[] => {
  const bytes = [...new TextEncoder().encode(value)];
  return [...unsigned(bytes.length), ...bytes];
};

const section = (number: number, entries: readonly (readonly number[])[]): number[] => {
  if (entries.length === 0) return [];
  const count = unsigned(entries.length);
  const length = entries.reduce((sum, entry) => sum + entry.length, count.length);
  const bytes = [number, ...unsigned(length), ...count];
  // A body may be too long to be spread as arguments.
  for (const entry of entries) for (const byte of entry) bytes.push(byte);
  return bytes;
};

export class ModuleWriter {
  readonly #memory: MemoryLimits;
  readonly #types: number[][] = [];
  readonly #functions: { readonly type: number; readonly writer: FunctionWriter }[] = [];
  readonly #exports: number[][] = [];

  constructor(memory: MemoryLimits) {
    this.#memory = memory;
  }

  /** Writes a function at once. With `name` it is exported under it. */
  function(
    parameters: readonly ValueType[],
    result: ValueType | null,
    write: (writer: FunctionWriter) => void,
    name?: string,
  ): FunctionReference {
    const type = [0x60, parameters.length, ...parameters.map(typeByte), ...(result === null ? [0] : [1, typeByte(result)])];
    let typeNumber = this.#types.findIndex((known) => known.length === type.length && known.every((byte, place) => byte === type[place]));
    if (typeNumber < 0) typeNumber = this.#types.push(type) - 1;
    const writer = new FunctionWriter(parameters);
    write(writer);
    const number = this.#functions.push({ type: typeNumber, writer }) - 1;
    if (name !== undefined) this.#exports.push([...text(name), 0, ...unsigned(number)]);
    return { number, parameters, result };
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    const { initial, maximum, shared } = this.#memory;
    const memory = [...text('host'), ...text('memory'), 2, shared ? 3 : 1, ...unsigned(initial), ...unsigned(maximum)];
    return Uint8Array.from(
      [
        [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        section(1, this.#types),
        section(2, [memory]),
        section(
          3,
          this.#functions.map(({ type }) => unsigned(type)),
        ),
        section(7, this.#exports),
        section(
          10,
          this.#functions.map(({ writer }) => writer.bytes),
        ),
      ].flat(),
    );
  }
}
