import { describe, expect, it, vi } from 'vitest';
import { createDeviceSettings } from './device-settings';

function withSettings(settings: Readonly<Record<string, unknown>>) {
  const call = vi.fn((name: string) => Promise.resolve({ ok: true, value: name === 'settings.read' ? settings : null }));
  // The store asks for two calls of the contract, and their answers are these.
  return { call, store: createDeviceSettings(call as never) };
}

describe('the settings of the device', () => {
  it.each([
    ['nothing', {}, { wish: 'auto', cpuThreads: 'auto' }],
    ['what was kept', { device: 'cpu', cpuThreads: 3 }, { wish: 'cpu', cpuThreads: 3 }],
    ['one of both', { device: 'webgpu', cpuThreads: 0 }, { wish: 'webgpu', cpuThreads: 'auto' }],
    ['what no version knows', { device: 'reference', cpuThreads: 2.5 }, { wish: 'auto', cpuThreads: 'auto' }],
    ['too many threads', { cpuThreads: 33 }, { wish: 'auto', cpuThreads: 'auto' }],
  ])('are read from %s', async (_what, settings, expected) => {
    const { store } = withSettings(settings);
    await store.restore();
    expect(store.current.value).toEqual(expected);
  });

  it('are read once, and written as they are kept', async () => {
    const { call, store } = withSettings({ device: 'webgpu' });
    await Promise.all([store.restore(), store.restore()]);
    store.keep({ wish: 'cpu', cpuThreads: 2 });
    await store.restore();
    expect(store.current.value).toEqual({ wish: 'cpu', cpuThreads: 2 });
    expect(call.mock.calls).toEqual([
      ['settings.read', null],
      ['settings.write', { device: 'cpu', cpuThreads: 2 }],
    ]);
  });
});
