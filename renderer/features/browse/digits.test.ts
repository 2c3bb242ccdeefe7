import { expect, it } from 'vitest';
import { classByDigits } from './digits';

const start = { text: '', at: -Infinity };

it('a digit names one of ten classes at once', () => {
  const first = classByDigits(start, '7', 0, 10);
  expect(first.label).toBe(7);
  expect(classByDigits(first.digits, '3', 100, 10).label).toBe(3);
  expect(classByDigits(start, '7', 0, 5).label).toBeNull();
});

it('of more classes digits go together while they come quickly', () => {
  const first = classByDigits(start, '1', 0, 26);
  expect(first.label).toBe(1);
  expect(classByDigits(first.digits, '2', 500, 26).label).toBe(12);
  expect(classByDigits(first.digits, '2', 2000, 26).label).toBe(2);
  expect(classByDigits(first.digits, '9', 500, 15).label).toBe(9);
});
