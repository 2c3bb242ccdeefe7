import { describe, expect, it } from 'vitest';
import { defaultTrainingSettings } from '../../../compute/graph/training-settings';
import { factsOf } from './run-facts';
import { describeRun } from './run-summary';

describe('a run in a list', () => {
  it('says optimizer, learning rate and batch size', () => {
    expect(describeRun(defaultTrainingSettings)).toEqual({ optimizer: 'adam', learningRate: 0.001, batchSize: 128 });
  });
  it('says device, seed and versions, as far as they can be read', () => {
    const versions = { hebb: '0.1.0' };
    expect(factsOf({ device: { kind: 'cpu', name: 'EPYC', threads: 2 }, settings: defaultTrainingSettings, versions })).toEqual([
      { fact: 'device', text: 'CPU EPYC × 2' },
      { fact: 'seed', text: String(defaultTrainingSettings.seed) },
      { fact: 'hebb', text: '0.1.0' },
    ]);
    expect(factsOf({ device: 3, settings: null, versions: {} })).toEqual([]);
  });
  it('says nothing of settings that it cannot read', () => {
    expect(describeRun('?')).toEqual({ optimizer: null, learningRate: null, batchSize: null });
    expect(describeRun({ batchSize: 'many' })).toEqual({ optimizer: null, learningRate: null, batchSize: null });
  });
});
