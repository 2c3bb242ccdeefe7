import { describe, expect, it } from 'vitest';
import { nameFor, pictureValues, secondsLeft, showsInPreview, whatIsWrong, type OptionsOf } from './import-model';

const table: OptionsOf<'table'> = {
  kind: 'table',
  seed: 1,
  splits: { by: 'ratio', validation: 0.1, test: 0.1, stratified: true, column: null },
  columns: [
    { name: 'length', kind: 'numeric', use: 'input', missing: 'mean' },
    { name: 'species', kind: 'categorical', use: 'target', missing: 'drop' },
  ],
  task: 'classification',
  standardise: true,
  delimiter: ',',
  header: true,
};

describe('the time that is left', () => {
  it('follows from what is done, once that says something', () => {
    expect(secondsLeft(0.25, 10)).toBe(30);
    expect(secondsLeft(0.01, 10)).toBeNull();
    expect(secondsLeft(0.5, 0.2)).toBeNull();
  });
});

describe('options', () => {
  it('show in the preview unless they only share out', () => {
    expect(showsInPreview(table, { ...table, seed: 2, splits: { ...table.splits, test: 0.2 } })).toBe(false);
    expect(showsInPreview(table, { ...table, header: false })).toBe(true);
  });

  it.each([
    [{}, null],
    [{ splits: { ...table.splits, validation: 0.5, test: 0.5 } }, 'splits'],
    [{ splits: { ...table.splits, by: 'column' as const } }, 'splitColumn'],
    [{ columns: table.columns.slice(0, 1) }, 'target'],
    [{ columns: table.columns.slice(1) }, 'inputs'],
    [{ task: 'regression' as const }, 'numericTarget'],
  ])('are checked before anything is read: %j', (change, expected) => {
    expect(whatIsWrong({ ...table, ...change }, 'Iris')).toBe(expected);
  });

  it('need a name', () => {
    expect(whatIsWrong(table, '  ')).toBe('name');
  });
});

describe('the name that is proposed', () => {
  it.each([
    ['houses.csv', 'houses'],
    ['mnist.npz', 'mnist'],
    ['train.csv.gz', 'train'],
    ['shapes', 'shapes'],
    ['v1.2 final', 'v1.2 final'],
    ['.csv', '.csv'],
  ])('of %s is %s', (file, expected) => {
    expect(nameFor(file)).toBe(expected);
  });
});

describe('a picture of the preview', () => {
  it('is read from its bytes, and refused where they do not fit', () => {
    const pixels = btoa(String.fromCharCode(0, 255, 51, 102));
    expect([...(pictureValues({ name: '', label: null, shape: [1, 2, 2], pixels }) ?? [])]).toEqual([...Float32Array.of(0, 1, 0.2, 0.4)]);
    expect(pictureValues({ name: '', label: null, shape: [1, 3, 2], pixels })).toBeNull();
    expect(pictureValues({ name: '', label: null, shape: [1, 2, 2], pixels: '%' })).toBeNull();
  });
});
