import { describe, expect, test } from 'vitest';
import { inLanguage } from './problem-text';

describe('inLanguage', () => {
  test('writes numbers as the language does, and leaves texts alone', () => {
    const values = { offset: 7216, file: 'images 1000', bound: 0.5 };
    expect(inLanguage(values, 'en')).toEqual({ offset: '7,216', file: 'images 1000', bound: '0.5' });
    expect(inLanguage(values, 'de')).toEqual({ offset: '7.216', file: 'images 1000', bound: '0,5' });
  });
});
