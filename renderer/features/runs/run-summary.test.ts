import { describe, expect, it } from 'vitest';
import { defaultTrainingSettings } from '../../../compute/graph/training-settings';
import { describeRun } from './run-summary';

describe('a run in a list', () => {
  it('says optimizer, learning rate and batch size', () => {
    expect(describeRun(defaultTrainingSettings)).toEqual({ optimizer: 'adam', learningRate: 0.001, batchSize: 128 });
  });
  it('says nothing of settings that it cannot read', () => {
    expect(describeRun('?')).toEqual({ optimizer: null, learningRate: null, batchSize: null });
    expect(describeRun({ batchSize: 'many' })).toEqual({ optimizer: null, learningRate: null, batchSize: null });
  });
});
