/**
 * How a reduction is computed on the CPU: in how many passes, along which axis four at a time, in which tasks and parts. All of
 * it follows from the shapes alone, and so does the order in which elements are combined.
 */
import { sameShape, sizeOf } from '../../graph/tensor';
import { IndexForms, type Form } from '../../plan/index-form';
import type { Placement } from '../../plan/kernel-bindings';
import type { Node } from '../../plan/nodes';
import type { PlacedOutput } from '../../plan/placement';
import { inputIndex, loopSizes } from '../../plan/reduction-loops';
import { accessCost } from './access-cost';
import type { Vector } from './assembly/expression';
import type { FunctionWriter, Local } from './assembly/function-writer';
import { compileText } from './wgsl/compile';

/** Elements that a task combines, about. */
const elementsOfTask = 16_384;
/** Accumulators side by side: a sum need not wait for the one before. */
export const unrolled = 4;

export const divideUp = (a: number, b: number): number => Math.ceil(a / b);
const product = (sizes: readonly number[]): number => sizes.reduce((result, size) => result * size, 1);

export interface Accumulation {
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
export interface Pass {
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
export function fullIndex(group: ReductionGroup, node: Node, forms: IndexForms, outer: Form, inner: readonly Form[]): Form[] {
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
