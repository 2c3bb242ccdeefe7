/** Waiting on a device that may be lost: a promise of a lost device may never settle, so waiting is always for either. */
import type { Device } from '../devices/device';

export class DeviceLostError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DeviceLostError';
  }
}

export interface DeviceWatch {
  /** The promise, or a DeviceLostError as soon as the device is lost. */
  readonly guard: <Value>(promise: Promise<Value>) => Promise<Value>;
  /** Whether this error came from the loss of the device, of which word may arrive a little later than the error. */
  readonly isLoss: (error: unknown) => Promise<boolean>;
}

/** Milliseconds in which word of a loss follows the errors that it caused. */
const PATIENCE = 250;

export const delay = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

export function watchDevice(device: Device): DeviceWatch {
  const loss = device.lost.then(({ message }): never => {
    throw new DeviceLostError(message);
  });
  loss.catch(() => undefined);
  return {
    guard: (promise) => {
      // The promise's own failure, after the loss was heard of, has nobody left to hear it.
      promise.catch(() => undefined);
      return Promise.race([promise, loss]);
    },
    isLoss: async (error) => {
      if (error instanceof DeviceLostError) return true;
      return Promise.race([device.lost.then(() => true), delay(PATIENCE).then(() => false)]);
    },
  };
}
