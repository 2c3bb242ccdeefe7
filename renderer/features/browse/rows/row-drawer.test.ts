import { expect, it } from 'vitest';
import type { Tile } from './protocol';
import { composeRow } from './row-drawer';

const look = {
  columns: 3,
  cellWidth: 6,
  cellHeight: 9,
  side: 4,
  captionHeight: 3,
  gap: 2,
  ratio: 1,
  text: '',
  muted: '',
  wrong: '',
  accent: '',
  unread: '',
  fontFamily: '',
};
const tile = (place: number, isExcluded = false): Tile => ({ place, caption: '', isWrong: false, isExcluded, isSelected: false });
const white = (width: number, height: number) => ({ width, height, data: new Uint8ClampedArray(width * height * 4).fill(255) });

/** One character a pixel. */
function drawing({ width, height, data }: ReturnType<typeof composeRow>): string[] {
  const sign = (alpha: number): string => (alpha === 0 ? '.' : alpha === 255 ? '#' : '+');
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (__, x) => sign(data[(y * width + x) * 4 + 3] ?? 0)).join(''),
  );
}

it('a row has its pictures in the middle of their squares, in their proportions, faint where they are excluded, none where unread', () => {
  const row = composeRow([tile(0), tile(1, true), tile(2)], [white(2, 2), white(4, 1), null], look);
  expect(drawing(row)).toEqual([
    '..................',
    '.####.............',
    '.####.............',
    '.####..++++.......',
    '.####.............',
    '..................',
    '..................',
    '..................',
    '..................',
  ]);
});

it('on a finer screen it has more pixels', () => {
  const row = composeRow([tile(0)], [white(2, 2)], { ...look, ratio: 1.5 });
  expect([row.width, row.height]).toEqual([9, 14]);
  expect(drawing(row)[3]).toBe('..######.');
});
