/** jax-js on WebGPU or WebAssembly: one jitted function a training step, which holds forward, backward and Adam. */
import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  numpy as np,
  lax,
  nn,
  tree,
  valueAndGrad,
  vjp,
  type Array as JaxArray,
} from '@jax-js/jax';
import { sizeOf } from '../../compute/graph/tensor';
import { nodesOf } from '../../compute/layers/network';
import { initialWeights } from '../initial-weights';
import { BATCHES, operand, trainingData } from '../numbers';
import { shapesOf, type ConvolutionWorkload, type DispatchWorkload, type ProductWorkload, type TrainingWorkload } from '../workloads';
import { forward, type JaxParameters } from './jax-network';
import type { Contestant, Prepared } from './contestant';

const array = (data: Float32Array, shape: readonly number[]): JaxArray => np.array(data).reshape([...shape]);

/** Its values on the CPU. */
const numbersOf = async (x: JaxArray): Promise<ArrayLike<number>> =>
  // Its type names Float16Array, which the standard library here lacks.
  (await x.data()) as ArrayLike<number>;

/** Results that wait for each other on the device: few enough for its memory, enough to hide the waiting. */
const HELD_RESULTS = 8;

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;
const learningRate = 1e-3;

/** Adam as PyTorch has it; `count` is the number of this step, from 1. */
function adam(parameters: JaxParameters, gradients: JaxParameters, first: JaxParameters, second: JaxParameters, count: JaxArray) {
  const next = { parameters: {} as JaxParameters, first: {} as JaxParameters, second: {} as JaxParameters };
  // 1 − βᵗ
  const correction = (beta: number) => np.subtract(1, np.exp(count.ref.mul(Math.log(beta))));
  for (const [name, parameter] of Object.entries(parameters)) {
    const gradient = gradients[name]!;
    const mean = first[name]!.mul(beta1).add(gradient.ref.mul(1 - beta1));
    const square = second[name]!.mul(beta2).add(np.square(gradient).mul(1 - beta2));
    const scale = np.sqrt(np.trueDivide(square.ref, correction(beta2))).add(epsilon);
    const move = np.trueDivide(np.trueDivide(mean.ref, correction(beta1)), scale);
    next.parameters[name] = parameter.sub(move.mul(learningRate));
    next.first[name] = mean;
    next.second[name] = square;
  }
  count.dispose();
  return next;
}

function prepareTraining(workload: TrainingWorkload): Prepared {
  const { batch, sampleShape, classes, vocabulary, perPosition = false } = workload;
  const document = workload.document();
  const nodes = nodesOf(document);
  const learned = [...initialWeights(document)].filter(([, { role }]) => role === 'parameter');
  const fresh = (value: (data: Float32Array) => Float32Array): JaxParameters =>
    Object.fromEntries(learned.map(([name, { shape, data }]) => [name, array(value(data), shape)]));
  let parameters = fresh((data) => data);
  let first = fresh((data) => new Float32Array(data.length));
  let second = fresh((data) => new Float32Array(data.length));

  const { samples, labels } = trainingData(workload);
  const perSample = perPosition ? (sampleShape[0] ?? 1) : 1;
  const batches = Array.from({ length: BATCHES }, (_, index) => {
    const size = batch * sizeOf(sampleShape);
    const values = samples.slice(index * size, (index + 1) * size);
    const x =
      vocabulary === undefined
        ? array(values, [batch, ...sampleShape])
        : np.array(Int32Array.from(values), { dtype: np.int32 }).reshape([batch, ...sampleShape]);
    const y = np.array(labels.slice(index * batch * perSample, (index + 1) * batch * perSample), { dtype: np.int32 });
    return { x, y: nn.oneHot(y, classes).reshape([...(perPosition ? [batch, perSample] : [batch]), classes]) };
  });

  const objective = (p: JaxParameters, x: JaxArray, y: JaxArray) => np.mean(np.sum(nn.logSoftmax(forward(nodes, p, x)).mul(y), -1)).neg();
  const step = jit((p: JaxParameters, m: JaxParameters, v: JaxParameters, count: JaxArray, x: JaxArray, y: JaxArray) => {
    const [loss, gradients] = valueAndGrad(objective)(tree.ref(p), x, y);
    return { loss, ...adam(p, gradients, m, v, count) };
  });
  let done = 0;
  const advance = (): JaxArray => {
    const { x, y } = batches[done % BATCHES]!;
    done++;
    const next = step(parameters, first, second, np.array([done], { dtype: np.float32 }).reshape([]), x.ref, y.ref);
    ({ parameters, first, second } = next);
    return next.loss;
  };
  // Its WebAssembly computes on behind a result that is there: who waits for a loss has waited for the forward pass alone.
  const finished = () => blockUntilReady([parameters, first, second]);
  return {
    async run(times) {
      for (let left = times; left > 0; left--) advance().dispose();
      await finished();
    },
    async losses(steps) {
      const found: number[] = [];
      for (let left = steps; left > 0; left--) found.push((await numbersOf(advance()))[0] ?? NaN);
      await finished();
      return found;
    },
    details: () => ({}),
    dispose() {
      tree.dispose([parameters, first, second, batches]);
      step.dispose();
    },
  };
}

function productOf(workload: ProductWorkload | ConvolutionWorkload): (a: JaxArray, b: JaxArray) => JaxArray {
  if (workload.kind === 'product') {
    const { form } = workload;
    return (a, b) => np.matmul(form === 'TN' ? np.transpose(a) : a, form === 'NT' ? np.transpose(b) : b);
  }
  const { pass, padding } = workload;
  const convolve = (x: JaxArray, weight: JaxArray): JaxArray =>
    lax.convGeneralDilated(
      x,
      weight,
      [1, 1],
      [
        [padding, padding],
        [padding, padding],
      ],
    );
  if (pass === 'forward') return convolve;
  const zeros = () => np.zeros([...shapesOf(workload).result]);
  // Linear in what is differentiated by: its value does not matter. The unused forward product is removed by jit as dead.
  return (given, other) => {
    const [output, pull] =
      pass === 'input gradient'
        ? vjp((x: JaxArray) => convolve(x, other), [zeros()])
        : vjp((weight: JaxArray) => convolve(given, weight), [zeros()]);
    output.dispose();
    const [gradient] = pull(pass === 'input gradient' ? given : other);
    return gradient;
  };
}

function prepareProduct(workload: ProductWorkload | ConvolutionWorkload): Prepared {
  const shapes = shapesOf(workload);
  const a = array(operand(shapes.a, 1), shapes.a);
  const b = array(operand(shapes.b, 2), shapes.b);
  const product = jit(productOf(workload));
  return {
    async run(times) {
      // What is given up before it was waited for is never computed.
      for (let left = times; left > 0; left -= HELD_RESULTS) {
        const results = Array.from({ length: Math.min(left, HELD_RESULTS) }, () => product(a.ref, b.ref));
        await blockUntilReady(results);
        tree.dispose(results);
      }
    },
    async elements(places) {
      const result = await numbersOf(product(a.ref, b.ref));
      return places.map((place) => result[place] ?? NaN);
    },
    details: () => ({}),
    dispose() {
      a.dispose();
      b.dispose();
      product.dispose();
    },
  };
}

/** A call a dispatch: within one jitted function they would be fused. */
function prepareDispatches({ count }: DispatchWorkload): Prepared {
  const increase = jit((x: JaxArray) => x.add(1));
  let value = np.zeros([64]);
  return {
    async run(times) {
      for (let left = times * count; left > 0; left--) value = increase(value);
      await value.blockUntilReady();
    },
    details: () => ({ dispatches: count }),
    dispose() {
      value.dispose();
      increase.dispose();
    },
  };
}

export function jax(backend: 'webgpu' | 'wasm'): Contestant {
  return {
    name: 'jax-js',
    async open() {
      const devices = await init(backend);
      if (!devices.includes(backend)) throw new Error(`jax-js finds no ${backend}`);
      defaultDevice(backend);
      return backend;
    },
    prepare: (workload) =>
      Promise.resolve().then(() => {
        switch (workload.kind) {
          case 'training':
            return prepareTraining(workload);
          case 'product':
          case 'convolution':
            return prepareProduct(workload);
          case 'dispatches':
            return prepareDispatches(workload);
          case 'multiply-add':
            throw new Error('jax-js is given no kernels');
        }
      }),
  };
}
