/** How many kernels a training step of our networks takes, on both kinds of devices. No device is needed to tell. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import lenet from '../../resources/templates/lenet-5.json';
import resnet from '../../resources/templates/resnet-20.json';
import { modelDocumentSchema, type ModelDocument } from '../graph/model-document';
import { unwrap } from '../graph/problem';
import { openReferenceDevice } from '../devices/reference/reference-device';
import type { DeviceProfile } from '../graph/tensor';
import { defaultTrainingSettings, type TrainingSettings } from '../graph/training-settings';
import { lowerProgram, type Plan } from '../plan/lower';
import type { Dataset } from './dataset';
import { prepareModel } from './model';
import { trainingProgram } from './programs';

const profile: DeviceProfile = {
  software: false,
  quads: false,
  tileCost: null,
  halves: 'packed',
  maximumWorkgroupInvocations: 256,
  maximumWorkgroupsPerDimension: 65535,
  maximumWorkgroupStorageBytes: 16384,
};
const profiles = [
  { device: 'a GPU', profile },
  { device: 'a CPU adapter', profile: { ...profile, software: true, quads: true, tileCost: 100 } },
] as const;

/** As many storage buffers as most devices offer. */
const maximumBindings = 10;

const documentOf = (template: { readonly content: { readonly document: unknown } }): ModelDocument =>
  v.parse(modelDocumentSchema, template.content.document);

function planOf(document: ModelDocument, sampleShape: readonly number[], using: DeviceProfile, more: Partial<TrainingSettings> = {}): Plan {
  const split = { count: 1000, samples: new Uint8Array(), labels: new Int32Array() };
  const classes = Array.from({ length: 10 }, (_, index) => String(index));
  const dataset: Dataset = {
    name: 'none',
    sampleShape,
    sampleType: 'u8',
    classes,
    splits: { train: split, validation: split, test: split },
  };
  const settings = { ...defaultTrainingSettings, optimizer: { kind: 'adam', parameters: {} }, ...more };
  const model = unwrap(prepareModel(document, settings, dataset));
  const place = () => ({ arena: 'train', rows: 1000 });
  const placed = { dataset, state: openReferenceDevice().createState([]), layout: null, training: place(), evaluation: place };
  return lowerProgram(trainingProgram(model, placed, 32), { profile: using, maximumBindings });
}

/** Kernels that change the weights. */
const updates = ({ kernels }: Plan): number =>
  kernels.filter(({ bindings }) =>
    bindings.some(({ buffer, access }) => 'arena' in buffer && buffer.arena === 'weights' && access === 'read_write'),
  ).length;

describe.each(profiles)('on $device', ({ profile: using }) => {
  it('LeNet-5 with Adam takes at most 30 dispatches a step', () => {
    const plan = planOf(documentOf(lenet), [1, 28, 28], using);
    expect(plan.kernels.length).toBeLessThanOrEqual(30);
    expect(updates(plan)).toBe(1);
  });

  it('clipping by norm, decay and averaging leave the optimizer one kernel', () => {
    const settings = { clipNorm: 1, weightDecay: 1e-4, averaging: { decay: 0.99 } };
    expect(updates(planOf(documentOf(lenet), [1, 28, 28], using, settings))).toBe(1);
  });

  it('ResNet-20 takes at most 4 dispatches a convolution and direction', () => {
    const document = documentOf(resnet);
    const convolutions = document.nodes.filter(({ kind }) => kind === 'conv2d').length;
    const { kernels } = planOf(document, [3, 32, 32], using);
    // Forward, the gradient of the input and that of the weights; all else of the network and its update counts with them.
    expect(kernels.length).toBeLessThanOrEqual(4 * 3 * convolutions);
    // Layers of one shape share their kernels, which are compiled once.
    expect(new Set(kernels.map(({ source }) => source)).size).toBeLessThan(0.6 * kernels.length);
  });
});
