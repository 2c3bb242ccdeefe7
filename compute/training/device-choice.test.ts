/** Which device is chosen, on devices whose steps take as long as a test says, by a clock that only they move. */
import { describe, expect, it } from 'vitest';
import type { Device, DeviceKind } from '../devices/device';
import { failure, success, unwrap, type Outcome } from '../graph/problem';
import { deviceAs, type DisguiseOptions } from '../testing/device-as';
import { learnable, perceptron, settingsForTests } from '../testing/small-training';
import { createDeviceSelector } from './device-choice';
import { prepareModel } from './model';
import { createSession } from './session';

const dataset = learnable();
const planOf = (batchSize: number) => ({
  model: unwrap(prepareModel(perceptron, { ...settingsForTests, batchSize }, dataset)),
  dataset,
});

interface World {
  /** Milliseconds a step; null where there is no such device. */
  readonly webgpu: number | null;
  readonly cpu: number | null;
  readonly software?: boolean;
}

function selectorIn({ webgpu, cpu, software = true }: World) {
  let time = 0;
  let open = 0;
  let trials = 0;
  const make = (kind: DeviceKind, milliseconds: number | null, more: DisguiseOptions) => (): Promise<Outcome<Device>> => {
    if (milliseconds === null) return Promise.resolve(failure(`device.no-${kind}`));
    open++;
    const disguised = deviceAs(kind, {
      ...more,
      onRun: (times) => {
        trials++;
        time += times * milliseconds;
      },
      onDispose: () => open--,
    });
    return Promise.resolve(success(disguised));
  };
  const openers = {
    webgpu: make('webgpu', webgpu, { software }),
    cpu: make('cpu', cpu, {}),
    reference: make('reference', 1, {}),
  };
  return { selector: createDeviceSelector(openers, () => time), counts: () => ({ open, trials }) };
}

describe('the choice of a device', () => {
  it.each([
    ['a real GPU', { webgpu: 9, cpu: 1, software: false }, { kind: 'webgpu', reason: 'hardware' }],
    ['the CPU, where there is no GPU', { webgpu: null, cpu: 5 }, { kind: 'cpu', reason: 'alone' }],
    ['the CPU, until it was compared with WebGPU in software', { webgpu: 1, cpu: 5 }, { kind: 'cpu', reason: 'untried' }],
    ['WebGPU in software, where the CPU is none', { webgpu: 5, cpu: null }, { kind: 'webgpu', reason: 'alone' }],
  ])('is %s', async (_name, world: World, choice) => {
    const { selector, counts } = selectorIn(world);
    const device = await selector.open();
    expect(device.description.kind).toBe(choice.kind);
    expect(selector.choice).toEqual(choice);
    expect(counts().open).toBe(1);
  });

  it('says why there is none', async () => {
    const { selector } = selectorIn({ webgpu: null, cpu: null });
    await expect(selector.open()).rejects.toMatchObject({ problem: { code: 'device.no-webgpu' } });
    selector.setWish('cpu');
    await expect(selector.open()).rejects.toMatchObject({ problem: { code: 'device.no-cpu' } });
    expect(selector.choice).toBeNull();
  });

  it.each([
    ['cpu', { webgpu: 40, cpu: 10 }],
    ['webgpu', { webgpu: 10, cpu: 40 }],
  ] as const)('falls on the faster in a trial: %s', async (kind, world) => {
    const { selector, counts } = selectorIn(world);
    await selector.open();
    const choice = await selector.settle(planOf(16));
    expect(choice).toMatchObject({ kind, reason: 'faster' });
    // By this clock nothing but steps takes time.
    expect(choice.milliseconds?.cpu).toBeCloseTo(world.cpu, 6);
    expect(choice.milliseconds?.webgpu).toBeCloseTo(world.webgpu, 6);
    expect(counts().open).toBe(1);
    expect((await selector.open()).description.kind).toBe(kind);
  });

  it('compares a plan once, and another plan anew', async () => {
    const { selector, counts } = selectorIn({ webgpu: 40, cpu: 10 });
    await selector.open();
    const first = await selector.settle(planOf(16));
    const { trials } = counts();
    const faster = planOf(16);
    expect(await selector.settle({ ...faster, model: { ...faster.model, settings: { ...faster.model.settings, epochs: 99 } } })).toBe(
      first,
    );
    expect(counts().trials).toBe(trials);
    await selector.settle(planOf(8));
    expect(counts().trials).toBeGreaterThan(trials);
  });

  it('is the other one where the plan fails on one of both', async () => {
    const { selector } = selectorIn({ webgpu: 10, cpu: 40 });
    await selector.open();
    const plan = planOf(16);
    // No device compiles a step whose network is not there.
    const broken = { ...plan, model: { ...plan.model, document: { ...perceptron, nodes: [] } } };
    expect(await selector.settle(broken)).toMatchObject({ kind: 'cpu', milliseconds: { cpu: null, webgpu: null } });
  });

  it('is what the person asks for, and for a run that has begun what it began on', async () => {
    const { selector } = selectorIn({ webgpu: 10, cpu: 40, software: false });
    selector.setWish('cpu');
    expect(await selector.settle(planOf(16))).toEqual({ kind: 'cpu', reason: 'asked' });
    selector.keep('webgpu');
    expect((await selector.open()).description.kind).toBe('cpu');
    selector.setWish('auto');
    selector.keep('cpu');
    expect((await selector.open()).description.kind).toBe('cpu');
    expect(selector.choice).toEqual({ kind: 'cpu', reason: 'kept' });
    expect(await selector.settle(planOf(16))).toEqual({ kind: 'webgpu', reason: 'hardware' });
  });

  it('changes nothing of what is trained on the chosen device', async () => {
    const trainOn = async (settled: boolean) => {
      const { selector } = selectorIn({ webgpu: 40, cpu: 10 });
      const session = createSession({ openDevice: () => selector.open(), emit: () => undefined });
      await session.openDevice();
      await session.loadDataset(dataset);
      await session.configure({ document: perceptron, settings: settingsForTests, keepWeights: false });
      if (settled) await session.use((network) => selector.settle(network));
      await session.step(6);
      const snapshot = await session.snapshot(true);
      session.dispose();
      return snapshot?.weights;
    };
    expect(await trainOn(true)).toEqual(await trainOn(false));
  });
});

describe('the reference device', () => {
  it('is taken where it is asked for, and only there', async () => {
    const { selector } = selectorIn({ webgpu: 1, cpu: 1 });
    selector.setWish('reference');
    expect((await selector.open()).description.kind).toBe('reference');
  });
});
