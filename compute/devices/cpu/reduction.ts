/**
 * Reductions. Four results at a time where they lie side by side in what is reduced, else four elements of one result at a
 * time; with few results of many elements in parts whose sums a second stage adds. All of it follows from the shapes alone,
 * and so does the order in which elements are combined.
 */
import { sameShape, sizeOf } from '../../graph/tensor';
import { IndexForms, type Form } from '../../plan/index-form';
import type { Placement } from '../../plan/kernel-bindings';
import type { Node } from '../../plan/nodes';
import type { PlacedOutput } from '../../plan/placement';
import { inputIndex, loopSizes } from '../../plan/reduction-loops';
import { accessCost } from './access-cost';
import { i32, v128, type Int, type Vector } from './assembly/expression';
import type { FunctionWriter, Local } from './assembly/function-writer';
import { writeLanes } from './elementwise';
import type { Stage } from './kernel';
import { LaneWriter, type LaneOptions } from './lane-writer';
import { compileText } from './wgsl/compile';

/** Elements that a task combines, about. */
const elementsOfTask = 16_384;
/** Accumulators side by side: a sum need not wait for the one before. */
const unrolled = 4;

const divideUp = (a: number, b: number): number => Math.ceil(a / b);
const product = (sizes: readonly number[]): number => sizes.reduce((result, size) => result * size, 1);

interface Accumulation {
  readonly root: Node;
  readonly input: Node;
  readonly initial: (writer: FunctionWriter) => Vector;
  readonly combine: (writer: FunctionWriter, accumulator: Local<'v128'>, value: Local<'v128'>) => Vector;
}

function accumulationOf(root: Node): Accumulation {
  const { operation, type } = root.tensor;
  const input = root.inputs[0];
  if (operation.kind !== 'reduce' || !input) throw new Error(`${operation.name} is no reduction`);
  const initial = compileText(operation.name, operation.initial.wgsl, []);
  const combine = compileText(operation.name, operation.combine.wgsl('a', 'b'), [type, type]);
  return {
    root,
    input,
    initial: (writer) => initial.write(writer, [], null),
    combine: (writer, accumulator, value) => combine.write(writer, [accumulator, value], null),
  };
}

/** What is done while going over the elements once. */
interface Pass {
  readonly accumulations: readonly Accumulation[];
  /** Outputs of the size of what is reduced. */
  readonly outputs: readonly PlacedOutput[];
}

export interface ReductionGroup {
  readonly name: string;
  readonly roots: readonly Node[];
  readonly outputs: readonly PlacedOutput[];
  readonly placementOf: (node: Node) => Placement | null;
}

/** How often the elements must have been gone over before a node is known, 0 for what is stored. */
function passCounter({ roots, placementOf }: ReductionGroup): (node: Node) => number {
  const own = new Set(roots);
  const known = new Map<Node, number>();
  const count = (node: Node): number => {
    const before = known.get(node);
    if (before !== undefined) return before;
    const inner = placementOf(node) !== null ? 0 : Math.max(0, ...node.inputs.map(count));
    const passes = own.has(node) ? inner + 1 : inner;
    known.set(node, passes);
    return passes;
  };
  return count;
}

function passesOf(group: ReductionGroup, count: number): { readonly passes: readonly Pass[]; readonly results: readonly PlacedOutput[] } {
  const passOf = passCounter(group);
  const results = group.outputs.filter(({ node }) => sizeOf(node.tensor.shape) === count);
  const full = group.outputs.filter((output) => !results.includes(output));
  const passes: Pass[] = [];
  for (let number = 0; ; number++) {
    const accumulations = group.roots.filter((root) => passOf(root) === number + 1).map(accumulationOf);
    const outputs = full.filter(({ node }) => passOf(node) === number);
    if (accumulations.length === 0 && outputs.length === 0) return { passes, results };
    passes.push({ accumulations, outputs });
  }
}

/** How the lanes are laid: over results in rows of `length`, or over the innermost loop. */
type Layout = { readonly along: 'results'; readonly length: number } | { readonly along: 'elements' };

export interface ReductionPlan {
  readonly group: ReductionGroup;
  readonly count: number;
  readonly runs: readonly number[];
  readonly passes: readonly Pass[];
  readonly results: readonly PlacedOutput[];
  readonly layout: Layout;
  /** Results of a task. */
  readonly chunk: number;
  /** Turns of the outermost loop in a part, and parts. */
  readonly partTurns: number;
  readonly parts: number;
  readonly variant: string;
}

/** Index of an output of the size of what is reduced. */
function fullIndex(group: ReductionGroup, node: Node, forms: IndexForms, outer: Form, inner: readonly Form[]): Form[] {
  const root = group.roots.find((one) => sameShape(one.inputs[0]?.tensor.shape ?? [], node.tensor.shape));
  if (!root) throw new Error('an output has neither the shape of the results nor that of what is reduced');
  return inputIndex(root, forms, outer, inner);
}

function chooseLayout(group: ReductionGroup, passes: readonly Pass[], count: number, runs: readonly number[]): Layout {
  const shape = group.roots[0]?.tensor.shape ?? [];
  const lengths = new Set<number>();
  let trailing = 1;
  for (const axis of [...shape].reverse()) {
    trailing *= axis;
    lengths.add(trailing);
  }
  lengths.add(count);
  const last = runs.length - 1;
  const costOf = (lane: string, forms: IndexForms, outer: Form, inner: readonly Form[]): number => {
    const values = passes.flatMap(({ accumulations, outputs }) => [
      ...accumulations.map(({ root, input }) => ({ node: input, index: inputIndex(root, forms, outer, inner) })),
      ...outputs.map(({ node }) => ({ node, index: fullIndex(group, node, forms, outer, inner) })),
    ]);
    const given = new Set(group.roots);
    const placed: Placement = { buffer: { workspace: -1 }, offset: 0, size: 0, type: 'f32' };
    const { lanes, shared } = accessCost(values, forms, lane, (node) => (given.has(node) ? placed : group.placementOf(node)));
    return lanes + shared / 4 + 1;
  };
  let best: Layout = { along: 'elements' };
  const turns = (size: number): number => Math.floor(size / 4) + (size % 4);
  const lastSize = runs[last] ?? 1;
  let least: number;
  {
    const forms = new IndexForms();
    const inner = runs.map((size, number) => forms.variable(`r${String(number)}`, size, number + 2));
    const own = costOf(`r${String(last)}`, forms, forms.variable('o', count, 1), inner);
    // Each result starts and ends with some work of its own.
    least = (own * turns(lastSize)) / lastSize + 24 / product(runs);
  }
  for (const length of lengths) {
    if (length <= 0 || count % length !== 0) continue;
    const forms = new IndexForms();
    const inner = runs.map((size, number) => forms.variable(`r${String(number)}`, size, number + 3));
    const outer = forms.add(forms.multiply(forms.variable('row', count / length, 1), length), forms.variable('x', length, 2));
    // Elements of one result lie far apart, which caches like less.
    const cost = ((costOf('x', forms, outer, inner) + 0.5) * turns(length)) / length;
    if (cost < least) [best, least] = [{ along: 'results', length }, cost];
  }
  return best;
}

export function planReduction(group: ReductionGroup): ReductionPlan {
  const first = group.roots[0];
  if (!first) throw new Error('a reduction reduces nothing');
  const count = sizeOf(first.tensor.shape);
  const runs = loopSizes(first).length === 0 ? [1] : loopSizes(first);
  const length = product(runs);
  const { passes, results } = passesOf(group, count);
  const layout = chooseLayout(group, passes, count, runs);
  const wanted = Math.max(1, Math.floor(elementsOfTask / Math.max(1, length)));
  let chunk: number;
  if (layout.along === 'elements') chunk = Math.min(Math.max(1, count), wanted);
  else if (layout.length === count) chunk = Math.min(Math.max(1, count), Math.max(16, Math.floor(wanted / 16) * 16));
  else chunk = Math.max(1, Math.floor(wanted / layout.length)) * layout.length;
  const tasks = Math.max(1, divideUp(count, chunk));
  const outermost = runs[0] ?? 1;
  const single = passes.length === 1 && passes[0]?.outputs.length === 0;
  const wantedParts = single && tasks < 8 ? Math.min(64, Math.floor((count * length) / elementsOfTask), Math.floor(32 / tasks)) : 1;
  let partTurns = outermost;
  if (wantedParts > 1) {
    partTurns = divideUp(outermost, wantedParts);
    if (runs.length === 1 && layout.along === 'elements') partTurns = divideUp(partTurns, 4 * unrolled) * 4 * unrolled;
  }
  const parts = Math.max(1, divideUp(outermost, Math.max(1, partTurns)));
  const variant = `${layout.along}${parts > 1 ? `-parts-${String(parts)}` : ''}${passes.length > 1 ? `-passes-${String(passes.length)}` : ''}`;
  return { group, count, runs, passes, results, layout, chunk, partTurns, parts, variant };
}

/** Elements of scratch memory: the parts of all accumulators. */
export const partsSize = ({ parts, passes, count }: ReductionPlan): number =>
  parts === 1 ? 0 : parts * count * (passes[0]?.accumulations.length ?? 0);

const newAccumulators = (writer: FunctionWriter, accumulations: readonly Accumulation[]): Local<'v128'>[] =>
  accumulations.map((one) => writer.keep(one.initial(writer)));

/** Adds the elements at this place to the accumulators, and stores the outputs there. */
function writeElement(
  lanes: LaneWriter,
  { group }: ReductionPlan,
  pass: Pass,
  accumulators: readonly Local<'v128'>[],
  outer: Form,
  inner: readonly Form[],
): void {
  const { forms, writer } = lanes;
  const values = pass.accumulations.map(({ root, input }) => lanes.value(input, inputIndex(root, forms, outer, inner)).lanes);
  const stores = pass.outputs.map(({ node, placement }) => {
    const index = fullIndex(group, node, forms, outer, inner);
    return { placement, linear: forms.ravel(index, node.tensor.shape), value: lanes.value(node, index).lanes };
  });
  pass.accumulations.forEach(({ combine }, position) => {
    const [accumulator, value] = [accumulators[position], values[position]];
    if (accumulator && value) writer.set(accumulator, combine(writer, accumulator, value));
  });
  for (const { placement, linear, value } of stores) lanes.store(placement, linear, value);
}

/** Loops over all but the innermost run, then `innermost`; the outermost from `from` to `to`. */
function writeOuterLoops(
  lanes: LaneWriter,
  runs: readonly number[],
  bounds: { readonly from: Int; readonly to: Int },
  depth: number,
  innermost: (inner: readonly Form[], bounds: { readonly from: Int; readonly to: Int }) => void,
): void {
  const { writer } = lanes;
  const walk = (number: number, inner: readonly Form[]): void => {
    const size = runs[number] ?? 1;
    const range = number === 0 ? bounds : { from: i32.constant(0), to: i32.constant(size) };
    if (number === depth) {
      innermost(inner, range);
      return;
    }
    const variable = writer.keep(range.from);
    writer.while(i32.ltS(variable, range.to), () => {
      lanes.open();
      walk(number + 1, [...inner, lanes.same(`r${String(number)}`, size, variable)]);
      lanes.close();
      writer.increase(variable, 1);
    });
  };
  walk(0, []);
}

/** Begins a scope in which the totals of a pass are known. */
function giveTotals(lanes: LaneWriter, pass: Pass, totals: readonly Local<'v128'>[]): void {
  lanes.open();
  pass.accumulations.forEach(({ root }, position) => {
    const total = totals[position];
    if (total) lanes.give(root, total);
  });
}

/** One result at a time, four of its elements at a time. */
function writeAlongElements(
  lanes: LaneWriter,
  plan: ReductionPlan,
  task: { readonly begin: Int; readonly end: Int; readonly bounds: { readonly from: Int; readonly to: Int } },
  finish: (lanes: LaneWriter, outer: Form, totals: readonly Local<'v128'>[]) => void,
): void {
  const { writer, forms } = lanes;
  const { runs, count, passes } = plan;
  const last = runs.length - 1;
  const limit = runs[last] ?? 1;
  const name = `r${String(last)}`;
  const o = writer.keep(task.begin);
  writer.while(i32.ltS(o, task.end), () => {
    lanes.open();
    const outer = lanes.same('o', count, o);
    let totals: Local<'v128'>[] = [];
    for (const pass of passes) {
      const width = pass.outputs.length === 0 && limit >= 4 * unrolled ? unrolled : 1;
      const accumulators = Array.from({ length: width }, () => newAccumulators(writer, pass.accumulations));
      const singles = newAccumulators(writer, pass.accumulations);
      writeOuterLoops(lanes, runs, task.bounds, last, (inner, { from, to }) => {
        const bytes = writer.keep(i32.shl(from, i32.constant(2)));
        const end = writer.keep(i32.shl(to, i32.constant(2)));
        for (const together of width > 1 ? [width, 1] : [1]) {
          const whole = writer.keep(i32.sub(end, i32.constant(16 * together - 4)));
          writer.while(i32.ltS(bytes, whole), () => {
            lanes.open();
            const x = lanes.neighbours(name, limit, bytes);
            for (let number = 0; number < together; number++) {
              writeElement(lanes, plan, pass, accumulators[number] ?? [], outer, [...inner, forms.add(x, forms.constant(4 * number))]);
            }
            lanes.close();
            writer.increase(bytes, 16 * together);
          });
        }
        const one = writer.keep(i32.shrU(bytes, i32.constant(2)));
        writer.while(i32.ltS(one, to), () => {
          lanes.open();
          writeElement(lanes, plan, pass, singles, outer, [...inner, lanes.same(name, limit, one)]);
          lanes.close();
          writer.increase(one, 1);
        });
      });
      totals = pass.accumulations.map(({ combine }, position) => {
        const both = (a: Local<'v128'>, b: Vector): Local<'v128'> => writer.keep(combine(writer, a, writer.keep(b)));
        let rest = accumulators.flatMap((group) => group[position] ?? []);
        while (rest.length > 1) {
          const next: Local<'v128'>[] = [];
          for (let pair = 0; pair < rest.length; pair += 2) {
            const [a, b] = [rest[pair], rest[pair + 1]];
            if (a) next.push(b ? both(a, b) : a);
          }
          rest = next;
        }
        const [sum] = rest;
        const single = singles[position];
        if (!sum || !single) throw new Error('an accumulator is missing');
        const halves = both(sum, v128.shuffle(sum, sum, [2, 3, 0, 1]));
        const whole = both(halves, v128.shuffle(halves, halves, [1, 0, 3, 2]));
        return both(whole, single);
      });
      giveTotals(lanes, pass, totals);
    }
    finish(lanes, outer, totals);
    for (const _ of passes) lanes.close();
    lanes.close();
    writer.increase(o, 1);
  });
}

/** Four results at a time, or sixteen where there are enough. */
function writeAlongResults(
  lanes: LaneWriter,
  plan: ReductionPlan,
  length: number,
  task: { readonly begin: Int; readonly end: Int; readonly bounds: { readonly from: Int; readonly to: Int } },
  finish: (lanes: LaneWriter, outer: Form, totals: readonly Local<'v128'>[]) => void,
): void {
  const { writer, forms } = lanes;
  const { runs, count, passes } = plan;
  const block = (outers: readonly Form[]): void => {
    let totals: Local<'v128'>[][] = [];
    for (const pass of passes) {
      totals = outers.map(() => newAccumulators(writer, pass.accumulations));
      writeOuterLoops(lanes, runs, task.bounds, runs.length, (inner) => {
        outers.forEach((outer, number) => {
          writeElement(lanes, plan, pass, totals[number] ?? [], outer, inner);
        });
      });
      // With several blocks there is one pass, and each block's totals are given when its results are written.
      if (outers.length === 1) giveTotals(lanes, pass, totals[0] ?? []);
    }
    const lastPass = passes.at(-1);
    outers.forEach((outer, number) => {
      if (outers.length > 1 && lastPass) giveTotals(lanes, lastPass, totals[number] ?? []);
      finish(lanes, outer, totals[number] ?? []);
      if (outers.length > 1) lanes.close();
    });
    if (outers.length === 1) for (const _ of passes) lanes.close();
  };
  const wide = passes.length === 1 && length >= 4 * unrolled;
  const row = (start: Form, from: Int, to: Int): void => {
    const outerAt = (x: Form): Form => forms.add(start, x);
    const bytes = writer.keep(i32.shl(from, i32.constant(2)));
    if (wide) {
      const whole = writer.keep(i32.sub(i32.shl(to, i32.constant(2)), i32.constant(16 * unrolled - 4)));
      writer.while(i32.ltS(bytes, whole), () => {
        lanes.open();
        const x = lanes.neighbours('x', length, bytes);
        block(Array.from({ length: unrolled }, (_, number) => outerAt(forms.add(x, forms.constant(4 * number)))));
        lanes.close();
        writer.increase(bytes, 16 * unrolled);
      });
    }
    writeLanes(lanes, 'x', length, i32.shrU(bytes, i32.constant(2)), to, (x) => {
      block([outerAt(x)]);
    });
  };
  if (length === count) {
    row(forms.constant(0), task.begin, task.end);
    return;
  }
  const number = writer.keep(i32.divU(task.begin, i32.constant(length)));
  const last = writer.keep(i32.divU(task.end, i32.constant(length)));
  writer.while(i32.ltS(number, last), () => {
    lanes.open();
    const start = forms.multiply(lanes.same('row', count / length, number), length);
    row(start, i32.constant(0), i32.constant(length));
    lanes.close();
    writer.increase(number, 1);
  });
}

function storeResults(lanes: LaneWriter, results: readonly PlacedOutput[], outer: Form): void {
  const values = results.map(({ node }) => lanes.value(node, lanes.forms.unravel(outer, node.tensor.shape)).lanes);
  results.forEach(({ placement }, position) => {
    const value = values[position];
    if (value) lanes.store(placement, outer, value);
  });
}

/** The stages of a planned reduction; `partsAddress` is that of `partsSize` elements. */
export function reductionStages(plan: ReductionPlan, options: LaneOptions, partsAddress: number): Stage[] {
  const { group, count, chunk, parts, partTurns, runs, results, layout, passes } = plan;
  const blocks = Math.max(1, divideUp(count, chunk));
  const accumulations = passes[0]?.accumulations ?? [];
  const outermost = runs[0] ?? 1;
  const partial = (accumulation: number, part: number | null): Placement => ({
    buffer: { workspace: -1 },
    offset: (accumulation * parts + (part ?? 0)) * count,
    size: count * parts,
    type: 'f32',
  });
  const withParts: LaneOptions = {
    ...options,
    addressOf: (placement) =>
      'workspace' in placement.buffer && placement.buffer.workspace === -1
        ? partsAddress + placement.offset * 4
        : options.addressOf(placement),
  };
  const main: Stage = {
    name: group.name,
    tasks: blocks * parts,
    write(writer, task) {
      const lanes = new LaneWriter(writer, withParts);
      const block = writer.keep(parts === 1 ? task : i32.divU(task, i32.constant(parts)));
      const begin = writer.keep(i32.mul(block, i32.constant(chunk)));
      const end = writer.keep(i32.lesserU(i32.add(begin, i32.constant(chunk)), i32.constant(count)));
      let bounds: { from: Int; to: Int } = { from: i32.constant(0), to: i32.constant(outermost) };
      let part: Form | null = null;
      if (parts > 1) {
        const number = writer.keep(i32.remU(task, i32.constant(parts)));
        const from = writer.keep(i32.mul(number, i32.constant(partTurns)));
        bounds = { from, to: writer.keep(i32.lesserU(i32.add(from, i32.constant(partTurns)), i32.constant(outermost))) };
        lanes.open();
        part = lanes.same('part', parts, number);
      }
      const finish = (own: LaneWriter, outer: Form, totals: readonly Local<'v128'>[]): void => {
        if (part === null) {
          storeResults(own, results, outer);
          return;
        }
        const place = own.forms.add(own.forms.multiply(part, count), outer);
        totals.forEach((total, position) => {
          own.store(partial(position, null), place, total);
        });
      };
      const range = { begin, end, bounds };
      if (layout.along === 'elements') writeAlongElements(lanes, plan, range, finish);
      else writeAlongResults(lanes, plan, layout.length, range, finish);
    },
  };
  if (parts === 1) return [main];
  return [
    main,
    {
      name: `${group.name}, parts`,
      tasks: 1,
      write(writer) {
        const lanes = new LaneWriter(writer, withParts);
        writeLanes(lanes, 'x', count, i32.constant(0), i32.constant(count), (x) => {
          const totals = accumulations.map((accumulation, position) => {
            const values = Array.from({ length: parts }, (_, part) => lanes.stored(partial(position, part), x));
            const total = writer.keep(accumulation.initial(writer));
            for (const value of values) writer.set(total, accumulation.combine(writer, total, value));
            return total;
          });
          const [pass] = passes;
          if (pass) giveTotals(lanes, pass, totals);
          storeResults(lanes, results, x);
          lanes.close();
        });
      },
    },
  ];
}
