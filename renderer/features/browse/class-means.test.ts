import { expect, it } from 'vitest';
import { createClassMeans, spread } from './class-means';

it('the mean of a class is that of its samples', () => {
  const means = createClassMeans(3, 2);
  means.add(0, [1, 0]);
  means.add(0, [0, 0.5]);
  means.add(2, [1, 1]);
  means.add(7, [9, 9]);
  expect([...(means.meanOf(0) ?? [])]).toEqual([0.5, 0.25]);
  expect(means.meanOf(1)).toBeNull();
  expect([means.countOf(0), means.countOf(1), means.countOf(2)]).toEqual([2, 0, 1]);
});

it('a choice of many is spread over all', () => {
  const places = Uint32Array.from({ length: 1000 }, (_, index) => index);
  expect([...spread(places, 4)]).toEqual([0, 250, 500, 750]);
  expect(spread(places, 5000)).toBe(places);
});
