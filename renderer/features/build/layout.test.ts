import { create } from 'mutative';
import { describe, expect, it } from 'vitest';
import { emptyDocument, type ModelDocument } from '../../../compute/graph/model-document';
import { layers } from '../../../compute/layers/registry';
import residual from '../../../resources/templates/residual.json';
import { readContent } from '../project/content';
import { insertLayer } from './graph';
import { columnStep, completeLayout, freePlace, isTidy, makeRoom, nodeSize, readingOrder, tidyLayout, walk } from './layout';

function chainOf(length: number): ModelDocument {
  const relu = layers.get('relu');
  if (!relu) throw new Error('no relu');
  return create(emptyDocument('chain'), (draft) => {
    for (let index = 0; index < length; index += 1) insertLayer(draft, relu, index === 0 ? null : `relu${String(index)}`);
  });
}
const view = { width: 736, height: 472 };

const covers = (layout: Readonly<Record<string, { x: number; y: number }>>) => {
  const places = Object.values(layout);
  return places.some((first, index) =>
    places
      .slice(index + 1)
      .some((second) => Math.abs(first.x - second.x) < nodeSize.width && Math.abs(first.y - second.y) < nodeSize.height),
  );
};

describe('tidy layout', () => {
  it('puts a short chain in one row from left to right', () => {
    const layout = tidyLayout(chainOf(4), view);
    expect(['relu1', 'relu2', 'relu3', 'relu4'].map((id) => layout[id])).toEqual(
      [0, 1, 2, 3].map((column) => ({ x: column * columnStep, y: 0 })),
    );
  });

  it('goes on in the next row, as text does, and no card covers another', () => {
    const document = chainOf(13);
    const layout = tidyLayout(document, view);
    expect(layout['relu5']?.x).toBe(0);
    expect(layout['relu5']?.y).toBeGreaterThan(layout['relu4']?.y ?? Infinity);
    expect(covers(layout)).toBe(false);
    expect(readingOrder(document, layout)).toEqual(document.nodes.map((node) => node.id));
  });

  it('moves no card when a chain grows at its end', () => {
    const [before, after] = [tidyLayout(chainOf(6), view), tidyLayout(chainOf(7), view)];
    expect(Object.keys(before).every((id) => before[id]?.x === after[id]?.x && before[id]?.y === after[id]?.y)).toBe(true);
  });

  it('keeps branches apart: the residual template, narrow and wide', () => {
    const read = readContent(residual.content);
    if (!read.ok) throw new Error(read.detail);
    for (const size of [view, { width: 1600, height: 700 }]) {
      const layout = tidyLayout(read.value.document, size);
      expect(Object.keys(layout)).toHaveLength(read.value.document.nodes.length);
      expect(covers(layout)).toBe(false);
    }
  });

  it('is recognised, and a moved card too', () => {
    const document = chainOf(9);
    const layout = tidyLayout(document, view);
    expect(isTidy(document, layout)).toBe(true);
    expect(isTidy(document, { ...layout, relu3: { x: 1, y: 2 } })).toBe(false);
    expect(isTidy(emptyDocument('empty'), {})).toBe(true);
  });

  it('fills in only what has no place', () => {
    const document = chainOf(3);
    const complete = completeLayout(document, { relu2: { x: 7, y: 9 } }, view);
    expect(complete['relu2']).toEqual({ x: 7, y: 9 });
    expect(complete['relu3']).toEqual({ x: 2 * columnStep, y: 0 });
  });
});

describe('room for a new card', () => {
  it('moves what stands to the right in the same row, and nothing else', () => {
    const layout = { a: { x: 0, y: 0 }, b: { x: columnStep, y: 0 }, c: { x: columnStep, y: 300 } };
    const roomy = makeRoom(layout, { x: columnStep, y: 0 });
    expect(roomy).toEqual({ a: { x: 0, y: 0 }, b: { x: 2 * columnStep, y: 0 }, c: { x: columnStep, y: 300 } });
    expect(makeRoom(layout, { x: 900, y: 0 })).toBe(layout);
  });

  it('is found below a card that is in the way', () => {
    expect(covers({ a: { x: 0, y: 0 }, b: freePlace({ a: { x: 0, y: 0 } }, { x: 10, y: 10 }) })).toBe(false);
  });
});

describe('walking with the arrow keys', () => {
  const document = chainOf(8);
  const layout = tidyLayout(document, view);

  it('follows the edges right and left, over the end of a row too', () => {
    expect(walk(document, layout, 'relu1', 'right')).toBe('relu2');
    expect(walk(document, layout, 'relu4', 'right')).toBe('relu5');
    expect(walk(document, layout, 'relu5', 'left')).toBe('relu4');
    expect(walk(document, layout, 'relu1', 'left')).toBeNull();
  });

  it('goes to the nearest card up and down', () => {
    expect(walk(document, layout, 'relu2', 'down')).toBe('relu6');
    expect(walk(document, layout, 'relu6', 'up')).toBe('relu2');
    expect(walk(document, layout, 'relu6', 'down')).toBeNull();
  });
});
