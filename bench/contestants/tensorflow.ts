/** TensorFlow.js on WebGPU or the CPU: its core operations, tape and Adam, images laid out as N×H×W×C, which its kernels want. */
import * as tf from '@tensorflow/tfjs-core';
// Its own index forgets to name them to bundlers that drop what seems unused.
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgpu';
import { sizeOf, type Shape } from '../../compute/graph/tensor';
import { nodesOf } from '../../compute/layers/network';
import { BATCHES, operand, trainingData } from '../numbers';
import {
  shapesOf,
  type ConvolutionWorkload,
  type DispatchWorkload,
  type ProductWorkload,
  type TrainingWorkload,
  type Workload,
} from '../workloads';
import { forward, variablesOf } from './tensorflow-network';
import type { Contestant, Prepared } from './contestant';

/** N×C×H×W as N×H×W×C, or kernels O×I×h×w as h×w×I×O. */
const laidOut = (data: Float32Array, shape: Shape, order: readonly number[]): tf.Tensor4D =>
  tf.tidy(() => tf.transpose<tf.Tensor4D>(tf.tensor<tf.Rank.R4>(data, [...shape] as [number, number, number, number]), [...order]));
const IMAGES = [0, 2, 3, 1];
const KERNELS = [2, 3, 1, 0];

function prepareTraining(workload: TrainingWorkload): Prepared {
  const { batch, sampleShape, classes, vocabulary, perPosition = false } = workload;
  const document = workload.document();
  const nodes = nodesOf(document);
  const variables = variablesOf(document);
  const { samples, labels } = trainingData(workload);
  const perSample = perPosition ? (sampleShape[0] ?? 1) : 1;
  const batches = Array.from({ length: BATCHES }, (_, index) => {
    const size = batch * sizeOf(sampleShape);
    const values = samples.slice(index * size, (index + 1) * size);
    const shape = [batch, ...sampleShape];
    const y = labels.slice(index * batch * perSample, (index + 1) * batch * perSample);
    return {
      x:
        vocabulary === undefined
          ? sampleShape.length === 3
            ? laidOut(values, shape, IMAGES)
            : tf.tensor(values, shape)
          : tf.tensor(values, shape, 'int32'),
      y: tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(y, 'int32'), classes), 'float32')),
    };
  });
  const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-8);
  const learned = [...variables.values()];
  let done = 0;
  const advance = (): tf.Scalar => {
    const { x, y } = batches[done % BATCHES]!;
    done++;
    const objective = () => tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(y, tf.reshape(forward(nodes, variables, x), [-1, classes]));
    // With its cost asked for, minimize returns it.
    return optimizer.minimize(objective, true, learned)!;
  };
  return {
    async run(times) {
      for (let left = times; left > 1; left--) advance().dispose();
      const last = advance();
      await last.data();
      last.dispose();
    },
    async losses(steps) {
      const found: number[] = [];
      for (let left = steps; left > 0; left--) {
        const loss = advance();
        found.push((await loss.data())[0] ?? NaN);
        loss.dispose();
      }
      return found;
    },
    details: () => ({}),
    dispose() {
      tf.dispose([batches, learned]);
      optimizer.dispose();
    },
  };
}

interface Product {
  readonly compute: () => tf.Tensor;
  /** Back from the layout of this engine to PyTorch's. */
  readonly order: readonly number[] | null;
  readonly operands: readonly tf.Tensor[];
}

function productOf(workload: ProductWorkload | ConvolutionWorkload): Product {
  const shapes = shapesOf(workload);
  const [first, second] = [operand(shapes.a, 1), operand(shapes.b, 2)];
  if (workload.kind === 'product') {
    const operands = [tf.tensor(first, [...shapes.a]), tf.tensor(second, [...shapes.b])] as const;
    return { compute: () => tf.matMul(...operands, workload.form === 'TN', workload.form === 'NT'), order: null, operands };
  }
  const { pass, padding, batch, inChannels, outChannels, size, kernel } = workload;
  const images = [0, 3, 1, 2];
  switch (pass) {
    case 'forward': {
      const [x, weight] = [laidOut(first, shapes.a, IMAGES), laidOut(second, shapes.b, KERNELS)];
      return { compute: () => tf.conv2d(x, weight, 1, padding), order: images, operands: [x, weight] };
    }
    case 'input gradient': {
      const [cotangent, weight] = [laidOut(first, shapes.a, IMAGES), laidOut(second, shapes.b, KERNELS)];
      const inputShape: [number, number, number, number] = [batch, size, size, inChannels];
      return { compute: () => tf.conv2dTranspose(cotangent, weight, inputShape, 1, padding), order: images, operands: [cotangent, weight] };
    }
    case 'weight gradient': {
      const [x, cotangent] = [laidOut(first, shapes.a, IMAGES), laidOut(second, shapes.b, IMAGES)];
      // The kernel that its own tape calls, with what the tape gives it; it has no public function, and its types know no undefined.
      const attributes = { strides: 1, pad: padding, dataFormat: 'NHWC', dimRoundingMode: undefined };
      const filterShape = [kernel, kernel, inChannels, outChannels];
      return {
        compute: () =>
          tf.engine().runKernel<tf.Tensor>(tf.Conv2DBackpropFilter, { x, dy: cotangent }, {
            ...attributes,
            filterShape,
          } as unknown as tf.NamedAttrMap),
        order: [3, 2, 0, 1],
        operands: [x, cotangent],
      };
    }
  }
}

function prepareProduct(workload: ProductWorkload | ConvolutionWorkload): Prepared {
  const { compute, order, operands } = productOf(workload);
  return {
    async run(times) {
      for (let left = times; left > 1; left--) compute().dispose();
      const last = tf.tidy(() => {
        const result = compute();
        return tf.slice(
          result,
          result.shape.map(() => 0),
          result.shape.map(() => 1),
        );
      });
      await last.data();
      last.dispose();
    },
    async elements(places) {
      const result = tf.tidy(() => (order === null ? compute() : tf.transpose(compute(), [...order])));
      const data = await result.data();
      result.dispose();
      return places.map((place) => data[place] ?? NaN);
    },
    details: () => ({}),
    dispose: () => tf.dispose([...operands]),
  };
}

function prepareDispatches({ count }: DispatchWorkload): Prepared {
  let value: tf.Tensor = tf.zeros([64]);
  const one = tf.scalar(1);
  return {
    async run(times) {
      for (let left = times * count; left > 0; left--) {
        const next = tf.add(value, one);
        value.dispose();
        value = next;
      }
      await value.data();
    },
    details: () => ({ dispatches: count }),
    dispose: () => tf.dispose([value, one]),
  };
}

const prepareOn = (workload: Workload): Prepared => {
  switch (workload.kind) {
    case 'training':
      return prepareTraining(workload);
    case 'product':
    case 'convolution':
      return prepareProduct(workload);
    case 'dispatches':
      return prepareDispatches(workload);
    case 'multiply-add':
      throw new Error('TensorFlow.js is given no kernels');
  }
};

/** WebAssembly where it has all the kernels (it lacks the gradient of a convolution's weights), else JavaScript. */
async function prepareOnCpu(workload: Workload): Promise<Prepared> {
  if (await tf.setBackend('wasm').catch(() => false)) {
    const prepared = prepareOn(workload);
    try {
      await prepared.run(1);
      prepared.dispose();
      return { ...prepareOn(workload), details: () => ({ wasm: 1 }) };
    } catch {
      // A kernel that is missing is only missed when it is called.
      prepared.dispose();
    }
  }
  await tf.setBackend('cpu');
  return { ...prepareOn(workload), details: () => ({ wasm: 0 }) };
}

/** `threads` are those of WebAssembly on the CPU. */
export function tensorflow(backend: 'webgpu' | 'cpu', threads = 1): Contestant {
  return {
    name: 'TensorFlow.js',
    async open() {
      // Small tensors would otherwise be computed on the CPU, and be measured there.
      tf.env().set('WEBGPU_CPU_FORWARD', false);
      if ('document' in globalThis) {
        // In Node it cannot be loaded as a module.
        const wasm = await import('@tensorflow/tfjs-backend-wasm');
        wasm.setWasmPaths('/wasm/');
        wasm.setThreadsCount(threads);
      }
      if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js finds no ${backend}`);
      await tf.ready();
      return tf.getBackend();
    },
    prepare: (workload) => (backend === 'cpu' ? prepareOnCpu(workload) : Promise.resolve().then(() => prepareOn(workload))),
  };
}
