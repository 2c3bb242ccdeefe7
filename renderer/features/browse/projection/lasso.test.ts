import { describe, expect, it } from 'vitest';
import { isInside, nearestPoint, nextPoint, pointsInside } from './lasso';

const points = [0, 0, 4, 0, 4, 4, 1, 1];

describe('a lasso', () => {
  it('holds what lies inside, hollows too', () => {
    const shapeOfC = [0, 0, 6, 0, 6, 2, 2, 2, 2, 4, 6, 4, 6, 6, 0, 6];
    expect(isInside(1, 3, shapeOfC)).toBe(true);
    expect(isInside(4, 3, shapeOfC)).toBe(false);
    expect(pointsInside(points, [-1, -1, 2, -1, 2, 2, -1, 2])).toEqual([0, 3]);
    expect(pointsInside(points, [0, 0, 9, 9])).toEqual([]);
  });
});

describe('a point', () => {
  it('is found near the pointer and nowhere else', () => {
    expect(nearestPoint(points, 3.8, 0.1, 1)).toBe(1);
    expect(nearestPoint(points, 10, 10, 1)).toBe(-1);
  });

  it('is reached by arrows', () => {
    expect(nextPoint(points, 0, 1, 0)).toBe(3);
    expect(nextPoint(points, 1, 0, 1)).toBe(2);
    expect(nextPoint(points, 0, -1, 0)).toBe(-1);
  });
});
