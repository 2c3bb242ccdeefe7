/**
 * Activations in 16 bits on WebGPU: what is rounded and how, results held against float64, training held against training in
 * f32. Adapters that store f16 and those that do not take different kernels: the latter run everywhere, and the former are
 * compiled everywhere.
 */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { openNodeGpu } from '../../main/cli/gpu';
import { openNullGpu } from '../../main/cli/testing/null-gpu';
import { openCpuDevice } from '../devices/cpu/cpu-device';
import { openReferenceDevice } from '../devices/reference/reference-device';
import type { GpuExecutable } from '../devices/webgpu/executable';
import { openWebGpuDevice, type WebGpuDevice } from '../devices/webgpu/webgpu-device';
import { unwrap } from '../graph/problem';
import type { TrainingSettings } from '../graph/training-settings';
import { gather } from '../ops/gather.op';
import { matrixProduct } from '../ops/matrix-product.op';
import { multiply } from '../ops/multiply.op';
import { conformanceCases, deviationOf } from './comparison';
import { evaluateOnce, type GivenTensor } from './evaluation';
import { parityCases } from './parity/networks';
import { lossCurve, trainWithHebb, type ParityCase, type TrainingRecord } from './parity/training-parity';

/** The number of 16 bits that is nearest, of two the even one; what is beyond the largest becomes the largest. */
function nearestHalf(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  const step = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(value))), -14) - 10);
  const whole = Math.floor(value / step);
  const rest = value / step - whole;
  const rounded = rest > 0.5 || (rest === 0.5 && whole % 2 !== 0) ? whole + 1 : whole;
  return Math.max(-65504, Math.min(65504, rounded * step));
}

/** Half the distance of neighbouring numbers, as a part of them: 11 digits of the mantissa, the first of which is not written. */
const HALF_ROUNDING = 2 ** -11;

const given = (shape: readonly number[], data: readonly number[]): GivenTensor => ({ shape, type: 'f32', data: Float64Array.from(data) });

/** What a device makes of numbers that a kernel stores and another reads. An odd number of them shares words in part. */
async function storedAndRead(device: WebGpuDevice, numbers: readonly number[]): Promise<Float64Array | undefined> {
  const order: GivenTensor = { shape: [numbers.length], type: 'i32', data: Float64Array.from(numbers.keys()) };
  const inputs = [given([numbers.length, 1], numbers), order, given([1, 1], [1])];
  const [result] = await evaluateOnce(
    device,
    inputs,
    ([data, places, one]) => {
      if (!data || !places || !one) throw new Error('three inputs were given');
      // A product reads what is stored; what was gathered is what a network is given.
      return [matrixProduct(multiply(gather(data, places), 0.5), one)];
    },
    'f16',
  );
  return result?.map((value) => value * 2);
}

const special = [Infinity, -Infinity, NaN, 0, 65504 * 2, -1e30, 65519 * 2, 2 ** -23, 3 * 2 ** -25, 2 ** -30];
const ordinary = Array.from({ length: 301 }, (_, index) => Math.fround(Math.sin(index) * 4 ** ((index % 17) - 8)));
/** Between two neighbours: 1 + 2⁻¹¹ and 1 + 3 · 2⁻¹¹, times two. */
const ties = [2 + 2 ** -10, 2 + 3 * 2 ** -10, -2 - 2 ** -10];

const found = await openNodeGpu();
const open = async (gpu: GPU | null, features?: readonly GPUFeatureName[]): Promise<WebGpuDevice> =>
  unwrap(await openWebGpuDevice(gpu, features === undefined ? {} : { features }));

const withHalves = (parity: ParityCase): ParityCase => ({ ...parity, settings: { ...parity.settings, precision: 'f16-storage' } });

/** The cases in which something is stored that is rounded; in the others one kernel does it all, or only sums are stored. */
const cases = conformanceCases.filter(({ name }) =>
  /^((lstm|gru|simple-rnn|rnn-\w{4}|multi-head-attention):.*(train|group)|upsample: straight lines)/.test(name),
);

function named(name: string): ParityCase {
  const one = parityCases.find((parity) => parity.name === name);
  if (!one) throw new Error(`there is no network ${name}`);
  return one;
}

const native = found && (await found.gpu.requestAdapter())?.features.has('shader-f16');
if (native !== true)
  console.info(
    'No adapter here stores f16: its kernels are compiled and not run. With Mesa 24 or newer (mesa-vulkan-drivers) they run with ' +
      'VK_ICD_FILENAMES=/usr/share/vulkan/icd.d/lvp_icd.json.',
  );
const ways: readonly (readonly [string, readonly GPUFeatureName[] | undefined])[] = [
  ['two in a word', ['subgroups']],
  ...(native === true ? [['as f16', undefined] as const] : []),
];

describe.each(ways)('in 16 bits, %s', (_way, features) => {
  let device: WebGpuDevice;
  const oracle = openReferenceDevice();
  beforeAll(async () => {
    device = await open(found?.gpu ?? null, features);
  });
  afterAll(() => {
    device.dispose();
  });

  it('stores the nearest number, at most the largest, and infinity and NaN as they are', async () => {
    const numbers = [...special, ...ordinary, ...ties];
    expect([...((await storedAndRead(device, numbers)) ?? [])]).toEqual(numbers.map((value) => nearestHalf(value * 0.5) * 2));
  });

  /** Some round several times, one after another (a product of what is rounded, a step of a sequence that follows from the one before). */
  it.each(cases.map((one) => [one.name, one] as const))(
    'computes %s as the reference does',
    async (_name, { inputs, weights, buildWithGradients }) => {
      const all = [...inputs, ...weights];
      const actual = await evaluateOnce(device, all, buildWithGradients, 'f16');
      const expected = await evaluateOnce(oracle, all, buildWithGradients);
      const worst = Math.max(...expected.map((values, position) => deviationOf(actual[position] ?? [], values)));
      expect(worst).toBeLessThan(8 * HALF_ROUNDING);
      // Else nothing would be rounded, and nothing be tested.
      expect(worst).toBeGreaterThan(HALF_ROUNDING / 100);
    },
  );

  const descent: Partial<TrainingSettings> = { optimizer: { kind: 'sgd', parameters: {} }, learningRate: 1, weightDecay: 0 };
  const vectorOf = ({ weights }: TrainingRecord): number[] => Object.values(weights).flat();
  const distance = (a: readonly number[], b: readonly number[]): number =>
    Math.hypot(...a.map((value, index) => value - (b[index] ?? NaN)));

  /** Networks without ReLU or maximum, whose switching by rounding would change what is passed back by more than rounding does. */
  test.each(['Auto-encoder', 'LSTM classifier'])('the first update of the %s is that of f32 but for rounding', async (name) => {
    const parity = { ...named(name), steps: 1 };
    const one = { ...parity, settings: { ...parity.settings, ...descent } };
    const before = vectorOf(await trainWithHebb(device, { ...one, steps: 0 }));
    const full = vectorOf(await trainWithHebb(device, one));
    const half = vectorOf(await trainWithHebb(device, withHalves(one)));
    expect(distance(half, full) / distance(full, before)).toBeLessThan(4 * HALF_ROUNDING);
    expect(distance(half, full)).toBeGreaterThan(0);
  });

  test('LeNet-5 has nearly the losses of f32 over 10 steps, and the same bytes each time', async () => {
    const lenet = { ...named('LeNet-5'), steps: 10 };
    const full = await trainWithHebb(device, lenet);
    const half = await trainWithHebb(device, withHalves(lenet));
    // Each step begins with what the one before has made of its rounding: ten times that of one.
    expect(Math.max(...lossCurve(half, full))).toBeLessThan(10 * HALF_ROUNDING);
    expect(half.losses).not.toEqual(full.losses);
    expect(await trainWithHebb(device, withHalves(lenet))).toEqual(half);
  });
});

/** What a device makes of the training step of a network. */
async function compiled(device: WebGpuDevice, parity: ParityCase): Promise<GpuExecutable> {
  const made: GpuExecutable[] = [];
  const compile: WebGpuDevice['compile'] = async (program, states) => {
    const executable = await device.compile(program, states);
    made.push(executable);
    return executable;
  };
  await trainWithHebb({ ...device, compile }, { ...parity, steps: 0 });
  const [executable] = made;
  if (!executable) throw new Error('nothing was compiled');
  return executable;
}

test('takes less than two thirds of the memory between kernels', async () => {
  const device = await open(found?.gpu ?? null);
  const lenet = named('LeNet-5');
  const large = { ...lenet, settings: { ...lenet.settings, batchSize: 40 } };
  const { workspaceBytes: full } = (await compiled(device, large)).statistics;
  // The partial sums of gradients stay as they are.
  expect((await compiled(device, withHalves(large))).statistics.workspaceBytes).toBeLessThan((2 / 3) * full);
  device.dispose();
});

test.each([
  ['reference', () => openReferenceDevice()],
  ['CPU', async () => unwrap(await openCpuDevice())],
])('the %s device, which rounds nothing, refuses', async (_name, openOther) => {
  const refused = trainWithHebb(await openOther(), withHalves({ ...named('MLP, sgd'), steps: 1 }));
  await expect(refused).rejects.toMatchObject({ problem: { code: 'device.no-f16-storage' } });
});

describe('on an adapter that stores f16', () => {
  let device: WebGpuDevice;
  beforeAll(async () => {
    device = await open(openNullGpu());
  });
  afterAll(() => {
    device.dispose();
  });
  // It runs nothing, but refuses what is no WGSL.
  it.each(['LeNet-5', 'ResNet-20', 'LSTM classifier', 'Small transformer'])('the kernels of %s are accepted', async (name) => {
    const { kernels } = await compiled(device, withHalves(named(name)));
    expect(kernels.some(({ source }) => source.includes('array<f16'))).toBe(true);
  });
});
