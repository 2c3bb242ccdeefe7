/**
 * Reductions. Four results at a time where they lie side by side in what is reduced, else four elements of one result at a
 * time; with few results of many elements in parts whose sums a second stage adds. All of it follows from the shapes alone,
 * and so does the order in which elements are combined.
 */
import { type Form } from '../../plan/index-form';
import type { Placement } from '../../plan/kernel-bindings';
import type { PlacedOutput } from '../../plan/placement';
import { inputIndex } from '../../plan/reduction-loops';
import { i32, v128, type Int, type Vector } from './assembly/expression';
import type { FunctionWriter, Local } from './assembly/function-writer';
import { writeLanes } from './elementwise';
import type { Stage } from './kernel';
import { LaneWriter, type LaneOptions } from './lane-writer';
import { divideUp, fullIndex, unrolled, type Accumulation, type Pass, type ReductionPlan } from './reduction-plan';

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
