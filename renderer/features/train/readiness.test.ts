import { describe, expect, it } from 'vitest';
import { emptyDocument } from '../../../compute/graph/model-document';
import { failure } from '../../../compute/graph/problem';
import { defaultTrainingSettings } from '../../../compute/graph/training-settings';
import { reasonsAgainst, type Circumstances } from './readiness';

const document = { ...emptyDocument('test'), nodes: [{ id: 'input', kind: 'input', version: 1, parameters: {} }] };
const digits = {
  state: 'ready',
  sampleShape: [1, 28, 28],
  sampleType: 'u8',
  labelShape: [],
  classes: '0123456789'.split(''),
  trainCount: 54_000,
} as const;
const ready: Circumstances = {
  device: 'ready',
  dataset: digits,
  document,
  analysis: { valid: true, problems: [], input: 'input', outputShape: [10], nodes: new Map([['input', { outputShape: [1, 28, 28] }]]) },
  settings: defaultTrainingSettings,
};
const codes = (circumstances: Partial<Circumstances>) => reasonsAgainst({ ...ready, ...circumstances }).map(({ code }) => code);

describe('reasons against training', () => {
  it('are none when everything is ready', () => {
    expect(codes({})).toEqual([]);
  });
  it('name an empty canvas before all else', () => {
    expect(codes({ document: emptyDocument('x'), device: 'failed' })).toEqual(['empty']);
  });
  it('give the first problem of an invalid network', () => {
    const { problem } = failure('network.shape-mismatch', {}, { node: 'dense1' });
    const reasons = reasonsAgainst({
      ...ready,
      analysis: { ...ready.analysis, valid: false, outputShape: null, problems: [problem, problem] },
    });
    expect(reasons).toMatchObject([{ code: 'network', values: { count: 2 }, problem }]);
  });
  it('name device and data', () => {
    expect(codes({ device: 'failed' })).toEqual(['no-device']);
    expect(codes({ device: 'opening', dataset: { state: 'opening' } })).toEqual(['opening-device', 'opening-data']);
    expect(codes({ dataset: { state: 'failed' } })).toEqual(['no-data']);
  });
  it('say both shapes when the data does not fit the input', () => {
    const reasons = reasonsAgainst({ ...ready, dataset: { ...digits, sampleShape: [3, 32, 32] } });
    expect(reasons).toMatchObject([{ code: 'input-shape', values: { network: '1×28×28', data: '3×32×32' } }]);
  });
  it('pass on what the loss says of the output', () => {
    const reasons = reasonsAgainst({ ...ready, analysis: { ...ready.analysis, outputShape: [7] } });
    expect(reasons).toMatchObject([{ code: 'loss' }]);
    expect(reasons[0]?.problem).toBeDefined();
  });
  it('refuse an optimizer that does not exist or has wrong parameters', () => {
    expect(codes({ settings: { ...defaultTrainingSettings, optimizer: { kind: 'magic', parameters: {} } } })).toEqual(['settings']);
    expect(codes({ settings: { ...defaultTrainingSettings, optimizer: { kind: 'adam', parameters: { unheard: 1 } } } })).toEqual([
      'settings',
    ]);
  });
  it('compare with the sample itself where the settings ask for it', () => {
    const settings = { ...defaultTrainingSettings, target: 'input', loss: { kind: 'mean-squared-error', parameters: {} } } as const;
    expect(codes({ settings })).toEqual(['loss']);
    expect(codes({ settings, analysis: { ...ready.analysis, outputShape: [1, 28, 28] } })).toEqual([]);
  });
  it('refuse a schedule that does not exist', () => {
    expect(codes({ settings: { ...defaultTrainingSettings, schedule: { kind: 'magic', parameters: {} } } })).toEqual(['settings']);
  });
});
