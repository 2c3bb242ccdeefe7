/** A tiny model and a data set of stripes for it, which the tests of commands train: a folder of their own for each file of tests. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll } from 'vitest';
import { unwrap } from '../../../compute/graph/problem';
import { decodeSafetensors, type SafetensorsEntry } from '../../../compute/graph/safetensors';
import { createWorkplace, writeStripes, type Outcome } from './command';

/** 6×6 pixels, two classes; 36 of the 40 training samples are trained on, so that the last batch of 8 has 4. */
export const model = {
  format: 'hebb-model',
  version: 1,
  name: 'tiny',
  nodes: [
    { id: 'input', kind: 'input', version: 1, parameters: { shape: [1, 6, 6] } },
    { id: 'conv', kind: 'conv2d', version: 1, parameters: { outChannels: 2, kernelSize: [3, 3] } },
    { id: 'relu', kind: 'relu', version: 1, parameters: {} },
    { id: 'flatten', kind: 'flatten', version: 1, parameters: {} },
    { id: 'dense', kind: 'dense', version: 1, parameters: { units: 2 } },
  ],
  edges: [
    { from: 'input', to: 'conv', port: 0 },
    { from: 'conv', to: 'relu', port: 0 },
    { from: 'relu', to: 'flatten', port: 0 },
    { from: 'flatten', to: 'dense', port: 0 },
  ],
};
export const training = ['model.json', '--dataset', 'stripes', '--device', 'reference', '--batch', '8', '--learning-rate', '0.01'];
/** Without the learning rate. */
export const bare = training.slice(0, 7);

interface RunFile {
  readonly settings: object;
  readonly result: { readonly testAccuracy: number; readonly testLoss: number };
}

export const lossesOf = ({ events }: Outcome): unknown[] => events.filter(({ event }) => event === 'step').map(({ loss }) => loss);

/** A workplace with `model.json` and the data set `stripes`, removed after the tests of the file. */
export function workplaceWithStripes() {
  const workplace = createWorkplace();
  const { path } = workplace;
  beforeAll(() => {
    writeStripes(path('stripes'), 6, { train: 40, test: 10 });
    writeFileSync(path('model.json'), JSON.stringify(model));
  });
  afterAll(() => workplace.remove());
  return {
    ...workplace,
    runOf: (folder: string): RunFile => JSON.parse(readFileSync(path(folder, 'run.json'), 'utf8')) as RunFile,
    weightsOf: (name: string): readonly SafetensorsEntry[] => unwrap(decodeSafetensors(readFileSync(path(name)))).tensors,
  };
}
