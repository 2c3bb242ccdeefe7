import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grey } from './colour-maps';
import { colourPixels, cornerOf, layOut, moved, placeAt, tilePixels, tilesOf, valueIndex } from './pixel-grid';

describe('laying out tiles', () => {
  it('fits the width with whole pixels a number', () => {
    const layout = layOut({ count: 6, height: 28, width: 28 }, 300, 90);
    expect(layout).toMatchObject({ columns: 3, rows: 2, scale: 3, totalWidth: 3 * 86 - 2, totalHeight: 2 * 86 - 2 });
  });

  it('prefers one row at a small cost to a tile left over', () => {
    expect(layOut({ count: 6, height: 5, width: 5 }, 300, 56)).toMatchObject({ columns: 6, rows: 1, scale: 9 });
    expect(layOut({ count: 10, height: 28, width: 28 }, 400, 84)).toMatchObject({ columns: 4, rows: 3, scale: 3 });
  });

  it('finds every number at its own place', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 20, max: 400 }),
        (count, height, width, available) => {
          const layout = layOut({ count, height, width }, available, 60);
          const tile = count - 1;
          const corner = cornerOf(layout, tile);
          const place = placeAt(layout, corner.x + (width - 0.5) * layout.scale, corner.y + (height - 0.5) * layout.scale);
          expect(place).toEqual({ tile, row: height - 1, column: width - 1 });
          expect(place && valueIndex(layout, place)).toBe(count * height * width - 1);
        },
      ),
    );
  });

  it('finds nothing between tiles and after the last', () => {
    const layout = layOut({ count: 5, height: 2, width: 2 }, 46, 20);
    expect(layout.columns).toBe(2);
    expect(placeAt(layout, 21, 1)).toBeNull();
    expect(placeAt(layout, 25, 47)).toBeNull();
  });

  it('moves across tiles and stays inside', () => {
    const layout = layOut({ count: 5, height: 2, width: 2 }, 46, 20);
    expect(moved(layout, { tile: 0, row: 0, column: 1 }, 0, 1)).toEqual({ tile: 1, row: 0, column: 0 });
    expect(moved(layout, { tile: 3, row: 1, column: 0 }, 1, 0)).toEqual({ tile: 3, row: 1, column: 0 });
    expect(moved(layout, { tile: 0, row: 0, column: 0 }, -1, 0)).toEqual({ tile: 0, row: 0, column: 0 });
  });
});

describe('pixels', () => {
  it('are the colours of the numbers, transparent where there is none', () => {
    expect([...tilePixels([9, 9, 0, NaN], { count: 2, height: 1, width: 2 }, 1, { minimum: 0, maximum: 1 }, grey)]).toEqual([
      0, 0, 0, 255, 0, 0, 0, 0,
    ]);
  });
  it('of three planes are red, green and blue', () => {
    expect([...colourPixels([1, 0.5, 0], 1, 1)]).toEqual([255, 128, 0, 255]);
  });
});

describe('tiles of a shape', () => {
  it.each([
    [[6, 28, 28], { count: 6, height: 28, width: 28 }],
    [[16, 6, 5, 5], { count: 96, height: 5, width: 5 }],
    [[120, 400], { count: 1, height: 120, width: 400 }],
    [[10], { count: 1, height: 1, width: 10 }],
    [[8, 4, 1, 1], { count: 1, height: 8, width: 4 }],
    [[], { count: 1, height: 1, width: 1 }],
  ])('%j', (shape, tiles) => {
    expect(tilesOf(shape)).toEqual(tiles);
  });
});
