/**
 * Writes reductions. The order in which elements are combined is fixed by the shapes and the device's profile alone: by
 * one invocation, or by a workgroup whose invocations stride through the elements and then combine theirs, or by several
 * and a second kernel. One kernel may hold several reductions over the same loops; those that need others' results go
 * over the elements again, and so do outputs of the size of what is reduced.
 */
import { sameShape, sizeOf } from '../graph/tensor';
import type { Form } from './index-form';
import { writeJobs, type Job } from './jobs';
import type { Placement } from './kernel-bindings';
import type { KernelWriter } from './kernel-writer';
import type { Node } from './nodes';
import type { PlacedOutput } from './placement';
import { u, writeOutputs, type KernelOptions, type PlannedKernel } from './planned-kernel';
import { inputIndex, spreadOf } from './reduction-loops';

export interface Accumulation {
  /** The node whose elements are the results. */
  readonly root: Node;
  readonly initial: string;
  readonly combine: (accumulator: string, value: string) => string;
  /** WGSL of one element, by the number of the result and the place in each loop. */
  readonly element: (writer: KernelWriter, outer: Form, inner: readonly Form[]) => string;
}

export interface Reduction {
  readonly name: string;
  readonly accumulations: readonly Accumulation[];
  readonly outputs: readonly PlacedOutput[];
  readonly options: KernelOptions;
  /** Sizes of the nested loops over what is combined, outermost first. */
  readonly runs: readonly number[];
  /** Floating-point operations of all of it. */
  readonly flops: number;
}

/** What is done while going over the elements once. */
interface Pass {
  readonly accumulations: readonly { readonly name: string; readonly accumulation: Accumulation }[];
  /** Outputs of the size of what is reduced. */
  readonly outputs: readonly PlacedOutput[];
}

const divideUp = (a: number, b: number): number => Math.ceil(a / b);
const resultsOf = ({ accumulations }: Reduction): number => sizeOf(accumulations[0]?.root.tensor.shape ?? []);
const scalarOf = ({ root }: Accumulation): string => (root.tensor.type === 'i32' ? 'i32' : 'f32');

/** How often the elements must have been gone over before a node is known, 0 for what is stored. */
function passCounter({ accumulations, options }: Reduction): (node: Node) => number {
  const roots = new Set(accumulations.map(({ root }) => root));
  const known = new Map<Node, number>();
  const count = (node: Node): number => {
    const before = known.get(node);
    if (before !== undefined) return before;
    const stored = options.placementOf(node) !== null;
    const inner = stored ? 0 : Math.max(0, ...node.inputs.map(count));
    const passes = roots.has(node) ? inner + 1 : inner;
    known.set(node, passes);
    return passes;
  };
  return count;
}

function passesOf(reduction: Reduction): { readonly passes: readonly Pass[]; readonly results: readonly PlacedOutput[] } {
  const count = reduction.accumulations.length > 1 || reduction.outputs.length > 1 ? passCounter(reduction) : () => 1;
  const results = reduction.outputs.filter(({ node }) => sizeOf(node.tensor.shape) === resultsOf(reduction));
  const full = reduction.outputs.filter((output) => !results.includes(output));
  const passes: Pass[] = [];
  for (let number = 0; ; number++) {
    const accumulations = reduction.accumulations.flatMap((accumulation, position) =>
      count(accumulation.root) === number + 1 ? [{ name: `accumulator${String(position)}`, accumulation }] : [],
    );
    const outputs = full.filter(({ node }) => count(node) === number);
    if (accumulations.length === 0 && outputs.length === 0) return { passes, results };
    passes.push({ accumulations, outputs });
  }
}

/** The statements for one element: what is added to each accumulator, and the outputs of that size. */
function writeElement(writer: KernelWriter, reduction: Reduction, pass: Pass, outer: Form, inner: readonly Form[]): void {
  const sums = pass.accumulations.map(({ name, accumulation }) => {
    return `${name} = ${accumulation.combine(name, accumulation.element(writer, outer, inner))};`;
  });
  const stores = pass.outputs.map(({ node, placement }) => {
    const { shape } = node.tensor;
    const root = reduction.accumulations.find((one) => sameShape(one.root.inputs[0]?.tensor.shape ?? [], shape))?.root;
    if (!root) throw new Error('an output has neither the shape of the results nor that of what is reduced');
    const index = inputIndex(root, writer.forms, outer, inner);
    const { name } = writer.value(node, index);
    return { placement, index: writer.indexText(writer.forms.ravel(index, shape)), name };
  });
  for (const line of sums) writer.line(line);
  for (const { placement, index, name } of stores) writer.line(writer.storeAt(placement, index, name));
}

/** Nested loops, the innermost in steps of `stride` from `first`. */
function writeLoops(writer: KernelWriter, runs: readonly number[], first: string, stride: number, body: (inner: Form[]) => void): void {
  for (const _ of runs) writer.open();
  body(runs.map((size, number) => writer.forms.variable(`r${String(number)}`, size, number + 1)));
  for (let number = runs.length - 1; number >= 0; number--) {
    const lines = writer.close();
    const name = `r${String(number)}`;
    const strided = number === runs.length - 1;
    const step = strided && stride > 1 ? `${name} += ${u(stride)}` : `${name}++`;
    writer.line(`for (var ${name} = ${strided ? first : '0u'}; ${name} < ${u(runs[number] ?? 1)}; ${step}) {`);
    for (const line of lines) writer.line(`  ${line}`);
    writer.line('}');
  }
}

/** The kernels but the last, which is still a job that others may join. */
export interface WrittenReduction {
  readonly before: readonly PlannedKernel[];
  readonly last: Job;
}

export function writeReduction(reduction: Reduction): WrittenReduction {
  const length = reduction.runs.reduce((product, size) => product * size, 1);
  const { by, parts } = spreadOf(resultsOf(reduction), length, reduction.options.profile);
  if (by === 'invocation') return { before: [], last: byInvocations(reduction) };
  const chunk = divideUp(length, parts);
  return parts === 1 ? { before: [], last: byWorkgroups(reduction, length, null) } : inParts(reduction, length, chunk);
}

/** One invocation a result. */
function byInvocations(reduction: Reduction): Job {
  const { name, options, runs } = reduction;
  const count = resultsOf(reduction);
  const { passes, results } = passesOf(reduction);
  const width = options.profile.software ? 16 : 64;
  const write = (writer: KernelWriter): readonly string[] => {
    writer.line(`if (global.x >= ${u(count)}) { return; }`);
    writer.line('let o = global.x;');
    const outer = writer.forms.variable('o', count);
    for (const pass of passes) {
      for (const { name: accumulator, accumulation } of pass.accumulations) writer.line(`var ${accumulator} = ${accumulation.initial};`);
      writeLoops(writer, runs, '0u', 1, (inner) => {
        writeElement(writer, reduction, pass, outer, inner);
      });
      for (const { name: accumulator, accumulation } of pass.accumulations) writer.give(accumulation.root, accumulator);
    }
    writeOutputs(writer, results, outer);
    return [];
  };
  const variant = passes.length > 1 ? `serial-passes-${String(passes.length)}` : 'serial';
  return { name, variant, width, workgroups: divideUp(count, width), flops: reduction.flops, placementOf: options.placementOf, write };
}

/** Each invocation's share of every accumulator goes to workgroup memory; afterwards all know the totals. */
function combineShares(
  writer: KernelWriter,
  pass: Pass,
  { width, software, suffix }: { readonly width: number; readonly software: boolean; readonly suffix: string },
): void {
  const shares = pass.accumulations.map(({ name, accumulation }) => ({ array: `shares_${name}${suffix}`, name, accumulation }));
  for (const { array, name } of shares) writer.line(`${array}[local.x] = ${name};`);
  writer.line('workgroupBarrier();');
  if (software) {
    // A barrier costs more than adding up a few numbers, which every invocation does for itself.
    for (const { array, name } of shares) writer.line(`${name} = ${array}[0];`);
    writer.line(`for (var share = 1u; share < ${u(width)}; share++) {`);
    for (const { array, name, accumulation } of shares) writer.line(`  ${name} = ${accumulation.combine(name, `${array}[share]`)};`);
    writer.line('}');
    return;
  }
  writer.line(`for (var distance = ${u(width / 2)}; distance > 0u; distance >>= 1u) {`);
  writer.line('  if (local.x < distance) {');
  for (const { array, accumulation } of shares)
    writer.line(`    ${array}[local.x] = ${accumulation.combine(`${array}[local.x]`, `${array}[local.x + distance]`)};`);
  writer.line('  }');
  writer.line('  workgroupBarrier();');
  writer.line('}');
  for (const { array, name } of shares) writer.line(`${name} = ${array}[0];`);
}

/** Parts of `chunk` elements of each result, and where they are kept. */
interface Parts {
  readonly count: number;
  readonly chunk: number;
  readonly partials: readonly Placement[];
}

/** One workgroup a result, or a part of one. */
function byWorkgroups(reduction: Reduction, length: number, parts: Parts | null): Job {
  const { name, options, runs, accumulations } = reduction;
  const { software, maximumWorkgroupInvocations } = options.profile;
  const count = resultsOf(reduction);
  const chunk = parts?.chunk ?? length;
  const widest = Math.min(chunk >= 16384 ? 1024 : 256, maximumWorkgroupInvocations);
  const width = software ? 16 : Math.min(widest, 2 ** Math.ceil(Math.log2(Math.max(32, chunk / 4))));
  const { passes, results } = passesOf(reduction);

  const goOver = (writer: KernelWriter, pass: Pass, outer: Form): void => {
    if (parts === null && software && (runs.at(-1) ?? 1) >= width) {
      // Nested loops need no quotients and remainders.
      writeLoops(writer, runs, 'local.x', width, (inner) => {
        writeElement(writer, reduction, pass, outer, inner);
      });
      return;
    }
    writer.open();
    writeElement(writer, reduction, pass, outer, writer.forms.unravel(writer.forms.variable('r', length, 1), runs));
    const lines = writer.close();
    const end = parts === null ? u(length) : `min(firstInPart + ${u(chunk)}, ${u(length)})`;
    writer.line(`for (var r = ${parts === null ? '' : 'firstInPart + '}local.x; r < ${end}; r += ${u(width)}) {`);
    for (const line of lines) writer.line(`  ${line}`);
    writer.line('}');
  };

  const write = (writer: KernelWriter, suffix: string): readonly string[] => {
    writer.line(parts === null ? 'let o = group.x;' : `let o = group.x / ${u(parts.count)};`);
    if (parts !== null) writer.line(`let firstInPart = (group.x % ${u(parts.count)}) * ${u(chunk)};`);
    const outer = writer.forms.variable('o', count);
    for (const pass of passes) {
      for (const { name: accumulator, accumulation } of pass.accumulations) writer.line(`var ${accumulator} = ${accumulation.initial};`);
      goOver(writer, pass, outer);
      if (pass.accumulations.length > 0) combineShares(writer, pass, { width, software, suffix });
      for (const { name: accumulator, accumulation } of pass.accumulations) writer.give(accumulation.root, accumulator);
    }
    if (parts !== null || results.length > 0) writer.line('if (local.x > 0u) { return; }');
    if (parts === null) writeOutputs(writer, results, outer);
    parts?.partials.forEach((partial, position) => {
      writer.line(writer.storeAt(partial, 'group.x', `accumulator${String(position)}`));
    });
    return accumulations.map((accumulation, position) => {
      return `var<workgroup> shares_accumulator${String(position)}${suffix}: array<${scalarOf(accumulation)}, ${String(width)}>;`;
    });
  };
  const ending = `${parts === null ? '' : `-parts-${String(parts.count)}`}${passes.length === 1 ? '' : `-passes-${String(passes.length)}`}`;
  const workgroups = count * (parts?.count ?? 1);
  const variant = `workgroup-${String(width)}${ending}`;
  return { name, variant, width, workgroups, flops: reduction.flops, placementOf: options.placementOf, write };
}

/** Several workgroups a result, and a reduction of what they found. */
function inParts(reduction: Reduction, length: number, chunk: number): WrittenReduction {
  const { options, accumulations, name } = reduction;
  const count = divideUp(length, chunk);
  const partials = accumulations.map(() => options.allocate(resultsOf(reduction) * count));
  const parts = writeJobs([byWorkgroups(reduction, length, { count, chunk, partials })], options);
  const { before, last } = writeReduction({
    ...reduction,
    name: `${name}, parts`,
    runs: [count],
    flops: resultsOf(reduction) * accumulations.length * count,
    // The parts of each result stand side by side.
    accumulations: accumulations.map((accumulation, position) => ({
      ...accumulation,
      element: (inner, result, [part]) => {
        const index = inner.forms.add(inner.forms.multiply(result, count), part ?? inner.forms.constant(0));
        const partial = partials[position];
        if (!partial) throw new Error('a part was not kept');
        return inner.loadAt(partial, inner.indexText(index));
      },
    })),
  });
  return { before: [parts, ...before], last };
}
