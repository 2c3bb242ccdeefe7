/**
 * Writes the WGSL of one kernel: its bindings, and the expressions of inlined nodes with their views folded into index
 * arithmetic. It knows no particular operation.
 */
import { attributesOf, sizeOf, type DataType, type DeviceProfile } from '../graph/tensor';
import { depthOf, formKey, IndexForms, asForm, asCondition, type Condition, type Form, type Index } from './index-form';
import { KernelBindings, type Binding, type Placement, type Traffic } from './kernel-bindings';
import type { Node } from './nodes';

const zero: Record<DataType, string> = { f32: '0.0f', i32: '0i', u8: '0u' };

interface Scope {
  readonly lines: string[];
  readonly names: Map<string, string>;
}

interface Value {
  readonly name: string;
  readonly depth: number;
}

export interface WriterOptions {
  /** Where a node is stored, or null for one that is computed where it is used. */
  readonly placementOf: (node: Node) => Placement | null;
  /** Whether the node is stored in 16 bits, so that the kernel that computes it must see the same number as those that read it. */
  readonly isRounded: (node: Node) => boolean;
  readonly profile: Pick<DeviceProfile, 'halves'>;
}

export class KernelWriter {
  readonly forms = new IndexForms();
  #placementOf: WriterOptions['placementOf'];
  readonly #isRounded: WriterOptions['isRounded'];
  readonly #bindings: KernelBindings;
  readonly #functions = new Map<string, string>();
  readonly #given = new Map<Node, Value>();
  #scopes: Scope[] = [{ lines: [], names: new Map() }];
  #names = 0;
  /** Elements that are read of what a gather picks from; what lies beside them is not. */
  #picked = Infinity;

  constructor(options: WriterOptions) {
    this.#placementOf = options.placementOf;
    this.#isRounded = options.isRounded;
    this.#bindings = new KernelBindings(options.profile.halves);
  }

  /** From now on the node's value is this name, at whatever index it is asked for. It is known in the outermost scope. */
  give(node: Node, name: string): void {
    this.#given.set(node, { name, depth: 0 });
  }

  /** An expression for a value of the node, as all kernels see it. */
  asStored(node: Node, value: string): string {
    return this.#isRounded(node) ? this.#bindings.rounded(value) : value;
  }

  /** Begins a scope inside the present one (a loop's body, or another function's). */
  open(): void {
    this.#scopes.push({ lines: [], names: new Map() });
  }

  /** Ends the innermost scope and gives its lines. */
  close(): string[] {
    const scope = this.#scopes.pop();
    if (!scope || this.#scopes.length === 0) throw new Error('no scope to close');
    return scope.lines;
  }

  /** The lines of the outermost scope so far. */
  get lines(): string[] {
    return this.#scopes[0]?.lines ?? [];
  }

  /** A line in the innermost scope. */
  line(text: string): void {
    this.#scopes.at(-1)?.lines.push(text);
  }

  /** Sets everything written aside, and writes a function with scopes of its own; its lines are the result. */
  inFunction(write: () => void, placementOf?: WriterOptions['placementOf']): string[] {
    const scopes = this.#scopes;
    const placements = this.#placementOf;
    this.#scopes = [{ lines: [], names: new Map() }];
    if (placementOf) {
      this.#placementOf = placementOf;
      this.#given.clear();
    }
    write();
    const lines = this.lines;
    this.#scopes = scopes;
    this.#placementOf = placements;
    return lines;
  }

  get bindings(): Binding[] {
    return this.#bindings.list;
  }

  /** Bytes of the parts of buffers that the kernel reads and writes so far, each part counted once. */
  get traffic(): Traffic {
    return this.#bindings.traffic;
  }

  /** WGSL of one element of a stored array at a u32 expression. */
  loadAt(placement: Placement, linear: string): string {
    return this.#bindings.loadAt(placement, linear, this.#picked);
  }

  /** A statement that stores an element; for bytes, a word of four at an index over words. */
  storeAt(placement: Placement, linear: string, value: string): string {
    return this.#bindings.storeAt(placement, linear, value);
  }

  /** A u32 expression. */
  indexText(form: Form): string {
    const positive: string[] = [];
    const negative: string[] = [];
    for (const [atom, coefficient] of form.terms) {
      const name = atom.made ? this.#quotient(atom.key, atom.made, atom.depth) : atom.key;
      const size = Math.abs(coefficient);
      (coefficient > 0 ? positive : negative).push(size === 1 ? name : `${name} * ${String(size)}u`);
    }
    if (form.constant > 0) positive.push(`${String(form.constant)}u`);
    if (form.constant < 0) negative.push(`${String(-form.constant)}u`);
    if (positive.length === 0 && negative.length === 0) return '0u';
    return [positive.length === 0 ? '0u' : positive.join(' + '), ...negative].join(' - ');
  }

  #quotient(key: string, { operation, of, by }: { operation: 'divide' | 'modulo'; of: Form; by: number }, depth: number): string {
    const text = this.indexText(of);
    const expression = `${of.terms.size === 1 && of.constant === 0 && !text.includes(' ') ? text : `(${text})`} ${operation === 'divide' ? '/' : '%'} ${String(by)}u`;
    return this.#define(`index ${key}`, expression, depth);
  }

  #conditionText({ ranges, never }: Condition): { text: string; depth: number } | null {
    if (never) return { text: 'false', depth: 0 };
    if (ranges.length === 0) return null;
    const texts = ranges.map(({ form, minimum, limit }) => {
      const text = this.indexText(form);
      // u32 arithmetic wraps, so that one comparison tests both ends.
      return minimum <= 0 ? `(${text} < ${String(limit)}u)` : `(${text} - ${String(minimum)}u < ${String(limit - minimum)}u)`;
    });
    return { text: texts.join(' && '), depth: Math.max(...ranges.map(({ form }) => depthOf(form))) };
  }

  /** Names an expression in the scope of the given depth, once. */
  #define(key: string, expression: string, depth: number): string {
    for (const scope of this.#scopes) {
      const known = scope.names.get(key);
      if (known !== undefined) return known;
    }
    const scope = this.#scopes[Math.min(depth, this.#scopes.length - 1)];
    if (!scope) throw new Error('no scope is open');
    const name = `v${String(this.#names++)}`;
    scope.lines.push(`let ${name} = ${expression};`);
    scope.names.set(key, name);
    return name;
  }

  /** A name, or a short expression, for the node's element at this index. */
  value(node: Node, index: readonly Form[]): Value {
    const given = this.#given.get(node);
    if (given !== undefined) return given;
    const key = `${String(node.id)}@${index.map(formKey).join(',')}`;
    const placement = this.#placementOf(node);
    if (placement) {
      const linear = this.forms.ravel(index, node.tensor.shape);
      const depth = depthOf(linear);
      return { name: this.#define(key, this.loadAt(placement, this.indexText(linear)), depth), depth };
    }
    const computed = this.#computed(node, index, key);
    const { name, depth } = computed;
    return this.#isRounded(node) ? { name: this.#define(`${key} stored`, this.asStored(node, name), depth), depth } : computed;
  }

  #computed(node: Node, index: readonly Form[], key: string): Value {
    const { operation, shape, type } = node.tensor;
    switch (operation.kind) {
      case 'elementwise': {
        const operands = node.inputs.map((input) => this.value(input, index));
        for (const [name, text] of Object.entries(operation.wgslFunctions ?? {})) this.#functions.set(name, text);
        const usesIndex = operation.wgsl.length > 2;
        const linear = this.forms.ravel(index, shape);
        const depth = Math.max(usesIndex ? depthOf(linear) : 0, ...operands.map((operand) => operand.depth));
        const names = operands.map((operand) => operand.name);
        // Operations take as many operands as their `infer` allowed, at most three.
        const expression = operation.wgsl(names as never, attributesOf(node.tensor), usesIndex ? `(${this.indexText(linear)})` : '0u');
        if (node.inputs.length === 0 && !usesIndex) return { name: expression, depth: 0 };
        return { name: this.#define(key, expression, depth), depth };
      }
      case 'view': {
        const input = node.inputs[0];
        if (!input) throw new Error(`${operation.name} has no input`);
        const types = { input: input.tensor, output: node.tensor };
        const source = operation.source<Index>(index, this.forms, types, attributesOf(node.tensor));
        const condition = source.valid ? this.#conditionText(asCondition(source.valid)) : null;
        if (condition?.text === 'false') return { name: zero[type], depth: 0 };
        const inner = this.value(input, source.index.map(asForm));
        if (!condition) return inner;
        const depth = Math.max(inner.depth, condition.depth);
        return { name: this.#define(key, `select(${zero[type]}, ${inner.name}, ${condition.text})`, depth), depth };
      }
      case 'gather': {
        const [data, indices] = node.inputs;
        const first = index[0];
        if (!data || !indices || !first) throw new Error('gather lacks an input');
        const rows = data.tensor.shape[0] ?? 1;
        const picked = this.value(indices, [first]);
        const row = this.#define(
          `row ${String(rows)} ${picked.name}`,
          `select(0u, u32(${picked.name}), ${picked.name} >= 0i && ${picked.name} < ${String(rows)}i)`,
          picked.depth,
        );
        const before = this.#picked;
        this.#picked = Math.min(before, sizeOf(shape));
        const value = this.value(data, [this.forms.variable(row, rows, picked.depth), ...index.slice(1)]);
        this.#picked = before;
        return value;
      }
      case 'leaf':
      case 'reduce':
      case 'kernel':
        throw new Error(`${operation.name} of ${String(sizeOf(shape))} elements is not stored`);
    }
  }

  /** The whole module. */
  module(parts: {
    readonly declarations: readonly string[];
    readonly workgroupSize: readonly [number, number, number];
    readonly workgroups: readonly [number, number, number];
    readonly dispatch: readonly [number, number, number];
    readonly body: readonly string[];
  }): string {
    const { workgroupSize, workgroups, dispatch } = parts;
    const sizes = workgroupSize.map((size) => `${String(size)}u`).join(', ');
    // More workgroups than an axis may have are numbered through and stand in rows of dispatch[0].
    const [x, y, z] = workgroups;
    const folded = dispatch.some((count, axis) => count !== workgroups[axis]);
    const entry = folded
      ? [
          `  let groupNumber = groupInRow.x + groupInRow.y * ${String(dispatch[0])}u;`,
          `  if (groupNumber >= ${String(x * y * z)}u) { return; }`,
          y === 1 && z === 1
            ? '  let group = vec3<u32>(groupNumber, 0u, 0u);'
            : `  let group = vec3<u32>(groupNumber % ${String(x)}u, (groupNumber / ${String(x)}u) % ${String(y)}u, groupNumber / ${String(x * y)}u);`,
          `  let global = group * vec3<u32>(${sizes}) + local;`,
        ]
      : ['  let group = groupInRow;', `  let global = group * vec3<u32>(${sizes}) + local;`];
    const text = [
      ...this.#bindings.declarations,
      ...this.#functions.values(),
      ...parts.declarations,
      `@compute @workgroup_size(${workgroupSize.join(', ')})`,
      'fn main(@builtin(workgroup_id) groupInRow: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {',
      ...entry,
      ...parts.body.map((line) => `  ${line}`),
      '}',
      '',
    ].join('\n');
    return this.#bindings.settle(text);
  }
}
