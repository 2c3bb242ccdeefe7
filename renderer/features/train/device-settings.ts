/** Which device the person wants, and how many threads of the CPU: two of the program's settings, read with care. */
import * as v from 'valibot';
import { shallowRef, type ShallowRef } from 'vue';
import type { call as carry } from '../../platform/client';

/** `auto` takes a real GPU, else whichever of WebGPU in software and the CPU is faster. */
export const deviceWishes = ['auto', 'webgpu', 'cpu'] as const;

const wishSchema = v.picklist(deviceWishes);
/** As many threads as the CPU device takes at most. */
const threadsSchema = v.union([v.literal('auto'), v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(32))]);

export interface DeviceSettings {
  readonly wish: v.InferOutput<typeof wishSchema>;
  /** `auto` leaves one core to the screen. */
  readonly cpuThreads: v.InferOutput<typeof threadsSchema>;
}

export interface DeviceSettingsStore {
  readonly current: ShallowRef<DeviceSettings>;
  /** Reads them, once; what cannot be read counts as `auto`. */
  restore(): Promise<void>;
  keep(settings: DeviceSettings): void;
}

/** The cores of this machine, as far as the browser tells. */
export const cores = (): number => Math.max(1, navigator.hardwareConcurrency);

export function createDeviceSettings(call: typeof carry): DeviceSettingsStore {
  const current = shallowRef<DeviceSettings>({ wish: 'auto', cpuThreads: 'auto' });
  let restored: Promise<void> | null = null;
  async function read(): Promise<void> {
    const settings = await call('settings.read', null);
    if (!settings.ok) return;
    const wish = v.safeParse(wishSchema, settings.value['device']);
    const threads = v.safeParse(threadsSchema, settings.value['cpuThreads']);
    current.value = { wish: wish.success ? wish.output : 'auto', cpuThreads: threads.success ? threads.output : 'auto' };
  }
  return {
    current,
    restore: () => (restored ??= read()),
    keep(settings) {
      current.value = settings;
      // What cannot be kept is in force until the window closes.
      void call('settings.write', { device: settings.wish, cpuThreads: settings.cpuThreads });
    },
  };
}
