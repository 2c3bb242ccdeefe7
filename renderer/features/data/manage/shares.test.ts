import { describe, expect, it } from 'vitest';
import { sharesOf } from './shares';

describe('how a data set is divided', () => {
  it('is told in shares of what is not excluded', () => {
    const counts = { train: 70, validation: 10, test: 20, excluded: 50 };
    expect(sharesOf(counts)).toEqual({ by: 'ratio', validation: 0.1, test: 0.2, stratified: true, column: null });
    expect(sharesOf({ train: 2, validation: 1, test: 0, excluded: 0 })).toMatchObject({ validation: 0.333, test: 0 });
  });

  it('begins with a tenth each where everything is excluded', () => {
    expect(sharesOf({ train: 0, validation: 0, test: 0, excluded: 9 })).toMatchObject({ validation: 0.1, test: 0.1 });
  });
});
