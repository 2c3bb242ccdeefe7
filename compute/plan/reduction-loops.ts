/** The loops of a reduction: what is combined into each result, and how the work is spread. It writes no WGSL. */
import { sizeOf, type DeviceProfile } from '../graph/tensor';
import type { Form, IndexForms } from './index-form';
import type { Node } from './nodes';

/** Neighbouring reduced axes, whose elements are numbered through. */
interface Run {
  readonly axes: readonly number[];
  readonly size: number;
}

const inputShape = (root: Node): readonly number[] => root.inputs[0]?.tensor.shape ?? [];

const knownRuns = new WeakMap<Node, readonly Run[]>();

function runsOf(root: Node): readonly Run[] {
  const known = knownRuns.get(root);
  if (known) return known;
  const axes = root.tensor.attributes['axes'] as readonly number[]; // ReduceAttributes: `apply` took them from a ReduceOperation.
  const shape = inputShape(root);
  const runs: { axes: number[]; size: number }[] = [];
  for (const axis of axes) {
    const last = runs.at(-1);
    if (last?.axes.at(-1) === axis - 1) {
      last.axes.push(axis);
      last.size *= shape[axis] ?? 1;
    } else {
      runs.push({ axes: [axis], size: shape[axis] ?? 1 });
    }
  }
  knownRuns.set(root, runs);
  return runs;
}

/** Sizes of the nested loops over what is combined, outermost first. */
export const loopSizes = (root: Node): number[] => runsOf(root).map((run) => run.size);

/** Index into what the root reduces, from the number of the result and the place in each loop. */
export function inputIndex(root: Node, forms: IndexForms, outer: Form, inner: readonly Form[]): Form[] {
  const shape = inputShape(root);
  const runs = runsOf(root);
  const reduced = new Set(runs.flatMap((run) => run.axes));
  const index = shape.map(() => forms.constant(0));
  const kept = shape.flatMap((_, axis) => (reduced.has(axis) ? [] : [axis]));
  forms.unravel(outer, root.tensor.shape).forEach((form, position) => {
    index[kept[position] ?? 0] = form;
  });
  runs.forEach((run, number) => {
    const sizes = run.axes.map((axis) => shape[axis] ?? 1);
    forms.unravel(inner[number] ?? forms.constant(0), sizes).forEach((form, position) => {
      index[run.axes[position] ?? 0] = form;
    });
  });
  return index;
}

/** Each result by one invocation, by the invocations of one workgroup, or by several workgroups and a second kernel. */
export interface Spread {
  readonly by: 'invocation' | 'workgroup';
  readonly parts: number;
}

const divideUp = (a: number, b: number): number => Math.ceil(a / b);

/** How `results` sums of `length` elements are spread: from sizes and the kind of device alone, so that the order is fixed. */
export function spreadOf(results: number, length: number, { software }: DeviceProfile): Spread {
  if (software) {
    if (results >= 64 || length <= 512) return { by: 'invocation', parts: 1 };
    return { by: 'workgroup', parts: results >= 4 || length < 16384 ? 1 : divideUp(8, results) };
  }
  if (length <= 64 || (results >= 16384 && length <= 1024)) return { by: 'invocation', parts: 1 };
  const parts = results < 64 && length >= 65536 ? Math.min(64, divideUp(length, 8192)) : 1;
  return { by: 'workgroup', parts };
}

/**
 * Whether to compute tensors of the size of what is reduced in the same kernel: where results are many enough for all
 * cores, or all is so little that starting another kernel would take longer.
 */
export function writesElements(results: number, length: number, profile: DeviceProfile): boolean {
  const many = results >= (profile.software ? 8 : 512);
  const little = length <= 1024 && results * length <= 16_384;
  return spreadOf(results, length, profile).parts === 1 && (many || little);
}

export const lengthOf = (root: Node): number => sizeOf(loopSizes(root));
