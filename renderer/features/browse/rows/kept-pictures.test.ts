import { expect, it } from 'vitest';
import { keepPictures } from './kept-pictures';

const picture = (byteLength: number) => ({ byteLength });

it('what was not asked for the longest time goes first', () => {
  const kept = keepPictures(30);
  for (const place of [1, 2, 3]) kept.set(place, picture(10));
  kept.get(1);
  kept.set(4, picture(10));
  expect([1, 2, 3, 4].filter((place) => kept.get(place) !== undefined)).toEqual([1, 3, 4]);
  expect(kept.bytes).toBe(30);
});

it('bytes are those of what is there, also after another picture in the same place and after all are gone', () => {
  const kept = keepPictures(100);
  kept.set(1, picture(60));
  kept.set(1, picture(20));
  expect(kept.bytes).toBe(20);
  kept.set(2, picture(200));
  expect([kept.bytes, kept.get(1), kept.get(2)?.byteLength]).toEqual([200, undefined, 200]);
  kept.clear();
  expect([kept.bytes, kept.get(2)]).toEqual([0, undefined]);
});
