/**
 * Writes the values of inlined nodes as WebAssembly, four neighbouring elements at a time: views folded into addresses, what
 * does not change from lane to lane computed once. It is to WebAssembly what plan/kernel-writer.ts is to WGSL.
 */
import { attributesOf, sizeOf } from '../../graph/tensor';
import { asCondition, asForm, depthOf, formKey, IndexForms, type Atom, type Condition, type Form, type Index } from '../../plan/index-form';
import type { Placement } from '../../plan/kernel-bindings';
import type { Node } from '../../plan/nodes';
import { i32, i32x4, memory, select, v128, type Expression, type Int, type ValueType, type Vector } from './assembly/expression';
import type { FunctionWriter, Local, Slot } from './assembly/function-writer';
import { compileElementwise } from './wgsl/compile';

/** What a variable of the index arithmetic is at run time. */
type Variable =
  | { readonly kind: 'same'; readonly value: Local<'i32'> }
  /** Four neighbours; `bytes` is four times the number of the first. */
  | { readonly kind: 'neighbours'; readonly bytes: Local<'i32'> }
  /** Any four numbers. */
  | { readonly kind: 'lanes'; readonly value: Local<'v128'> };

interface Scope {
  readonly slot: Slot;
  readonly names: Map<string, Local>;
}

/** Which of the lanes are to be read. */
interface Mask {
  readonly key: string;
  readonly depth: number;
  readonly all: Local<'i32'> | null;
  readonly each: Local<'v128'> | null;
}

export interface Value {
  readonly lanes: Local<'v128'>;
  readonly depth: number;
}

export interface LaneOptions {
  /** Where a node is stored, or null for one that is computed where it is used. */
  readonly placementOf: (node: Node) => Placement | null;
  /** Byte address of a placement's first element. */
  readonly addressOf: (placement: Placement) => number;
}

const everywhere: Mask = { key: '', depth: 0, all: null, each: null };
const laneNumbers = [0, 1, 2, 3] as const;
const elementBytes = { f32: 4, i32: 4, u8: 1 } as const;

const bytesOf = (type: Placement['type']): 1 | 4 => {
  if (type === 'f16') throw new Error('the CPU device stores no f16');
  return elementBytes[type];
};

const asVector = (local: Local): Local<'v128'> => {
  if (local.type !== 'v128') throw new Error('a vector was expected');
  return local as Local<'v128'>; // Its type was just checked.
};
const asInt = (local: Local): Local<'i32'> => {
  if (local.type !== 'i32') throw new Error('a whole number was expected');
  return local as Local<'i32'>; // Its type was just checked.
};

export class LaneWriter {
  readonly forms = new IndexForms();
  readonly #variables = new Map<string, Variable>();
  readonly #given = new Map<Node, Value>();
  readonly #scopes: Scope[] = [];
  #mask: Mask = everywhere;

  constructor(
    readonly writer: FunctionWriter,
    readonly options: LaneOptions,
  ) {
    this.open();
  }

  /** Begins a scope at the writer's present place: what depends on nothing deeper is computed there. */
  open(): void {
    this.#scopes.push({ slot: this.writer.slot(), names: new Map() });
  }

  close(): void {
    this.#scopes.pop();
  }

  get depth(): number {
    return this.#scopes.length - 1;
  }

  /** A number in [0, limit) that all lanes share, known from the present scope on. */
  same(name: string, limit: number, value: Local<'i32'>): Form {
    return this.#declare(name, limit, { kind: 'same', value });
  }

  /** Four neighbouring numbers, the first being `bytes` / 4. */
  neighbours(name: string, limit: number, bytes: Local<'i32'>): Form {
    return this.#declare(name, limit, { kind: 'neighbours', bytes });
  }

  #declare(name: string, limit: number, variable: Variable): Form {
    // Forms know an atom by its name, and with it the depth at which it was first made.
    const key = `${name}:${String(this.depth)}`;
    this.#variables.set(key, variable);
    return this.forms.variable(key, limit, this.depth);
  }

  /** From now on the node's value is this, at whatever index it is asked for. */
  give(node: Node, lanes: Local<'v128'>): void {
    this.#given.set(node, { lanes, depth: this.depth });
  }

  #define<T extends ValueType>(key: string, depth: number, make: () => Expression<T>): Local {
    for (const scope of this.#scopes) {
      const known = scope.names.get(key);
      if (known) return known;
    }
    const scope = this.#scopes[Math.min(depth, this.depth)];
    if (!scope) throw new Error('no scope is open');
    const local = this.writer.into(scope.slot, () => this.writer.keep(make()));
    scope.names.set(key, local);
    return local;
  }

  #vector(key: string, depth: number, make: () => Vector): Local<'v128'> {
    return asVector(this.#define(key, depth, make));
  }

  #int(key: string, depth: number, make: () => Int): Local<'i32'> {
    return asInt(this.#define(key, depth, make));
  }

  #isSame({ terms }: Form): boolean {
    return [...terms.keys()].every((atom) => (atom.made ? this.#isSame(atom.made.of) : this.#variable(atom).kind === 'same'));
  }

  #variable({ key }: Atom): Variable {
    const variable = this.#variables.get(key);
    if (!variable) throw new Error(`${key} is no variable of this kernel`);
    return variable;
  }

  #sameAtom(atom: Atom): Int {
    const { made } = atom;
    if (!made) {
      const variable = this.#variable(atom);
      if (variable.kind !== 'same') throw new Error(`${atom.key} differs from lane to lane`);
      return variable.value;
    }
    const operation = made.operation === 'divide' ? i32.divU : i32.remU;
    return this.#int(`int ${atom.key}`, atom.depth, () => operation(this.#scaled(made.of, 1), i32.constant(made.by)));
  }

  /** factor · form, as an expression; all its variables are the same for all lanes. */
  #scaled({ terms, constant }: Form, factor: number): Int {
    let sum: Int = i32.constant(0);
    for (const [atom, coefficient] of terms) sum = i32.add(sum, i32.mul(this.#sameAtom(atom), i32.constant(coefficient * factor)));
    return i32.add(sum, i32.constant(constant * factor));
  }

  /** The number that a form is, where it is the same for all lanes. */
  int(form: Form): Local<'i32'> {
    return this.#int(`int ${formKey(form)}`, depthOf(form), () => this.#scaled(form, 1));
  }

  #atomLanes(atom: Atom): Vector {
    const { made } = atom;
    if (made) {
      if (this.#isSame(made.of)) return i32x4.splat(this.#sameAtom(atom));
      return this.#vector(`lanes ${atom.key}`, atom.depth, () => {
        const of = this.lanes(made.of);
        const power = Math.log2(made.by);
        if (Number.isInteger(power)) {
          return made.operation === 'divide' ? i32x4.shrU(of, i32.constant(power)) : v128.and(of, i32x4.constant(made.by - 1));
        }
        const operation = made.operation === 'divide' ? i32.divU : i32.remU;
        const parts = laneNumbers.map((lane) => operation(i32x4.extract(of, lane), i32.constant(made.by)));
        return parts.reduce<Vector>((vector, part, lane) => i32x4.replace(vector, lane, part), i32x4.constant(0));
      });
    }
    const variable = this.#variable(atom);
    if (variable.kind === 'lanes') return variable.value;
    if (variable.kind === 'same') return i32x4.splat(variable.value);
    return this.#vector(`lanes ${atom.key}`, atom.depth, () =>
      i32x4.add(i32x4.splat(i32.shrU(variable.bytes, i32.constant(2))), v128.constantI32(0, 1, 2, 3)),
    );
  }

  /** The four numbers that a form is. */
  lanes(form: Form): Local<'v128'> {
    return this.#vector(`lanes ${formKey(form)}`, depthOf(form), () => {
      if (this.#isSame(form)) return i32x4.splat(this.int(form));
      const same = [...form.terms].filter(([atom]) => this.#isSame({ kind: 'form', terms: new Map([[atom, 1]]), constant: 0 }));
      let sum: Vector = i32x4.splat(this.int({ kind: 'form', terms: new Map(same), constant: form.constant }));
      for (const [atom, coefficient] of form.terms) {
        if (same.some(([other]) => other === atom)) continue;
        const lanes = this.#atomLanes(atom);
        sum = i32x4.add(sum, coefficient === 1 ? lanes : i32x4.mul(lanes, i32x4.constant(coefficient)));
      }
      return sum;
    });
  }

  /** The variable of four neighbours if a form is their number plus what all lanes share. */
  #neighboursIn(form: Form): { readonly bytes: Local<'i32'>; readonly rest: Form } | null {
    let found: Local<'i32'> | null = null;
    const rest = new Map<Atom, number>();
    for (const [atom, coefficient] of form.terms) {
      const variable = atom.made ? null : this.#variable(atom);
      if (variable?.kind === 'neighbours') {
        if (coefficient !== 1 || found) return null;
        found = variable.bytes;
      } else rest.set(atom, coefficient);
    }
    const remaining: Form = { kind: 'form', terms: rest, constant: form.constant };
    return found && this.#isSame(remaining) ? { bytes: found, rest: remaining } : null;
  }

  /** Byte address of an element at a form that is the same for all lanes. */
  #address(base: number, size: number, form: Form): Int {
    const { terms, constant } = form;
    if (terms.size === 0) return i32.constant(base + constant * size);
    const key = `address ${String(base + constant * size)} ${String(size)} ${formKey({ ...form, constant: 0 })}`;
    return this.#int(key, depthOf(form), () => i32.add(this.#scaled({ ...form, constant: 0 }, size), i32.constant(base + constant * size)));
  }

  /** Byte addresses in four lanes. */
  #addresses(base: number, size: number, form: Form): Local<'v128'> {
    return this.#vector(`addresses ${String(base)} ${String(size)} ${formKey(form)}`, depthOf(form), () => {
      const index = this.lanes(form);
      return i32x4.add(size === 1 ? index : i32x4.shl(index, i32.constant(2)), i32x4.constant(base));
    });
  }

  /** Reads where the mask allows; elsewhere 0. */
  #load(placement: Placement, form: Form): Value {
    const mask = this.#mask;
    const size = bytesOf(placement.type);
    const base = this.options.addressOf(placement);
    const depth = Math.max(depthOf(form), mask.depth);
    const key = `load ${String(base)} ${formKey(form)} ${mask.key}`;
    const lanes = this.#vector(key, depth, () => {
      if (this.#isSame(form)) return this.#guarded(mask, () => this.#splat(this.#address(base, size, form), size), 'any');
      const near = this.#neighboursIn(form);
      if (!near) return this.#gathered(mask, this.#addresses(base, size, form), size);
      const first = i32.add(this.#address(base, size, near.rest), size === 4 ? near.bytes : i32.shrU(near.bytes, i32.constant(2)));
      if (!mask.each) return this.#guarded(mask, () => this.#run(first, size), 'all');
      const result = this.writer.local('v128');
      const each = mask.each;
      this.writer.set(result, v128.constantI32(0, 0, 0, 0));
      const inner = (): void => {
        this.writer.if(
          i32x4.allTrue(each),
          () => {
            this.writer.set(result, this.#run(first, size));
          },
          () => {
            this.writer.if(v128.anyTrue(each), () => {
              const address = this.writer.keep(first);
              for (const lane of laneNumbers) {
                this.writer.if(i32x4.extract(each, lane), () => {
                  this.#setLane(result, lane, i32.add(address, i32.constant(lane * size)), size);
                });
              }
            });
          },
        );
      };
      if (mask.all) this.writer.if(mask.all, inner);
      else inner();
      return result;
    });
    return { lanes, depth };
  }

  /** Four elements of something that is no node's. */
  stored(placement: Placement, form: Form): Local<'v128'> {
    return this.#load(placement, form).lanes;
  }

  #splat(address: Int, size: number): Vector {
    return size === 4 ? memory.splat32(address) : i32x4.splat(memory.u8(address));
  }

  #run(address: Int, size: number): Vector {
    return size === 4 ? memory.v128(address) : i32x4.extendLowU16(i32x4.extendLowU8To16(memory.zero32(address)));
  }

  #setLane(result: Local<'v128'>, lane: number, address: Int, size: number): void {
    this.writer.set(result, size === 4 ? memory.lane32(address, result, lane) : i32x4.replace(result, lane, memory.u8(address)));
  }

  #guarded({ all, each }: Mask, make: () => Vector, enough: 'all' | 'any'): Vector {
    if (!all && !each) return make();
    const result = this.writer.local('v128');
    this.writer.set(result, v128.constantI32(0, 0, 0, 0));
    const set = (): void => {
      this.writer.set(result, make());
    };
    const some = each && enough === 'any' ? v128.anyTrue(each) : null;
    const condition = all && some ? i32.and(all, some) : (all ?? some);
    if (condition) this.writer.if(condition, set);
    else set();
    return result;
  }

  #gathered({ all, each }: Mask, addresses: Local<'v128'>, size: number): Vector {
    const result = this.writer.local('v128');
    this.writer.set(result, v128.constantI32(0, 0, 0, 0));
    const read = (): void => {
      for (const lane of laneNumbers) {
        const set = (): void => {
          this.#setLane(result, lane, i32x4.extract(addresses, lane), size);
        };
        if (each) this.writer.if(i32x4.extract(each, lane), set);
        else set();
      }
    };
    if (all) this.writer.if(all, read);
    else read();
    return result;
  }

  /** The present mask and the condition. */
  #narrowed({ ranges }: Condition): Mask {
    let mask = this.#mask;
    for (const { form, minimum, limit } of ranges) {
      const key = `${String(minimum)}≤${formKey(form)}<${String(limit)}`;
      const depth = depthOf(form);
      const span = limit - minimum;
      const before = mask;
      const next: Mask = { ...mask, key: `${mask.key}&${key}`, depth: Math.max(mask.depth, depth) };
      // Unsigned comparison tests both ends.
      if (this.#isSame(form)) {
        const holds = this.#int(`if ${key}`, depth, () => i32.ltU(i32.sub(this.int(form), i32.constant(minimum)), i32.constant(span)));
        const all = before.all ? this.#int(`all ${next.key}`, next.depth, () => i32.and(before.all ?? holds, holds)) : holds;
        mask = { ...next, all };
      } else {
        const holds = this.#vector(`if ${key}`, depth, () =>
          i32x4.ltU(i32x4.sub(this.lanes(form), i32x4.constant(minimum)), i32x4.constant(span)),
        );
        const each = before.each ? this.#vector(`each ${next.key}`, next.depth, () => v128.and(before.each ?? holds, holds)) : holds;
        mask = { ...next, each };
      }
    }
    return mask;
  }

  #constant(name: string, make: () => Vector): Value {
    return { lanes: this.#vector(`constant ${name}`, 0, make), depth: 0 };
  }

  /** The node's four elements at this index. */
  value(node: Node, index: readonly Form[]): Value {
    const given = this.#given.get(node);
    if (given) return given;
    const { operation, shape } = node.tensor;
    const placement = this.options.placementOf(node);
    if (placement) return this.#load(placement, this.forms.ravel(index, shape));
    switch (operation.kind) {
      case 'elementwise':
        return this.#elementwise(node, index);
      case 'view': {
        const input = node.inputs[0];
        if (!input) throw new Error(`${operation.name} has no input`);
        const types = { input: input.tensor, output: node.tensor };
        const source = operation.source<Index>(index, this.forms, types, attributesOf(node.tensor));
        const inside = source.index.map(asForm);
        const condition = source.valid ? asCondition(source.valid) : null;
        if (condition?.never) return this.#constant('zero', () => v128.constantI32(0, 0, 0, 0));
        if (!condition || condition.ranges.length === 0) return this.value(input, inside);
        const before = this.#mask;
        const mask = this.#narrowed(condition);
        this.#mask = mask;
        const inner = this.value(input, inside);
        this.#mask = before;
        const depth = Math.max(inner.depth, mask.depth);
        const lanes = this.#vector(`masked ${String(input.id)}@${inside.map(formKey).join(',')} ${mask.key}`, depth, () => {
          const zero = v128.constantI32(0, 0, 0, 0);
          const chosen = mask.each ? v128.and(inner.lanes, mask.each) : inner.lanes;
          return mask.all ? select(chosen, zero, mask.all) : chosen;
        });
        return { lanes, depth };
      }
      case 'gather': {
        const [data, indices] = node.inputs;
        const first = index[0];
        if (!data || !indices || !first) throw new Error('gather lacks an input');
        const rows = data.tensor.shape[0] ?? 1;
        const picked = this.value(indices, [first]);
        const name = `row of ${String(node.id)}@${formKey(first)} ${this.#mask.key}`;
        const clamped = this.#vector(name, picked.depth, () =>
          // A negative index is a great unsigned one.
          v128.and(picked.lanes, i32x4.ltU(picked.lanes, i32x4.constant(rows))),
        );
        const same = this.#isSame(first);
        this.#variables.set(
          name,
          same
            ? { kind: 'same', value: this.#int(`int ${name}`, picked.depth, () => i32x4.extract(clamped, 0)) }
            : { kind: 'lanes', value: clamped },
        );
        return this.value(data, [this.forms.variable(name, rows, picked.depth), ...index.slice(1)]);
      }
      case 'leaf':
      case 'reduce':
      case 'kernel':
        throw new Error(`${operation.name} of ${String(sizeOf(shape))} elements is not stored`);
      default:
        return operation satisfies never;
    }
  }

  #elementwise(node: Node, index: readonly Form[]): Value {
    const { operation, shape } = node.tensor;
    if (operation.kind !== 'elementwise') throw new Error(`${operation.name} is not elementwise`);
    const operands = node.inputs.map((input) => this.value(input, index));
    const types = node.tensor.inputs.map(({ type }) => type);
    const code = compileElementwise(operation, types, node.tensor.attributes);
    const linear = code.usesIndex ? this.forms.ravel(index, shape) : null;
    const depth = Math.max(linear ? depthOf(linear) : 0, ...operands.map((operand) => operand.depth));
    const key = `${String(node.id)}@${index.map(formKey).join(',')} ${operands.some((operand) => operand.depth > 0) ? this.#mask.key : ''}`;
    const number = linear ? this.lanes(linear) : null;
    const lanes = this.#vector(key, depth, () =>
      code.write(
        this.writer,
        operands.map((operand) => operand.lanes),
        number,
      ),
    );
    return { lanes, depth };
  }

  /** Stores four elements, or only the first lane where all variables are the same for all lanes. */
  store(placement: Placement, form: Form, value: Local<'v128'>): void {
    const size = bytesOf(placement.type);
    const base = this.options.addressOf(placement);
    if (this.#isSame(form)) {
      this.#storeLane(this.#address(base, size, form), value, 0, size);
      return;
    }
    const near = this.#neighboursIn(form);
    if (near && size === 4) {
      this.writer.storeVector(i32.add(this.#address(base, size, near.rest), near.bytes), value);
      return;
    }
    const addresses = this.#addresses(base, size, form);
    for (const lane of laneNumbers) this.#storeLane(i32x4.extract(addresses, lane), value, lane, size);
  }

  #storeLane(address: Int, value: Vector, lane: number, size: number): void {
    if (size === 4) this.writer.storeLane(address, value, lane);
    else this.writer.storeByte(address, i32x4.extract(value, lane));
  }
}
