import { expect, it } from 'vitest';
import { pathsOf } from './given-paths';

it('files stand for themselves, and those of a chosen folder for that folder', () => {
  expect(
    pathsOf([
      { path: '/data/a.csv', relative: '' },
      { path: '/data/shapes', relative: '' },
    ]),
  ).toEqual(['/data/a.csv', '/data/shapes']);
  expect(
    pathsOf([
      { path: '/data/shapes/circle/1.png', relative: 'shapes/circle/1.png' },
      { path: '/data/shapes/2.png', relative: 'shapes/2.png' },
    ]),
  ).toEqual(['/data/shapes']);
  expect(pathsOf([{ path: 'C:\\data\\shapes\\circle\\1.png', relative: 'shapes/circle/1.png' }])).toEqual(['C:\\data\\shapes']);
});

it.each([
  ['nothing', []],
  ['a file that a page made', [{ path: '', relative: '' }]],
  [
    'one such file among others',
    [
      { path: '/a', relative: '' },
      { path: '', relative: '' },
    ],
  ],
  ['a folder that is not there', [{ path: '/data/1.png', relative: 'shapes/1.png' }]],
  ['half a name', [{ path: '/data/theshapes/1.png', relative: 'shapes/1.png' }]],
  ['a folder without a name', [{ path: '/data/1.png', relative: '/data/1.png' }]],
])('has no paths for %s', (_, files) => {
  expect(pathsOf(files)).toBeNull();
});
