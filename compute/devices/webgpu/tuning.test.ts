/** Choosing kernels by measuring: once for a shape, kept, and honoured. */
import { afterAll, describe, expect, it } from 'vitest';
import { openNodeGpu } from '../../../main/cli/gpu';
import { unwrap } from '../../graph/problem';
import { matrixProduct } from '../../ops/matrix-product.op';
import { readState, type Program, type StateReference } from '../../plan/program';
import type { GpuExecutable } from './executable';
import { openWebGpuDevice, type WebGpuDevice } from './webgpu-device';
import type { KernelChoices } from './tuning';

const f32 = (arena: string, ...shape: number[]): StateReference => ({ arena, offset: 0, shape, type: 'f32' });
const value = matrixProduct(readState(f32('a', 40, 48)), readState(f32('b', 48, 33)));
const program: Program = { name: 'test', phases: [{ assignments: [{ target: f32('z', 40, 33), value }] }] };

describe('a device with a memory for kernels', async () => {
  const found = await openNodeGpu();
  const devices: WebGpuDevice[] = [];
  afterAll(() => {
    for (const device of devices) device.dispose();
  });
  const compile = async (known: KernelChoices, software = false): Promise<{ executable: GpuExecutable; learned: KernelChoices[] }> => {
    const learned: KernelChoices[] = [];
    const memory = { known, learn: (choices: KernelChoices) => learned.push(choices) };
    const device = unwrap(await openWebGpuDevice(found?.gpu ?? null, { software, memory }));
    devices.push(device);
    const state = device.createState([
      { name: 'a', type: 'f32', size: 40 * 48 },
      { name: 'b', type: 'f32', size: 48 * 33 },
      { name: 'z', type: 'f32', size: 40 * 33 },
    ]);
    return { executable: await device.compile(program, [state]), learned };
  };

  it('measures a shape once and takes what it learned', async () => {
    const { executable, learned } = await compile({});
    expect(learned).toHaveLength(1);
    const [[key, variant] = ['', '']] = Object.entries(learned[0] ?? {});
    expect(key).toContain('matrixProduct; f32 40×48; f32 48×33');
    expect(executable.statistics.variants).toEqual([variant]);
    const again = await compile(learned[0] ?? {});
    expect(again.learned).toEqual([]);
    expect(again.executable.statistics.variants).toEqual([variant]);
    // Whatever was kept decides, not the measurement of today.
    const other = variant === 'block-32x32' ? 'block-64x64' : 'block-32x32';
    const kept = await compile({ [key]: other });
    expect(kept.executable.statistics.variants).toEqual([other]);
    // A name that no variant has any more is no choice.
    const stale = await compile({ [key]: 'gone' });
    expect(stale.executable.statistics.variants).toEqual(['block-32x32']);
  });

  it('does not measure on software adapters', async () => {
    const { learned } = await compile({}, true);
    expect(learned).toEqual([]);
  });
});
