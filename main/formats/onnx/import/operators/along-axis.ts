/** What layers share that work along one axis: which axis of a node's output that is, and how a value goes in and comes out. */
import { sizeOf, type Shape } from '../../../../../compute/graph/tensor';
import type { NetworkBuilder } from '../../../models/network-builder';
import { sampleAxes, viewAs, type Atom, type View } from '../../../models/views';

/** The axis of the node's output that the atom is a part of, and how many numbers lie between its neighbours there. */
export function axisOfAtom(
  view: View,
  shape: Shape,
  atom: Atom,
): { readonly axis: number; readonly inner: number; readonly outermost: boolean } | null {
  let place = 0;
  for (const [axis, size] of shape.entries()) {
    const parts: Atom[] = [];
    let product = 1;
    while (product < size || (size === 1 && parts.length === 0 && view.base[place]?.size === 1)) {
      const next = view.base[place];
      if (next === undefined || size % (product * next.size) !== 0) return null;
      parts.push(next);
      product *= next.size;
      place++;
    }
    const index = parts.indexOf(atom);
    if (index !== -1)
      return {
        axis,
        inner: sizeOf(parts.slice(index + 1).map((part) => part.size)),
        outermost: parts.slice(0, index).every((part) => part.size === 1),
      };
  }
  return null;
}

/**
 * A layer that works along axes of a sample, on the value's own order where its axes only stand exchanged: `add` is given the
 * node, and where each axis of the value stands in it, and answers with the layer.
 */
export function inOwnOrder(builder: NetworkBuilder, view: View, add: (node: string, placeOf: (axis: number) => number) => string): View {
  const groups = sampleAxes(view);
  const positions = groups.map((atoms, index) => ({ index, place: atoms[0] === undefined ? index : view.base.indexOf(atoms[0]) }));
  const order = groups.some((atoms) => atoms.length === 0)
    ? groups.map((_, index) => index)
    : [...positions].sort((a, b) => a.place - b.place).map(({ index }) => index);
  const ordered = order.map((index) => groups[index] ?? []);
  const node = add(builder.laidOut(view, ordered), (axis) => order.indexOf(axis));
  const made = viewAs({ ...view, axes: ordered }, node, builder.shapeOf(node));
  let next = 0;
  return {
    ...made,
    axes: view.axes.map((atoms) =>
      atoms.length === 1 && atoms[0]?.batch === true
        ? atoms
        : [...atoms.filter(({ batch }) => batch), ...(made.axes[order.indexOf(next++)] ?? [])],
    ),
  };
}
