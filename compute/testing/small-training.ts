/** A task small enough to be learned in a test in a moment: is the left or the right half of the picture brighter? */
import { defaultTrainingSettings, type TrainingSettings } from '../graph/training-settings';
import type { ModelDocument } from '../graph/model-document';
import { philox, uniformOf } from '../graph/philox';
import type { DatasetInMemory } from '../training/dataset';

const PIXELS = 8;

function part(first: number, count: number) {
  const words = new Uint32Array(4);
  const samples = new Uint8Array(count * PIXELS);
  const labels = new Int32Array(count);
  for (let sample = 0; sample < count; sample++) {
    philox(first + sample, 0, 0, 0, 42, 0, words);
    const label = (words[3] ?? 0) & 1;
    labels[sample] = label;
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      philox(first + sample, pixel, 1, 0, 42, 0, words);
      const isBright = (pixel % 4 < 2 ? 0 : 1) === label;
      samples[sample * PIXELS + pixel] = Math.floor((isBright ? 110 : 0) + 145 * uniformOf(words[0] ?? 0));
    }
  }
  return { count, samples, labels };
}

/** Pictures of 2×4 pixels in two classes: 64 for training, 40 for validation, 10 for test. */
export const learnable = (): DatasetInMemory => ({
  name: 'halves',
  sampleShape: [1, 2, 4],
  sampleType: 'u8',
  classes: ['left', 'right'],
  splits: { train: part(0, 64), validation: part(64, 40), test: part(104, 10) },
});

export const perceptron: ModelDocument = {
  format: 'hebb-model',
  version: 1,
  name: 'perceptron',
  nodes: [
    { id: 'input', kind: 'input', version: 1, parameters: { shape: [1, 2, 4] } },
    { id: 'flatten', kind: 'flatten', version: 1, parameters: {} },
    { id: 'hidden', kind: 'dense', version: 1, parameters: { units: 6 } },
    { id: 'tanh', kind: 'tanh', version: 1, parameters: {} },
    { id: 'output', kind: 'dense', version: 1, parameters: { units: 2 } },
  ],
  edges: [
    { from: 'input', to: 'flatten', port: 0 },
    { from: 'flatten', to: 'hidden', port: 0 },
    { from: 'hidden', to: 'tanh', port: 0 },
    { from: 'tanh', to: 'output', port: 0 },
  ],
};

export const settingsForTests: TrainingSettings = { ...defaultTrainingSettings, batchSize: 16, epochs: 10, learningRate: 0.02, seed: 3 };
