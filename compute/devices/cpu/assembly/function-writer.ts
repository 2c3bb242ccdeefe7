/** Writes the body of one WebAssembly function: locals, statements and control flow around expressions. */
import { flatten, i32, unsigned, type Code, type Expression, type Int, type ValueType, type Vector } from './expression';

const typeBytes: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, v128: 0x7b };
export const typeByte = (type: ValueType): number => typeBytes[type];

/** A variable; as an expression it is its present value. */
export interface Local<T extends ValueType = ValueType> extends Expression<T> {
  readonly number: number;
}

/** A function of the module, by its number; those that are called must be declared first. */
export interface FunctionReference {
  readonly number: number;
  readonly parameters: readonly ValueType[];
  readonly result: ValueType | null;
}

/** A place among a function's statements. */
export interface Slot {
  readonly code: Code[];
}

export class FunctionWriter {
  readonly parameters: readonly Local[];
  readonly #types: ValueType[] = [];
  #code: Code[] = [];
  readonly #parameterCount: number;

  constructor(parameters: readonly ValueType[]) {
    this.#parameterCount = parameters.length;
    this.parameters = parameters.map((type, number) => ({ type, number, code: [0x20, unsigned(number)] }));
  }

  /** The parameter of that number, an i32. */
  intParameter(number: number): Local<'i32'> {
    const parameter = this.parameters[number];
    if (parameter?.type !== 'i32') throw new Error(`parameter ${String(number)} is no i32`);
    return parameter as Local<'i32'>; // Its type was just checked.
  }

  /** A new variable, 0 at the start of the function (not of a loop's turn). */
  local<T extends ValueType>(type: T): Local<T> {
    const number = this.#parameterCount + this.#types.length;
    this.#types.push(type);
    return { type, number, code: [0x20, unsigned(number)] };
  }

  /** Computes the expression here, once, into a new variable. */
  keep<T extends ValueType>(value: Expression<T>): Local<T> {
    const local = this.local(value.type);
    this.set(local, value);
    return local;
  }

  set<T extends ValueType>(local: Local<T>, value: Expression<T>): void {
    this.#code.push(value.code, 0x21, unsigned(local.number));
  }

  /** Adds to a whole number. */
  increase(local: Local<'i32'>, by: Int | number): void {
    this.set(local, i32.add(local, typeof by === 'number' ? i32.constant(by) : by));
  }

  storeI32(address: Int, value: Int, offset = 0): void {
    this.#code.push(address.code, value.code, 0x36, 2, unsigned(offset));
  }

  storeByte(address: Int, value: Int, offset = 0): void {
    this.#code.push(address.code, value.code, 0x3a, 0, unsigned(offset));
  }

  storeF32(address: Int, value: Expression<'f32'>, offset = 0): void {
    this.#code.push(address.code, value.code, 0x38, 2, unsigned(offset));
  }

  /** Sixteen bytes; any alignment. */
  storeVector(address: Int, value: Vector, offset = 0): void {
    this.#code.push(address.code, value.code, [0xfd, 11], 2, unsigned(offset));
  }

  /** One lane of 32 bits. */
  storeLane(address: Int, value: Vector, lane: number, offset = 0): void {
    this.#code.push(address.code, value.code, [0xfd, 90], 2, unsigned(offset), lane);
  }

  /** The lower two lanes, or with 1 the upper two. */
  storeHalf(address: Int, value: Vector, half: 0 | 1, offset = 0): void {
    this.#code.push(address.code, value.code, [0xfd, 91], 2, unsigned(offset), half);
  }

  atomicStore(address: Int, value: Int, offset = 0): void {
    this.#code.push(address.code, value.code, [0xfe, 0x17], 2, unsigned(offset));
  }

  /** Bytes; the ranges may overlap. */
  copyMemory(to: Int, from: Int, bytes: Int): void {
    this.#code.push(to.code, from.code, bytes.code, [0xfc, 10, 0, 0]);
  }

  fillMemory(to: Int, byte: Int, bytes: Int): void {
    this.#code.push(to.code, byte.code, bytes.code, [0xfc, 11, 0]);
  }

  /** Computes an expression for its effect. */
  discard(value: Expression): void {
    this.#code.push(value.code, 0x1a);
  }

  call(target: FunctionReference, ...values: readonly Expression[]): void {
    this.#code.push(
      values.map(({ code }) => code),
      0x10,
      unsigned(target.number),
    );
    if (target.result !== null) this.#code.push(0x1a);
  }

  /** A call as a value. */
  callFor<T extends ValueType>(type: T, target: FunctionReference, ...values: readonly Expression[]): Expression<T> {
    if (target.result !== type) throw new Error(`the function gives ${String(target.result)}, not ${type}`);
    return { type, code: [values.map(({ code }) => code), 0x10, unsigned(target.number)] };
  }

  /** A place here that statements can be put into later (see `into`): what a loop turns out to need is computed once before it. */
  slot(): Slot {
    const code: Code[] = [];
    this.#code.push(code);
    return { code };
  }

  /** Writes the statements at the end of a slot. */
  into<T>(slot: Slot, write: () => T): T {
    const outer = this.#code;
    this.#code = slot.code;
    try {
      return write();
    } finally {
      this.#code = outer;
    }
  }

  return(value?: Expression): void {
    if (value) this.#code.push(value.code);
    this.#code.push(0x0f);
  }

  #inside(body: () => void): Code[] {
    const outer = this.#code;
    this.#code = [];
    body();
    const inner = this.#code;
    this.#code = outer;
    return inner;
  }

  if(condition: Int, then: () => void, otherwise?: () => void): void {
    const yes = this.#inside(then);
    const no = otherwise ? [0x05, this.#inside(otherwise)] : [];
    this.#code.push(condition.code, [0x04, 0x40], yes, no, 0x0b);
  }

  /** Goes on while the condition holds, which is tested before each turn. */
  while(condition: Int, body: () => void): void {
    const inner = this.#inside(body);
    // Tested once before and then at the end of each turn: one branch a turn.
    this.#code.push(condition.code, [0x04, 0x40, 0x03, 0x40], inner, condition.code, [0x0d, 0], [0x0b, 0x0b]);
  }

  /** Goes through the body once, and again while the condition holds after it. */
  repeatWhile(condition: () => Int, body: () => void): void {
    const inner = this.#inside(() => {
      body();
      this.#code.push(condition().code, [0x0d, 0]);
    });
    this.#code.push([0x03, 0x40], inner, 0x0b);
  }

  /** `variable` from `from` while it is less (as signed numbers) than `to`, in steps. */
  for(variable: Local<'i32'>, from: Int, to: Int, step: number, body: () => void): void {
    this.set(variable, from);
    this.while(i32.ltS(variable, to), () => {
      body();
      this.increase(variable, step);
    });
  }

  /** Size, locals and code, as the code section holds them. */
  get bytes(): number[] {
    const locals: number[] = [];
    let runs = 0;
    for (let first = 0; first < this.#types.length;) {
      const type = this.#types[first];
      if (!type) break;
      let last = first;
      while (this.#types[last] === type) last++;
      locals.push(...unsigned(last - first), typeByte(type));
      runs++;
      first = last;
    }
    const body: number[] = [...unsigned(runs), ...locals];
    flatten(this.#code, body);
    body.push(0x0b);
    return [unsigned(body.length), body].flat();
  }
}
