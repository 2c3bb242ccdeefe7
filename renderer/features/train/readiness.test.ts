import { describe, expect, it } from 'vitest';
import { emptyDocument, type ModelDocument, type ModelNode } from '../../../compute/graph/model-document';
import { failure } from '../../../compute/graph/problem';
import { defaultTrainingSettings, type TrainingSettings } from '../../../compute/graph/training-settings';
import { analyseNetwork } from '../../../compute/layers/network';
import { reasonsAgainst, type Circumstances } from './readiness';

const layer = (id: string, kind: string, parameters: ModelNode['parameters']): ModelNode => ({ id, kind, version: 1, parameters });
/** A network that ends in `units` numbers. */
const ending = (units: number): ModelDocument => ({
  ...emptyDocument('test'),
  nodes: [layer('input', 'input', { shape: [1, 28, 28] }), layer('flatten', 'flatten', {}), layer('dense1', 'dense', { units })],
  edges: [
    { from: 'input', to: 'flatten', port: 0 },
    { from: 'flatten', to: 'dense1', port: 0 },
  ],
});
const digits = { name: 'Digits', sampleShape: [1, 28, 28], sampleType: 'u8', classes: '0123456789'.split('') } as const;
const ready: Circumstances = {
  device: 'ready',
  dataset: { state: 'ready', form: digits },
  document: ending(10),
  analysis: analyseNetwork(ending(10)),
  settings: defaultTrainingSettings,
};
const reasons = (circumstances: Partial<Circumstances>) =>
  reasonsAgainst({ ...ready, ...circumstances }).map(({ code, problem }) => (problem ? `${code}: ${problem.code}` : code));
const withSettings = (settings: Partial<TrainingSettings>) => reasons({ settings: { ...defaultTrainingSettings, ...settings } });

describe('reasons against training', () => {
  it('are none when everything is ready', () => {
    expect(reasons({})).toEqual([]);
  });
  it('name an empty canvas before all else', () => {
    expect(reasons({ document: emptyDocument('x'), device: 'failed' })).toEqual(['empty']);
  });
  it('give the first problem of an invalid network', () => {
    const { problem } = failure('network.shape-mismatch', {}, { node: 'dense1' });
    const given = reasonsAgainst({
      ...ready,
      analysis: { ...ready.analysis, valid: false, outputShape: null, problems: [problem, problem] },
    });
    expect(given).toMatchObject([{ code: 'network', values: { count: 2 }, problem }]);
  });
  it('name device and data', () => {
    expect(reasons({ device: 'failed' })).toEqual(['no-device']);
    expect(reasons({ device: 'opening', dataset: { state: 'opening' } })).toEqual(['opening-device', 'opening-data']);
    expect(reasons({ dataset: { state: 'failed' } })).toEqual(['no-data']);
  });
  it('say both shapes when the data does not fit the input', () => {
    const given = reasonsAgainst({ ...ready, dataset: { state: 'ready', form: { ...digits, sampleShape: [3, 32, 32] } } });
    expect(given).toMatchObject([{ code: 'input-shape', values: { network: '1×28×28', data: '3×32×32' } }]);
  });
  it('pass on what the engine says of the output, and of tokens', () => {
    expect(reasons({ document: ending(7), analysis: analyseNetwork(ending(7)) })).toEqual(['unfit: loss.classes']);
    const tokens = { ...digits, sampleType: 'i32', vocabulary: 40 } as const;
    expect(reasons({ dataset: { state: 'ready', form: tokens } })).toEqual(['unfit: training.input-tokens']);
  });
  it('refuse a loss, an optimizer or a schedule that does not exist or has wrong parameters', () => {
    expect(withSettings({ loss: { kind: 'magic', parameters: {} } })).toEqual(['unfit: training.unknown-loss']);
    expect(withSettings({ optimizer: { kind: 'magic', parameters: {} } })).toEqual(['unfit: training.unknown-optimizer']);
    expect(withSettings({ schedule: { kind: 'magic', parameters: {} } })).toEqual(['unfit: training.unknown-schedule']);
    expect(withSettings({ optimizer: { kind: 'adam', parameters: { unheard: 1 } } })).toEqual(['unfit: parameter.unknown']);
  });
});
