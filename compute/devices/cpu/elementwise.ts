/**
 * Loops over the elements of outputs that stand at the same place: rows of a length chosen so that what is read lies side by
 * side, four elements at a time and the rest of a row one by one.
 */
import { IndexForms, type Form } from '../../plan/index-form';
import type { Placement } from '../../plan/kernel-bindings';
import type { Node } from '../../plan/nodes';
import type { PlacedOutput } from '../../plan/placement';
import { accessCost } from './access-cost';
import { i32, type Int } from './assembly/expression';
import type { FunctionWriter } from './assembly/function-writer';
import type { Stage } from './kernel';
import { LaneWriter, type LaneOptions } from './lane-writer';

/** Elements that a task computes, about: enough that taking a task costs nothing, few enough for several threads. */
const elementsOfTask = 8192;

const divideUp = (a: number, b: number): number => Math.ceil(a / b);

/** Lengths of rows that follow from the shapes of the outputs: all of it, and what each axis leaves to the right. */
function rowLengths(outputs: readonly PlacedOutput[], size: number, grain: number | null): number[] {
  const lengths = new Set<number>([size]);
  for (const { node } of outputs) {
    let length = 1;
    for (const axis of [...node.tensor.shape].reverse()) {
      length *= axis;
      lengths.add(length);
    }
  }
  return [...lengths].filter((length) => length > 0 && size % length === 0 && (length === size || grain === null || grain % length === 0));
}

const linearOf = (forms: IndexForms, row: Form, x: Form, length: number): Form => forms.add(forms.multiply(row, length), x);

/** The length of rows at which the outputs cost least. With `grain`, rows must divide it or be all there is. */
export function chooseRowLength(
  outputs: readonly PlacedOutput[],
  size: number,
  placementOf: (node: Node) => Placement | null,
  grain: number | null = null,
): number {
  let best = size;
  let least = Infinity;
  for (const length of rowLengths(outputs, size, grain)) {
    const forms = new IndexForms();
    const linear = linearOf(forms, forms.variable('row', size / length, 1), forms.variable('x', length, 2), length);
    const values = outputs.map(({ node }) => ({ node, index: forms.unravel(linear, node.tensor.shape) }));
    const { lanes, shared } = accessCost(values, forms, 'x', placementOf);
    const turns = Math.floor(length / 4) + (length % 4);
    const cost = ((lanes + 2) * turns + (length === size ? 0 : 8 + 3 * shared)) / length;
    if (cost < least) [best, least] = [length, cost];
  }
  return best;
}

/** Goes through x in [from, to), four at a time and then one by one; the bodies find the variable `x` in the lane writer. */
export function writeLanes(lanes: LaneWriter, name: string, limit: number, from: Int, to: Int, body: (x: Form) => void): void {
  const { writer } = lanes;
  const bytes = writer.keep(i32.shl(from, i32.constant(2)));
  const end = writer.keep(i32.shl(to, i32.constant(2)));
  const whole = writer.keep(i32.sub(end, i32.constant(12)));
  writer.while(i32.ltS(bytes, whole), () => {
    lanes.open();
    body(lanes.neighbours(name, limit, bytes));
    lanes.close();
    writer.increase(bytes, 16);
  });
  const one = writer.keep(i32.shrU(bytes, i32.constant(2)));
  writer.while(i32.ltS(one, to), () => {
    lanes.open();
    body(lanes.same(name, limit, one));
    lanes.close();
    writer.increase(one, 1);
  });
}

/** Computes the outputs' elements in [begin, end), both multiples of `length` unless that is `size`. */
export function writeElements(
  writer: FunctionWriter,
  outputs: readonly PlacedOutput[],
  options: LaneOptions,
  { size, length, begin, end }: { readonly size: number; readonly length: number; readonly begin: Int; readonly end: Int },
): void {
  const lanes = new LaneWriter(writer, options);
  const { forms } = lanes;
  const body = (row: Form) => (x: Form) => {
    const linear = linearOf(forms, row, x, length);
    const values = outputs.map(({ node }) => lanes.value(node, forms.unravel(linear, node.tensor.shape)).lanes);
    outputs.forEach(({ placement }, position) => {
      const value = values[position];
      if (value) lanes.store(placement, linear, value);
    });
  };
  if (length === size) {
    writeLanes(lanes, 'x', size, begin, end, body(forms.constant(0)));
    return;
  }
  const row = writer.keep(i32.divU(begin, i32.constant(length)));
  const last = writer.keep(i32.divU(end, i32.constant(length)));
  writer.while(i32.ltS(row, last), () => {
    lanes.open();
    writeLanes(lanes, 'x', length, i32.constant(0), i32.constant(length), body(lanes.same('row', size / length, row)));
    lanes.close();
    writer.increase(row, 1);
  });
}

/** One stage that computes the outputs, which have `size` elements each. */
export function elementwiseStage(name: string, outputs: readonly PlacedOutput[], size: number, options: LaneOptions): Stage {
  const length = chooseRowLength(outputs, size, options.placementOf);
  const chunk = length === size ? elementsOfTask : Math.max(1, Math.round(elementsOfTask / length)) * length;
  return {
    name,
    tasks: Math.max(1, divideUp(size, chunk)),
    write(writer, task) {
      const begin = writer.keep(i32.mul(task, i32.constant(chunk)));
      const end = writer.keep(i32.lesserU(i32.add(begin, i32.constant(chunk)), i32.constant(size)));
      writeElements(writer, outputs, options, { size, length, begin, end });
    },
  };
}
