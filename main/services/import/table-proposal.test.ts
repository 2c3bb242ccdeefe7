import { describe, expect, it } from 'vitest';
import type { DetectedColumn } from '../../formats/table';
import { proposeColumns } from './table-proposal';

const column = (name: string, kind: DetectedColumn['kind'], distinct = 1000): DetectedColumn => ({
  name,
  kind,
  missing: 0,
  distinct,
  misfits: [],
});
const targetOf = (...columns: DetectedColumn[]) => {
  const proposed = proposeColumns(columns);
  return { target: proposed.columns.find(({ use }) => use === 'target')?.name, task: proposed.task };
};

describe('the column that is to be told', () => {
  it('is called so, whatever stands behind it; y is a place where something says more', () => {
    const points = [column('x', 'numeric'), column('y', 'numeric'), column('class', 'categorical', 2)];
    expect(targetOf(...points)).toEqual({ target: 'class', task: 'classification' });
    expect(targetOf(column('y', 'numeric'), column('x1', 'numeric'))).toEqual({ target: 'y', task: 'regression' });
    expect(targetOf(column('price', 'numeric'), column('rooms', 'numeric', 7))).toEqual({ target: 'price', task: 'regression' });
  });

  it('is else the last that may be one', () => {
    expect(targetOf(column('a', 'numeric'), column('b', 'numeric', 5), column('remarks', 'text'))).toEqual({
      target: 'b',
      task: 'classification',
    });
  });
});
