/** Keeps among the program's settings which kernels were the fastest, so that a device is measured once. */
import * as v from 'valibot';
import type { call as carry } from '../../platform/client';

export interface KernelMemory {
  /** Names of variants by what they were chosen for; empty where nothing can be read. */
  known(): Promise<Readonly<Record<string, string>>>;
  /** Adds to what is kept. */
  learn(choices: Readonly<Record<string, string>>): void;
}

const settingsKey = 'kernels';
const schema = v.record(v.string(), v.string());

export function createKernelMemory(call: typeof carry): KernelMemory {
  let choices: Record<string, string> = {};
  return {
    async known() {
      const settings = await call('settings.read', null);
      const kept = v.safeParse(schema, settings.ok ? settings.value[settingsKey] : null);
      if (kept.success) choices = { ...kept.output, ...choices };
      return choices;
    },
    learn(learned) {
      choices = { ...choices, ...learned };
      // What cannot be kept is measured again the next time.
      void call('settings.write', { [settingsKey]: choices });
    },
  };
}
