import { describe, expect, it } from 'vitest';
import { layOutGrid, scrollToTile, tileAt, tileByKey } from './grid-layout';

const grid = layOutGrid(1003, 410, 40, 50);

describe('a long grid', () => {
  it('fills the width with whole tiles', () => {
    expect(grid).toMatchObject({ columns: 10, rows: 101, cellWidth: 41, height: 5050 });
    expect(layOutGrid(5, 10, 40, 50).columns).toBe(1);
  });

  it('finds the tile under the pointer', () => {
    expect(tileAt(grid, 42, 51)).toBe(11);
    expect(tileAt(grid, 300, 5040)).toBe(-1);
    expect(tileAt(grid, -1, 5)).toBe(-1);
  });

  it('is walked by keys and ends at its edges', () => {
    expect(tileByKey(grid, 11, 'ArrowDown', 4)).toBe(21);
    expect(tileByKey(grid, 3, 'ArrowUp', 4)).toBe(3);
    expect(tileByKey(grid, 1000, 'ArrowDown', 4)).toBe(1000);
    expect(tileByKey(grid, 11, 'PageDown', 4)).toBe(51);
    expect(tileByKey(grid, 11, 'End', 4)).toBe(1002);
    expect(tileByKey(grid, 11, 'Home', 4)).toBe(0);
    expect(tileByKey(grid, 11, 'a', 4)).toBeNull();
  });

  it('scrolls no farther than needed', () => {
    expect(scrollToTile(grid, 0, 120, 200)).toBe(0);
    expect(scrollToTile(grid, 45, 120, 200)).toBe(120);
    expect(scrollToTile(grid, 75, 120, 200)).toBe(200);
  });
});
