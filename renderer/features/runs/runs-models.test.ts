import { describe, expect, it } from 'vitest';
import { graphDifference, isSameGraph, settingDifferences } from '../../../compute/layers/network-differences';
import { emptyDocument, type ModelNode } from '../../../compute/graph/model-document';
import { measuresOf } from '../../../main/contract/run-records';
import { axisOf, isInBrushes, numberAt, placeOn } from './parallel-axes';
import { curveOfRun, seriesKeys } from './run-curves';
import { tensorDistances } from './run-differences';
import { columnsOf, found, sorted, valueIn, type Run } from './run-table';

const run = (id: string, changes: Partial<Run> = {}, accuracy: number | null = 0.9): Run => ({
  id,
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: null,
  status: 'finished',
  settings: { learningRate: 0.1, optimizer: { kind: 'adam', parameters: {} }, seed: 1 },
  dataset: 'mnist',
  device: {},
  versions: {},
  name: '',
  notes: '',
  tags: [],
  pinned: false,
  hidden: false,
  parent: null,
  trial: null,
  measures: { steps: 10, epochs: 2, seconds: 5, last: {}, best: { 'validation/accuracy': accuracy, 'training/loss': 1 } },
  ...changes,
});
const settings = (learningRate: number, kind = 'adam') => ({ learningRate, optimizer: { kind, parameters: {} }, seed: 1 });

const runs = [
  run('a', { settings: settings(0.1), tags: ['wide'] }, 0.9),
  run('b', { settings: settings(0.0001, 'sgd'), name: 'Slow one', status: 'failed' }, null),
  run('c', { settings: settings(0.01), pinned: true }, 0.95),
  run('d', { settings: settings(1), notes: 'wide steps' }, 0.99),
];
const ids = (list: readonly Run[]): string => list.map(({ id }) => id).join('');

describe('the table of runs', () => {
  it('has a column for each setting that differs, and for each measure of the validation', () => {
    const columns = columnsOf(runs).map(({ id }) => id);
    expect(columns.slice(2, -3)).toEqual(['measure validation/accuracy', 'setting learningRate', 'setting optimizer.kind']);
    expect(columnsOf([run('x'), run('y', { dataset: 'iris' })]).map(({ id }) => id)).toContain('dataset');
  });

  it('sorts by any column, pinned ones first and those without a value last', () => {
    const columns = columnsOf(runs);
    expect(ids(sorted(runs, columns, { column: 'measure validation/accuracy', descending: true }))).toBe('cdab');
    expect(ids(sorted(runs, columns, { column: 'measure validation/accuracy', descending: false }))).toBe('cadb');
    expect(ids(sorted(runs, columns, { column: 'setting learningRate', descending: false }))).toBe('cbad');
    expect(ids(sorted(runs, columns, { column: 'setting optimizer.kind', descending: true }))).toBe('cbad');
  });

  it('finds by words, tags, status, measures and settings', () => {
    const searches = {
      wide: 'ad',
      'tag:wide': 'a',
      'status:failed': 'b',
      'accuracy>=95%': 'cd',
      'accuracy>0.9 wide': 'd',
      'learningRate<0.05': 'bc',
      'kind=SGD': 'b',
      '"slow one"': 'b',
      sgd: 'b',
      '': 'abcd',
      'nothing>1': '',
    };
    for (const [search, expected] of Object.entries(searches)) expect([search, ids(found(runs, search))]).toEqual([search, expected]);
  });
});

describe('parallel coordinates', () => {
  const columns = columnsOf(runs);
  const axis = (id: string) => {
    const column = columns.find((known) => known.id === id);
    if (column === undefined) throw new Error(id);
    return axisOf(runs, column);
  };

  it('place numbers over many powers of ten by their logarithm, and choices in order', () => {
    const rate = axis('setting learningRate');
    expect(rate.scale).toBe('logarithmic');
    expect(runs.map((each) => placeOn(rate, each))).toEqual([expect.closeTo(0.75, 12), 0, expect.closeTo(0.5, 12), 1]);
    expect(numberAt(rate, 0.5)).toBeCloseTo(0.01, 12);
    expect(runs.map((each) => placeOn(axis('setting optimizer.kind'), each))).toEqual([0, 1, 0, 0]);
    expect(runs.map((each) => placeOn(axis('measure validation/accuracy'), each))).toEqual([0, null, expect.closeTo(5 / 9, 9), 1]);
  });

  it('keep what crosses every brushed range, drawn up or down', () => {
    const axes = [axis('setting learningRate'), axis('measure validation/accuracy')];
    const chosen = (brushes: [string, { from: number; to: number }][]) =>
      ids(runs.filter((each) => isInBrushes(axes, new Map(brushes), each)));
    expect(chosen([])).toBe('abcd');
    expect(chosen([['measure validation/accuracy', { from: 1, to: 0.5 }]])).toBe('cd');
    expect(
      chosen([
        ['measure validation/accuracy', { from: 0.5, to: 1 }],
        ['setting learningRate', { from: 0, to: 0.6 }],
      ]),
    ).toBe('c');
  });

  it('read what a run has', () => {
    expect(valueIn(runs[1] ?? run('?'), columns.find(({ id }) => id === 'name') ?? columns[0]!)).toBe('Slow one');
  });
});

describe('curves of runs', () => {
  const measures = measuresOf([
    { type: 'started', at: 0 },
    { type: 'steps', at: 10_000, steps: [1, 2, 3, 4], loss: [8, 4, 2, 1] },
    { type: 'epoch', at: 12_000, epoch: 1, step: 4, train: { loss: 3 }, validation: { loss: 2 } },
    { type: 'steps', at: 20_000, steps: [5, 6], loss: [1, 1] },
  ]);

  it('go by step, epoch or time', () => {
    const at = (axis: 'step' | 'epoch' | 'time') => curveOfRun(measures, 'batch/loss', axis, 0).exact.map(([x]) => x);
    expect(at('step')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(at('epoch')).toEqual([0.25, 0.5, 0.75, 1, 1.25, 1.5]);
    expect(at('time')).toEqual([2.5, 5, 7.5, 10, 16, 20]);
  });

  it('are smoothed only where there is a value for each step', () => {
    expect(curveOfRun(measures, 'batch/loss', 'step', 0.5).smoothed.map(([, y]) => y)[1]).toBeCloseTo((8 * 0.5 + 4) / 1.5, 12);
    expect(curveOfRun(measures, 'validation/loss', 'step', 0.5)).toMatchObject({ raw: [[4, 2]], smoothed: [] });
    expect(curveOfRun(measures, 'validation/other', 'step', 0).exact).toEqual([]);
    expect(seriesKeys([measures])).toEqual(['validation/loss', 'training/loss', 'batch/loss']);
  });
});

describe('what differs between two runs', () => {
  it('is told by path of the settings', () => {
    expect(settingDifferences(settings(0.1), { ...settings(0.1, 'sgd'), clipNorm: null })).toEqual([
      { path: 'optimizer.kind', first: 'adam', second: 'sgd' },
      { path: 'clipNorm', first: null, second: 'null' },
    ]);
  });

  it('is told by node and edge of the networks', () => {
    const node = (id: string, parameters: ModelNode['parameters'] = {}): ModelNode => ({ id, kind: 'dense', version: 1, parameters });
    const first = {
      ...emptyDocument('x'),
      nodes: [node('a'), node('b', { units: 3 }), node('c')],
      edges: [{ from: 'a', to: 'b', port: 0 }],
    };
    const second = {
      ...emptyDocument('y'),
      nodes: [node('a'), node('b', { units: 5 }), node('d')],
      edges: [{ from: 'a', to: 'd', port: 0 }],
    };
    const difference = graphDifference(first, second);
    expect(difference).toMatchObject({
      addedNodes: [{ id: 'd' }],
      removedNodes: [{ id: 'c' }],
      changedNodes: [{ id: 'b', changes: [{ path: 'units', first: '3', second: '5' }] }],
      addedEdges: ['a→d:0'],
      removedEdges: ['a→b:0'],
    });
    expect([isSameGraph(difference), isSameGraph(graphDifference(first, first))]).toEqual([false, true]);
  });

  it('is told by tensor of the weights', () => {
    const tensor = (name: string, shape: number[], values: number[]) => ({ name, shape, data: Float32Array.from(values) });
    const first = [tensor('same', [2], [3, 4]), tensor('moved', [2], [3, 4]), tensor('cut', [2], [1, 1]), tensor('gone', [1], [1])];
    const second = [tensor('same', [2], [3, 4]), tensor('moved', [2], [3, 9]), tensor('cut', [1], [1]), tensor('new', [1], [1])];
    const [same, moved, ...others] = tensorDistances(first, second);
    expect(same).toMatchObject({ state: 'both', relative: 0, largest: 0 });
    expect(same?.cosine).toBeCloseTo(1, 12);
    expect(moved).toMatchObject({ state: 'both', relative: 1, largest: 5 });
    expect(moved?.cosine).toBeCloseTo((9 + 36) / (5 * Math.sqrt(90)), 12);
    expect(others.map(({ name, state }) => [name, state])).toEqual([
      ['cut', 'shape'],
      ['gone', 'first'],
      ['new', 'second'],
    ]);
  });
});
