/**
 * How a value of another software's graph lies in the output of one of our nodes: which axes were split, joined, exchanged
 * or left out since. Such changes of form cost no layer until one needs the numbers in its own order.
 *
 * An axis is a list of atoms. Atoms are pieces of the axes of the node's output, told apart by identity; one more atom is
 * the batch, which no document of ours writes down.
 */
import { sizeOf, type Shape } from '../../../compute/graph/tensor';

export interface Atom {
  readonly size: number;
  readonly batch: boolean;
}

export interface View {
  readonly node: string;
  /** The atoms of the node's output in row-major order, without the batch. */
  readonly base: readonly Atom[];
  readonly axes: readonly (readonly Atom[])[];
}

const atom = (size: number): Atom => ({ size, batch: false });
export const batchAtom = (size: number): Atom => ({ size, batch: true });
const matters = ({ size, batch }: Atom): boolean => batch || size !== 1;

/** A node's output as it is, with the batch at that axis, or without one. */
export function freshView(node: string, shape: Shape, batch: { readonly atom: Atom; readonly axis: number } | null): View {
  const base = shape.map(atom);
  const axes = base.map((one) => [one].filter(matters));
  if (batch !== null) axes.splice(batch.axis, 0, [batch.atom]);
  return { node, base, axes };
}

/** The sizes of all axes, the batch's among them. */
export const shapeOfView = ({ axes }: View): number[] => axes.map((atoms) => sizeOf(atoms.map(({ size }) => size)));

/** The other node's output lies as that of the first does: after a layer that takes each number by itself. */
export const sameLayout = (view: View, node: string): View => ({ ...view, node });

/** Whether the numbers of both lie in the same order in nodes of the same shape. */
export function alike(a: View, b: View): boolean {
  if (a.base.length !== b.base.length || a.axes.length !== b.axes.length) return false;
  if (!a.base.every(({ size }, index) => size === b.base[index]?.size)) return false;
  const placeIn = (view: View, one: Atom): number => (one.batch ? -1 : view.base.indexOf(one));
  return a.axes.every((atoms, axis) => {
    const others = b.axes[axis] ?? [];
    return atoms.length === others.length && atoms.every((one, index) => placeIn(a, one) === placeIn(b, others[index] ?? one));
  });
}

/** In row-major order of the axes, in another form. Null where an axis would be cut across what another layer made. */
export function reshapeView(view: View, sizes: readonly number[]): View | null {
  const queue = view.axes.flat();
  const base = [...view.base];
  const axes: Atom[][] = [];
  for (const size of sizes) {
    const axis: Atom[] = [];
    let left = size;
    const first = queue[0];
    // A batch of one is wherever an axis of one is: the first that comes.
    if (size === 1 && first?.batch && first.size === 1) {
      axis.push(first);
      queue.shift();
    }
    while (left > 1) {
      const next = queue.shift();
      if (next === undefined || next.size === 0) return null;
      if (left % next.size === 0) {
        axis.push(next);
        left /= next.size;
      } else if (next.size % left === 0 && !next.batch) {
        const parts = [atom(left), atom(next.size / left)] as const;
        base.splice(base.indexOf(next), 1, ...parts);
        axis.push(parts[0]);
        queue.unshift(parts[1]);
        left = 1;
      } else return null;
    }
    axes.push(axis);
  }
  if (queue.some(({ size }) => size !== 1)) return null;
  axes.at(-1)?.push(...queue);
  if (axes.length === 0 && queue.length > 0) return null;
  return { node: view.node, base, axes };
}

export const permuteView = (view: View, order: readonly number[]): View => ({
  ...view,
  axes: order.map((axis) => view.axes[axis] ?? []),
});

/** Without axes of size 1, which are named. A batch of one moves into the axis before or behind. */
export function squeezeView(view: View, dropped: ReadonlySet<number>): View {
  const axes: Atom[][] = [];
  const waiting: Atom[] = [];
  for (const [axis, atoms] of view.axes.entries()) {
    if (!dropped.has(axis)) axes.push([...waiting.splice(0), ...atoms]);
    else if (axes.length > 0) axes.at(-1)?.push(...atoms);
    else waiting.push(...atoms);
  }
  return { ...view, axes };
}

/** With axes of size 1 at those places of the result. */
export function unsqueezeView(view: View, added: ReadonlySet<number>): View {
  const left = [...view.axes];
  const axes = Array.from({ length: view.axes.length + added.size }, (_, axis) => (added.has(axis) ? [] : (left.shift() ?? [])));
  return { ...view, axes };
}

/** The axes of one sample: those that hold more than the batch. */
export function sampleAxes({ axes }: View): (readonly Atom[])[] {
  return axes.filter((atoms) => !(atoms.length === 1 && atoms[0]?.batch === true)).map((atoms) => atoms.filter(({ batch }) => !batch));
}

/** Which axis of a sample that axis is; null where it is the batch's, or holds the batch with others. */
export function sampleAxisOf({ axes }: View, axis: number): number | null {
  const wanted = axes[axis];
  if (wanted === undefined || wanted.some(({ batch }) => batch)) return null;
  return axes.slice(0, axis).filter((atoms) => !(atoms.length === 1 && atoms[0]?.batch === true)).length;
}

/** A node's output whose sample has the axes of `like`, of other sizes in places; batch and axes stand as they stand there. */
export function viewAs(like: View, node: string, shape: Shape): View {
  const base: Atom[] = [];
  let next = 0;
  const axes = like.axes.map((atoms) => {
    if (atoms.length === 1 && atoms[0]?.batch === true) return atoms;
    const size = shape[next++] ?? 1;
    const kept = sizeOf(atoms.filter(({ batch }) => !batch).map((one) => one.size)) === size;
    const made = kept ? atoms.map((one) => (one.batch ? one : atom(one.size))) : [...atoms.filter(({ batch }) => batch), atom(size)];
    base.push(...made.filter(({ batch }) => !batch));
    return made.filter(matters);
  });
  return { node, base, axes };
}

/** What has to be done to a node's output to have its atoms in that order and in axes of those groups. */
export interface Arrangement {
  /** Null where the output already has that shape. */
  readonly before: Shape | null;
  readonly order: readonly number[] | null;
  readonly after: Shape | null;
}

const sameSizes = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, axis) => size === b[axis]);

/** From the node's shape to groups of atoms that are all of its own, as one reshape, permutation and reshape at most. */
export function arrange(view: View, actual: Shape, groups: readonly (readonly Atom[])[]): Arrangement {
  const wanted = groups.map((group) => sizeOf(group.map(({ size }) => size)));
  const from = view.base.filter(matters);
  const to = groups.flat().filter(matters);
  const runs: Atom[][] = [];
  for (const one of from) {
    const last = runs.at(-1)?.at(-1);
    const place = to.indexOf(one);
    if (last !== undefined && place > 0 && to[place - 1] === last) runs.at(-1)?.push(one);
    else runs.push([one]);
  }
  const order = to.flatMap((one) => {
    const run = runs.findIndex(([first]) => first === one);
    return run === -1 ? [] : [run];
  });
  if (order.every((run, index) => run === index)) return { before: null, order: null, after: sameSizes(actual, wanted) ? null : wanted };
  const sizes = runs.map((run) => sizeOf(run.map(({ size }) => size)));
  // Axes of one that the output has anyway may stay where that saves a reshape.
  if (
    sameSizes(
      actual.filter((size) => size !== 1),
      sizes,
    ) &&
    actual.length === wanted.length &&
    wanted.filter((size) => size !== 1).length === sizes.length &&
    actual.length !== sizes.length
  ) {
    const places = actual.flatMap((size, axis) => (size === 1 ? [] : [axis]));
    const ones = actual.flatMap((size, axis) => (size === 1 ? [axis] : []));
    const moved = order.map((run) => places[run] ?? 0);
    const whole = wanted.map((size) => (size === 1 ? (ones.shift() ?? 0) : (moved.shift() ?? 0)));
    return { before: null, order: whole, after: null };
  }
  const permuted = order.map((run) => sizes[run] ?? 1);
  return { before: sameSizes(actual, sizes) ? null : sizes, order, after: sameSizes(permuted, wanted) ? null : wanted };
}
