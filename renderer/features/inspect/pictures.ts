/** How the numbers of a node are best looked at. Pure, on the document and its analysis. */
import type { ModelDocument } from '../../../compute/graph/model-document';
import type { Shape } from '../../../compute/graph/tensor';

export interface NodeShapes {
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape | null;
}

/**
 * The shape to show a weight in: rows of a dense layer behind a flatten become what the flatten took (its units as
 * images), all else stays as it is.
 */
export function pictureShape(document: ModelDocument, nodes: ReadonlyMap<string, NodeShapes>, node: string, shape: Shape): Shape {
  if (shape.length !== 2) return shape;
  const source = document.edges.find((edge) => edge.to === node && edge.port === 0)?.from;
  const before = document.nodes.find((candidate) => candidate.id === source);
  if (before?.kind !== 'flatten') return shape;
  const taken = nodes.get(before.id)?.inputShapes[0];
  const size = taken?.reduce((product, axis) => product * axis, 1);
  return taken?.length === 3 && size === shape[1] ? [shape[0] ?? 1, ...taken] : shape;
}

/** A vector is better read as a histogram than as a row of dots; a picture needs two axes. */
export const hasPicture = (shape: Shape): boolean => shape.filter((size) => size > 1).length >= 2;

export interface TileIndices {
  readonly output: number;
  readonly input: number;
}

/** Which output and input a filter tile is of, in a weight [out, in, h, w]. */
export const filterOf = (shape: Shape, tile: number): TileIndices | null =>
  shape.length === 4 ? { output: Math.floor(tile / (shape[1] ?? 1)), input: tile % (shape[1] ?? 1) } : null;
