/** Hebb: the programs of the product itself, on one of its devices. */
import type { Device, Executable } from '../../compute/devices/device';
import type { GpuExecutable } from '../../compute/devices/webgpu/executable';
import { openWebGpuDevice } from '../../compute/devices/webgpu/webgpu-device';
import { openCpuDevice } from '../../compute/devices/cpu/cpu-device';
import type { ThreadHost } from '../../compute/devices/cpu/threads';
import { unwrap, type Outcome } from '../../compute/graph/problem';
import { sizeOf, type Shape, type Tensor } from '../../compute/graph/tensor';
import { defaultTrainingSettings } from '../../compute/graph/training-settings';
import { add } from '../../compute/ops/add.op';
import { convolution2d, convolution2dInputGradient, convolution2dWeightGradient } from '../../compute/ops/convolution-2d.op';
import { matrixProduct } from '../../compute/ops/matrix-product.op';
import { readState, type Program, type StateReference } from '../../compute/plan/program';
import type { Dataset } from '../../compute/training/dataset';
import { uploadDataset } from '../../compute/training/dataset-placement';
import { prepareModel } from '../../compute/training/model';
import { BUFFERS, WEIGHTS, join } from '../../compute/training/placement';
import { modelArenas, trainingProgram } from '../../compute/training/programs';
import { RING_STEPS, stepsPerEpochOf } from '../../compute/training/states';
import { BATCHES, operand, trainingData } from '../numbers';
import { multiplyAdd } from '../multiply-add';
import { initialWeights } from '../initial-weights';
import {
  shapesOf,
  type ConvolutionWorkload,
  type DispatchWorkload,
  type MultiplyAddWorkload,
  type ProductWorkload,
  type TrainingWorkload,
} from '../workloads';
import type { Contestant, KernelTime, Prepared } from './contestant';

const detailsOf =
  ({ statistics }: Executable, device: Device) =>
  () => ({
    dispatches: statistics.dispatches,
    workspaceBytes: statistics.workspaceBytes,
    compileMilliseconds: statistics.compileMilliseconds,
    ...device.counters,
  });

/** Only this device's can run a kernel by itself. */
const isGpu = (executable: Executable): executable is GpuExecutable => 'runKernel' in executable;

const kernelsOf =
  (executable: Executable, { description }: Device) =>
  async (tries: number): Promise<readonly KernelTime[]> => {
    // A software adapter has no clock but the processor's, where the least of some tries says more than their mean.
    if (!isGpu(executable) || !description.software) {
      const profile = await executable.profile(tries);
      return executable.statistics.kernels.map(({ name, variant }, position) => ({
        name,
        variant,
        milliseconds: profile?.milliseconds[position] ?? NaN,
      }));
    }
    const times: KernelTime[] = [];
    for (const [position, { name, variant }] of executable.kernels.entries()) {
      let milliseconds = Infinity;
      for (let attempt = 0; attempt < tries; attempt++) {
        const started = performance.now();
        await executable.runKernel(position, 4);
        milliseconds = Math.min(milliseconds, (performance.now() - started) / 4);
      }
      times.push({ name, variant, milliseconds });
    }
    return times;
  };

function datasetOf(workload: TrainingWorkload): Dataset {
  const { name, sampleShape, vocabulary, classes, perPosition = false } = workload;
  const { count, samples, labels } = trainingData(workload);
  const tokens = vocabulary === undefined ? null : Int32Array.from(samples);
  const none = { count: 0, samples: tokens === null ? new Float32Array() : new Int32Array(), labels: new Int32Array() };
  return {
    name,
    sampleShape,
    sampleType: tokens === null ? 'f32' : 'i32',
    ...(vocabulary === undefined ? {} : { vocabulary }),
    ...(perPosition ? { labelShape: sampleShape } : {}),
    classes: Array.from({ length: classes }, (_, index) => String(index)),
    splits: { train: { count, samples: tokens ?? samples, labels }, validation: none, test: none },
  };
}

async function prepareTraining(device: Device, workload: TrainingWorkload): Promise<Prepared> {
  const { batch } = workload;
  const dataset = datasetOf(workload);
  const model = unwrap(prepareModel(workload.document(), { ...defaultTrainingSettings, batchSize: batch }, dataset));
  const placed = unwrap(uploadDataset(device, dataset, batch));
  const state = device.createState(modelArenas(model, dataset));
  const executable = await device.compile(trainingProgram(model, placed, batch), [state, placed.state]);
  const { weights, parameterSize, bufferSize } = model.placement;
  const initial = initialWeights(model.document);
  for (const [arena, size] of [[WEIGHTS, parameterSize] as const, [BUFFERS, bufferSize] as const]) {
    const placed = weights.filter(({ reference }) => reference.arena === arena);
    state.write(
      arena,
      join(placed, size, ({ name }) => initial.get(name)?.data),
    );
  }
  state.write('learningRates', new Float32Array(stepsPerEpochOf(dataset, batch)).fill(model.settings.learningRate));
  state.write('seed', Int32Array.of(model.settings.seed, 0));
  state.write(
    'permutation',
    Int32Array.from({ length: dataset.splits.train.count }, (_, index) => index),
  );
  let done = 0;
  const advance = (steps: number): void => {
    for (const end = done + steps; done < end;) {
      const place = done % BATCHES;
      if (place === 0) state.write('position', Int32Array.of(0));
      const count = Math.min(end - done, BATCHES - place);
      executable.run(count);
      done += count;
    }
  };
  return {
    async run(times) {
      advance(times);
      await state.read('metrics', 0, 2);
    },
    async losses(steps) {
      if (steps > RING_STEPS) throw new RangeError(`the ring holds ${String(RING_STEPS)} losses`);
      const first = done;
      advance(steps);
      const ring = await state.read('metrics');
      const width = ring.length / RING_STEPS;
      return Array.from({ length: steps }, (_, step) => ring[((first + step) % RING_STEPS) * width] ?? NaN);
    },
    details: detailsOf(executable, device),
    kernels: kernelsOf(executable, device),
    dispose() {
      executable.dispose();
      state.dispose();
      placed.state.dispose();
    },
  };
}

const reference = (arena: string, shape: Shape): StateReference => ({ arena, offset: 0, shape, type: 'f32' });

function productOf(workload: ProductWorkload | ConvolutionWorkload, a: Tensor, b: Tensor): Tensor {
  if (workload.kind === 'product') {
    return matrixProduct(a, b, { transposeA: workload.form === 'TN', transposeB: workload.form === 'NT' });
  }
  const { size, kernel, padding } = workload;
  const options = { stride: [1, 1], padding: [padding, padding], dilation: [1, 1], groups: 1 } as const;
  switch (workload.pass) {
    case 'forward':
      return convolution2d(a, b, options);
    case 'input gradient':
      return convolution2dInputGradient(a, b, { ...options, inputSize: [size, size] });
    case 'weight gradient':
      return convolution2dWeightGradient(a, b, { ...options, kernelSize: [kernel, kernel] });
  }
}

async function prepareProduct(device: Device, workload: ProductWorkload | ConvolutionWorkload | MultiplyAddWorkload): Promise<Prepared> {
  const adds = workload.kind === 'multiply-add';
  const shapes = adds ? { a: [workload.elements], b: [1], result: [workload.elements] } : shapesOf(workload);
  const state = device.createState(
    (['a', 'b', 'result'] as const).map((name) => ({ name, type: 'f32' as const, size: sizeOf(shapes[name]) })),
  );
  state.write('a', operand(shapes.a, 1));
  state.write('b', operand(shapes.b, 2));
  const [a, b] = [readState(reference('a', shapes.a)), readState(reference('b', shapes.b))];
  const value = adds ? multiplyAdd(a) : productOf(workload, a, b);
  const program: Program = { name: workload.name, phases: [{ assignments: [{ target: reference('result', shapes.result), value }] }] };
  const executable = await device.compile(program, [state]);
  return {
    async run(times) {
      executable.run(times);
      await state.read('result', 0, 1);
    },
    async elements(places) {
      executable.run();
      const result = await state.read('result');
      return places.map((place) => result[place] ?? NaN);
    },
    details: detailsOf(executable, device),
    kernels: kernelsOf(executable, device),
    dispose() {
      executable.dispose();
      state.dispose();
    },
  };
}

/** Each phase reads what the one before it wrote, so that none can be left out or joined. */
async function prepareDispatches(device: Device, { name, count }: DispatchWorkload): Promise<Prepared> {
  const state = device.createState([{ name: 'value', type: 'f32', size: 64 }]);
  const value = reference('value', [64]);
  const program: Program = {
    name,
    phases: Array.from({ length: count }, () => ({ assignments: [{ target: value, value: add(readState(value), 1) }] })),
  };
  const executable = await device.compile(program, [state]);
  return {
    async run(times) {
      executable.run(times);
      await state.read('value', 0, 1);
    },
    details: detailsOf(executable, device),
    kernels: kernelsOf(executable, device),
    dispose() {
      executable.dispose();
      state.dispose();
    },
  };
}

function hebb(openDevice: () => Promise<Outcome<Device>>): Contestant {
  let opened: Device | null = null;
  return {
    name: 'Hebb',
    async open() {
      opened = unwrap(await openDevice());
      return opened.description.name;
    },
    prepare(workload) {
      if (opened === null) throw new Error('Hebb was not opened');
      switch (workload.kind) {
        case 'training':
          return prepareTraining(opened, workload);
        case 'product':
        case 'convolution':
        case 'multiply-add':
          return prepareProduct(opened, workload);
        case 'dispatches':
          return prepareDispatches(opened, workload);
      }
    },
  };
}

/** On GPUs it chooses its kernels by measuring, as the application does. */
export const hebbOnWebGpu = (): Contestant => hebb(() => openWebGpuDevice(undefined, { memory: { known: {}, learn: () => undefined } }));

/** `host` makes its threads; fewer than asked for are refused, since the peers have as many. */
export const hebbOnCpu = (host: ThreadHost, threads: number): Contestant =>
  hebb(async () => {
    const opened = await openCpuDevice({ host, threads });
    const got = opened.ok ? opened.value.description.threads : threads;
    if (got !== threads) throw new Error(`it got ${String(got)} of ${String(threads)} threads`);
    return opened;
  });
