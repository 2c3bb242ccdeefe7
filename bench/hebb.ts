/** Hebb's side of the benchmark: training steps of our networks on WebGPU in Node, on samples drawn at random. */
import { openNodeGpu } from '../main/cli/gpu';
import { openWebGpuDevice, type WebGpuDevice } from '../compute/devices/webgpu/webgpu-device';
import type { GpuExecutable } from '../compute/devices/webgpu/executable';
import * as v from 'valibot';
import { modelDocumentSchema, type ModelDocument } from '../compute/graph/model-document';
import { unwrap } from '../compute/graph/problem';
import { defaultTrainingSettings } from '../compute/graph/training-settings';
import { uploadDataset, type Dataset, type SplitData } from '../compute/training/dataset';
import { prepareModel } from '../compute/training/model';
import { modelArenas, trainingProgram } from '../compute/training/programs';
import lenet from '../resources/templates/lenet-5.json';
import mlp from '../resources/templates/mlp.json';

const documents: Readonly<Record<string, unknown>> = { mlp: mlp.content.document, 'lenet-5': lenet.content.document };
export const networks: readonly string[] = Object.keys(documents);

const documentOf = (network: string): ModelDocument => v.parse(modelDocumentSchema, documents[network]);

/** Numbers that look random and are the same each time (a linear congruential generator: Numerical Recipes, 3rd ed., 7.1). */
function pseudoRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function randomDataset(count: number): Dataset {
  const random = pseudoRandom(1);
  const split = (size: number): SplitData => ({
    count: size,
    samples: Uint8Array.from({ length: size * 784 }, () => Math.floor(random() * 256)),
    labels: Int32Array.from({ length: size }, () => Math.floor(random() * 10)),
  });
  return {
    name: 'random',
    sampleShape: [1, 28, 28],
    sampleType: 'u8',
    classes: Array.from({ length: 10 }, (_, index) => String(index)),
    splits: { train: split(count), validation: split(1), test: split(1) },
  };
}

export interface OpenBench {
  readonly device: WebGpuDevice;
  prepare(network: string, batch: number): Promise<Prepared>;
}

export interface Prepared {
  readonly executable: GpuExecutable;
  /** Milliseconds per step, over so many steps in one go, from the first submit to the losses at hand. */
  time(steps: number): Promise<number>;
  dispose(): void;
}

/** Opens the adapter; rejects where there is none. */
export async function open(): Promise<OpenBench> {
  const found = await openNodeGpu();
  const device = unwrap(await openWebGpuDevice(found?.gpu ?? null));
  return {
    device,
    async prepare(network, batch) {
      const dataset = randomDataset(batch * 16);
      const model = unwrap(prepareModel(documentOf(network), defaultTrainingSettings, dataset));
      const data = unwrap(uploadDataset(device, dataset));
      const state = device.createState(modelArenas(model, dataset));
      const random = pseudoRandom(2);
      const weights = Float32Array.from({ length: model.placement.parameterSize }, () => (random() - 0.5) * 0.1);
      state.write('weights', weights);
      state.write('learningRate', Float32Array.of(1e-3));
      state.write(
        'permutation',
        Int32Array.from({ length: batch * 16 }, (_, index) => index),
      );
      const executable = await device.compile(trainingProgram(model, dataset, batch), [state, data]);
      return {
        executable,
        async time(steps) {
          const started = performance.now();
          for (let left = steps; left > 0; left -= 4) executable.run(Math.min(left, 4));
          await state.read('metrics', 0, 2 * Math.min(steps, 1024));
          return (performance.now() - started) / steps;
        },
        dispose() {
          executable.dispose();
          state.dispose();
          data.dispose();
        },
      };
    },
  };
}
