import { expect, it } from 'vitest';
import { pictureForm, picturePixels } from './sample-picture';

it('pictures are what the shape says', () => {
  expect(pictureForm([3, 4, 5])).toEqual({ height: 4, width: 5, isColour: true });
  expect(pictureForm([1, 4, 5])).toEqual({ height: 4, width: 5, isColour: false });
  expect(pictureForm([7])).toEqual({ height: 1, width: 7, isColour: false });
});

it('numbers beyond 0 to 1 are shown over their own span', () => {
  const form = pictureForm([1, 1, 2]);
  expect([...picturePixels(Float32Array.of(0, 0.5), form)]).toEqual([0, 0, 0, 255, 128, 128, 128, 255]);
  expect([...picturePixels(Float32Array.of(-3, 5), form)]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
});
