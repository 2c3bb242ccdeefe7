/**
 * Where the nodes stand: tidy layout from input to output, left to right like the data, in rows like text where one row
 * would be too long to read; and walking between nodes with the arrow keys. Pure.
 */
import { graphlib, layout as dagreLayout } from '@dagrejs/dagre';
import type { ModelDocument } from '../../../compute/graph/model-document';
import type { Position } from '../project';

/** Size of a node's card in canvas units; NetworkNode.vue is made to it. */
export const nodeSize = { width: 168, height: 88 } as const;
const columnGap = 32;
const rowGap = 40;
const siblingGap = 20;
export const columnStep = nodeSize.width + columnGap;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type Positions = Readonly<Record<string, Position>>;

/** Ranks of nodes, and their offsets across, by dagre. */
function placeInOneRow(document: ModelDocument): Map<string, Position> {
  const graph = new graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: siblingGap, ranksep: columnGap, ranker: 'longest-path' });
  for (const node of document.nodes) graph.setNode(node.id, { ...nodeSize });
  const known = new Set(document.nodes.map((node) => node.id));
  for (const edge of document.edges)
    if (known.has(edge.from) && known.has(edge.to)) graph.setEdge(edge.from, edge.to, {}, String(edge.port));
  dagreLayout(graph);
  return new Map(
    document.nodes.map(({ id }) => {
      // dagre writes x and y of the centre into every node's label.
      const placed = graph.node(id) as { x: number; y: number };
      return [id, { x: placed.x - nodeSize.width / 2, y: placed.y - nodeSize.height / 2 }];
    }),
  );
}

interface Columns {
  readonly placed: ReadonlyMap<string, Position>;
  /** Left edges of the ranks, ascending. */
  readonly lefts: readonly number[];
  readonly top: number;
  readonly height: number;
}

function columnsOf(document: ModelDocument): Columns {
  const placed = placeInOneRow(document);
  const lefts = [...new Set([...placed.values()].map((position) => Math.round(position.x)))].sort((first, second) => first - second);
  const tops = [...placed.values()].map((position) => position.y);
  const top = Math.min(...tops);
  return { placed, lefts, top, height: Math.max(...tops) - top + nodeSize.height };
}

/** Smallest scale at which cards are read with ease. */
const readableScale = 0.8;

/**
 * How many columns a row has: as many as can be read in the view's width; more where rows would then not fit its height
 * and longer ones make everything larger.
 */
function rowLengthFor({ lefts, height }: Columns, view: Size): number {
  const scaleWith = (length: number) =>
    Math.min(
      readableScale,
      view.width / (length * columnStep - columnGap),
      view.height / (Math.ceil(lefts.length / length) * (height + rowGap) - rowGap),
    );
  const comfortable = Math.max(2, Math.floor((view.width / readableScale + columnGap) / columnStep));
  let best = comfortable;
  for (let length = comfortable + 1; length <= lefts.length; length += 1) if (scaleWith(length) > scaleWith(best) * 1.001) best = length;
  return best;
}

function arrange({ placed, lefts, top, height }: Columns, rowLength: number): Record<string, Position> {
  return Object.fromEntries(
    [...placed].map(([id, position]) => {
      const column = lefts.indexOf(Math.round(position.x));
      const row = Math.floor(column / rowLength);
      return [id, { x: (column % rowLength) * columnStep, y: Math.round(position.y - top) + row * (height + rowGap) }];
    }),
  );
}

/** Positions for all nodes, the first column at x = 0, for a view of so many pixels. */
export function tidyLayout(document: ModelDocument, view: Size): Record<string, Position> {
  const columns = columnsOf(document);
  return arrange(columns, rowLengthFor(columns, view));
}

/** Whether the nodes stand where some tidy layout would put them: then it may tidy up after an edit, too. */
export function isTidy(document: ModelDocument, layout: Positions): boolean {
  if (document.nodes.length === 0) return true;
  const columns = columnsOf(document);
  return columns.lefts.some((_left, index) =>
    Object.entries(arrange(columns, index + 1)).every(([id, place]) => layout[id]?.x === place.x && layout[id].y === place.y),
  );
}

/** What is there, and for nodes without a position the tidy one. */
export function completeLayout(document: ModelDocument, layout: Positions, view: Size): Positions {
  if (document.nodes.every((node) => node.id in layout)) return layout;
  const tidy = tidyLayout(document, view);
  return Object.fromEntries(document.nodes.map(({ id }) => [id, layout[id] ?? tidy[id] ?? { x: 0, y: 0 }]));
}

/** Positions in which nothing covers a card put at `place`: what stands to its right in the same row moves on. */
export function makeRoom(layout: Positions, place: Position): Positions {
  if (!Object.values(layout).some((other) => overlaps(other, place))) return layout;
  return Object.fromEntries(
    Object.entries(layout).map(([id, other]) => [
      id,
      Math.abs(other.y - place.y) < nodeSize.height && other.x > place.x - nodeSize.width / 2
        ? { x: other.x + columnStep, y: other.y }
        : other,
    ]),
  );
}

const overlaps = (first: Position, second: Position) =>
  Math.abs(first.x - second.x) < nodeSize.width && Math.abs(first.y - second.y) < nodeSize.height;

/** A place near the wanted one where the card covers no other: to the right, then below. */
export function freePlace(layout: Positions, wanted: Position): Position {
  const others = Object.values(layout);
  let place = wanted;
  for (let attempt = 0; attempt < 200 && others.some((other) => overlaps(other, place)); attempt += 1)
    place = { x: place.x, y: place.y + nodeSize.height + siblingGap };
  return place;
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/**
 * The node an arrow key leads to: right and left follow the edges (of several, the nearest in height); up and down go to
 * the nearest card in that direction. Null where there is none.
 */
export function walk(document: ModelDocument, layout: Positions, from: string, direction: Direction): string | null {
  const here = layout[from];
  if (!here) return null;
  const nearest = (ids: readonly string[], distance: (place: Position) => number): string | null => {
    let best: string | null = null;
    let least = Infinity;
    for (const id of ids) {
      const place = layout[id];
      const value = place && id !== from ? distance(place) : Infinity;
      if (value < least) [best, least] = [id, value];
    }
    return best;
  };
  if (direction === 'right' || direction === 'left') {
    const linked = document.edges.flatMap((edge) =>
      direction === 'right' ? (edge.from === from ? [edge.to] : []) : edge.to === from ? [edge.from] : [],
    );
    const found = nearest(linked, (place) => Math.abs(place.y - here.y));
    if (found !== null) return found;
  }
  const sign = direction === 'right' || direction === 'down' ? 1 : -1;
  const across = direction === 'left' || direction === 'right';
  return nearest(
    document.nodes.map((node) => node.id),
    (place) => {
      const along = sign * (across ? place.x - here.x : place.y - here.y);
      const aside = Math.abs(across ? place.y - here.y : place.x - here.x);
      return along <= 0 || (across && aside > along) ? Infinity : along + 2 * aside;
    },
  );
}

/** The nodes in reading order: by row, then from the left. Where a walk starts. */
export const readingOrder = (document: ModelDocument, layout: Positions): string[] =>
  document.nodes
    .map((node) => node.id)
    .sort((first, second) => {
      const [a, b] = [layout[first] ?? { x: 0, y: 0 }, layout[second] ?? { x: 0, y: 0 }];
      return Math.abs(a.y - b.y) > nodeSize.height ? a.y - b.y : a.x - b.x;
    });
