import { describe, expect, it } from 'vitest';
import { defaultTrainingSettings, type TrainingSettings } from '../../graph/training-settings';
import { emptyDocument, type ModelDocument } from '../../graph/model-document';
import type { DatasetForm } from '../model';
import { proposeFit } from './fitting';
import { networkFor } from './network-for';

const ofImages: DatasetForm = { name: 'images', sampleShape: [1, 16, 16], sampleType: 'u8', classes: ['a', 'b', 'c'] };
const ofHouses: DatasetForm = { name: 'houses', sampleShape: [6], sampleType: 'f32', classes: [], labelShape: [1], targetNames: ['price'] };
const convolutional = networkFor('mine', { sampleShape: [1, 16, 16], sampleType: 'u8', vocabulary: 0, outputs: 3, isSequence: false });
const settings: TrainingSettings = { ...defaultTrainingSettings, loss: { kind: 'softmax-cross-entropy', parameters: {} } };

describe('a network and data', () => {
  it('that fit need nothing', () => {
    expect(proposeFit(convolutional, settings, ofImages)).toBeNull();
  });

  it('fit after a change of the ends', () => {
    expect(proposeFit(convolutional, settings, { ...ofImages, sampleShape: [3, 20, 20], classes: ['a', 'b'] })).toMatchObject({
      kind: 'ends',
      adaptations: [
        { node: 'input', parameter: 'shape', value: [3, 20, 20] },
        { node: 'output', parameter: 'units', value: 2 },
      ],
      loss: null,
    });
  });

  it('get another network, and another loss, where no change of the ends would do', () => {
    const fitting = proposeFit(convolutional, settings, ofHouses);
    expect(fitting).toMatchObject({ kind: 'network', loss: { kind: 'mean-squared-error' } });
    expect(proposeFit(fitting?.document ?? convolutional, { ...settings, loss: fitting?.loss ?? settings.loss }, ofHouses)).toBeNull();
  });

  it('get a network where there is none, and none over a drawing that is not done', () => {
    expect(proposeFit(emptyDocument('mine'), settings, ofImages)?.kind).toBe('network');
    const unfinished: ModelDocument = { ...convolutional, edges: convolutional.edges.slice(1) };
    expect(proposeFit(unfinished, settings, ofHouses)).toBeNull();
  });

  it('fit without the augmentations that cannot be done to such samples', () => {
    const preparation = {
      ...settings.preparation,
      augmentation: [
        { kind: 'cutout', parameters: {} },
        { kind: 'noise', parameters: {} },
      ],
    };
    const fitting = proposeFit(convolutional, { ...settings, preparation }, ofHouses);
    expect(fitting).toMatchObject({ kind: 'network', leftOut: ['cutout'] });
    expect(fitting?.training.preparation).toMatchObject({ standardizeTargets: true, augmentation: [{ kind: 'noise' }] });
    expect(proposeFit(convolutional, { ...settings, preparation }, ofImages)).toBeNull();
    const dense = fitting?.document ?? expect.unreachable('There is a fitting.');
    const regression = { ...settings, preparation, loss: { kind: 'mean-squared-error', parameters: {} } };
    expect(proposeFit(dense, regression, ofHouses)).toMatchObject({ kind: 'ends', adaptations: [], loss: null, leftOut: ['cutout'] });
  });

  it('fit without a mean, where samples are tokens', () => {
    const ofTokens: DatasetForm = { name: 'tokens', sampleShape: [8], sampleType: 'i32', vocabulary: 5, classes: ['a', 'b'] };
    const memory = networkFor('mine', { sampleShape: [8], sampleType: 'i32', vocabulary: 5, outputs: 2, isSequence: false });
    const normalised = { ...settings, preparation: { ...settings.preparation, normalization: 'per-column' as const } };
    expect(proposeFit(memory, settings, ofTokens)).toBeNull();
    expect(proposeFit(memory, normalised, ofTokens)).toMatchObject({ kind: 'ends', leftOut: ['normalization'], training: settings });
  });

  it('that give samples back keep their outputs', () => {
    expect(proposeFit(convolutional, { ...settings, target: 'input' }, ofImages)).toBeNull();
  });
});
