import { expect, it } from 'vitest';
import { fitMap, toMap, toPixel, zoomed } from './map-view';

it('a map is shown whole, in the middle, and not distorted', () => {
  const view = fitMap([0, 0, 10, 5], 224, 324);
  expect(view.scale).toBe(17.6);
  expect(toPixel(view, 0, 0)).toEqual([24, 118]);
  expect(toPixel(view, 10, 5)).toEqual([200, 206]);
  expect(fitMap([], 100, 50)).toEqual({ scale: 1, x: 50, y: 25 });
});

it('what is under the pointer stays there when it comes nearer', () => {
  const view = fitMap([0, 0, 10, 5], 224, 324);
  const before = toMap(view, 60, 70);
  const after = toMap(zoomed(view, 2.5, 60, 70), 60, 70);
  expect(after[0]).toBeCloseTo(before[0], 9);
  expect(after[1]).toBeCloseTo(before[1], 9);
});
