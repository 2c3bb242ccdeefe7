/** The reference device under the name of another kind, as fast as a test wants it. For tests only. */
import type { Device, DeviceKind } from '../devices/device';
import { openReferenceDevice } from '../devices/reference/reference-device';

export interface DisguiseOptions {
  readonly software?: boolean;
  /** Milliseconds of the real clock that each run takes, while one waits for it. */
  readonly delay?: number;
  /** Told of every run, before it is done. */
  readonly onRun?: (times: number) => void;
  readonly onDispose?: () => void;
}

export function deviceAs(kind: DeviceKind, { software = false, delay = 0, onRun, onDispose }: DisguiseOptions = {}): Device {
  const device = openReferenceDevice();
  let pending = 0;
  return {
    ...device,
    description: { ...device.description, kind, name: `${kind} for tests`, software },
    async compile(program, states) {
      const executable = await device.compile(program, states);
      return {
        ...executable,
        run: (times = 1) => {
          onRun?.(times);
          pending += times;
          executable.run(times);
        },
      };
    },
    finish: () => {
      const wait = pending * delay;
      pending = 0;
      return new Promise((resolve) => setTimeout(resolve, wait));
    },
    dispose: () => {
      onDispose?.();
      device.dispose();
    },
  };
}
