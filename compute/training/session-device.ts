/** The device of a session and the data set on it: opened, watched, forgotten when lost, and not asked for without end. */
import type { Device } from '../devices/device';
import { unwrap } from '../graph/problem';
import type { Dataset } from './dataset';
import { layoutOf, uploadDataset, type PlacedDataset } from './dataset-placement';
import { watchDevice, type DeviceWatch } from './device-watch';
import type { Ground } from './network-in-training';
import type { PreparationPlan } from './preparation';
import { fail } from './session-problems';
import { measureStatistics, type Statistics } from './statistics';

/** A device that is lost so often within so many milliseconds is not asked for again. */
const MAXIMUM_LOSSES = 3;
const LOSSES_WITHIN = 600_000;

export interface SessionDevice {
  readonly device: Device | null;
  readonly dataset: Dataset | null;
  /** Throws `device.none` where none is open. */
  requireDevice(): Device;
  /** Throws `training.no-dataset` where none is loaded. */
  requireDataset(): Dataset;
  /** Opens a device in the place of one that was forgotten. */
  connect(): Promise<Device>;
  /** Notes a loss; throws `device.lost-again` where there were too many of late. */
  countLoss(message: string): void;
  /** In place of the data set there was; it goes to the device when a network needs it. */
  loadDataset(dataset: Dataset): void;
  /** What a network is installed on; the data set is uploaded when it is asked for, if it was not. */
  ground(): Ground;
  /** The numbers of the data set that samples are prepared with: measured once. */
  statisticsFor(plan: PreparationPlan): Promise<Statistics>;
  /** Neither device nor what lies on it is used again; the caller disposes of the device if it still lives. */
  forget(): void;
  dispose(): void;
}

export interface SessionDeviceOptions {
  readonly open: () => Promise<Device>;
  /** A device of this session that is in use, not one that was forgotten, is lost. */
  readonly onLoss: (device: Device, message: string) => void;
  /** Milliseconds from any origin. */
  readonly now: () => number;
}

export function createSessionDevice({ open, onLoss, now }: SessionDeviceOptions): SessionDevice {
  let opened: { readonly device: Device; readonly watch: DeviceWatch } | null = null;
  let dataset: Dataset | null = null;
  let placed: PlacedDataset | null = null;
  const measured = new Map<string, Promise<Statistics>>();
  const lossTimes: number[] = [];

  const requireOpened = () => opened ?? fail('device.none');
  const requireDataset = (): Dataset => dataset ?? fail('training.no-dataset');
  function forget(): void {
    placed = null;
    opened = null;
  }

  return {
    get device() {
      return opened?.device ?? null;
    },
    get dataset() {
      return dataset;
    },
    requireDevice: () => requireOpened().device,
    requireDataset,
    async connect() {
      const device = await open();
      opened = { device, watch: watchDevice(device) };
      void device.lost.then(({ reason, message }) => {
        if (reason === 'lost' && opened?.device === device) onLoss(device, message);
      });
      return device;
    },
    countLoss(message) {
      lossTimes.push(now());
      if (lossTimes.filter((time) => now() - time < LOSSES_WITHIN).length < MAXIMUM_LOSSES) return;
      // Another device, which a person chooses, begins with a clean slate.
      lossTimes.length = 0;
      fail('device.lost-again', { times: MAXIMUM_LOSSES, message });
    },
    loadDataset(next) {
      placed?.state.dispose();
      placed = null;
      measured.clear();
      dataset = next;
    },
    ground() {
      const { device, watch } = requireOpened();
      const of = requireDataset();
      const place = (batchSize: number): PlacedDataset => {
        const layout = layoutOf(of, batchSize, device.description.maximumBufferBytes);
        if (placed !== null && JSON.stringify(placed.layout) !== JSON.stringify(layout)) {
          placed.state.dispose();
          placed = null;
        }
        placed ??= unwrap(uploadDataset(device, of, batchSize));
        return placed;
      };
      return { device, watch, place };
    },
    statisticsFor(plan) {
      const of = requireDataset();
      const key = `${plan.normalization} ${String(plan.needsColours)} ${String(plan.targets)}`;
      const known = measured.get(key) ?? measureStatistics(of, plan);
      measured.set(key, known);
      known.catch(() => measured.delete(key));
      return known;
    },
    forget,
    dispose() {
      const device = opened?.device;
      placed?.state.dispose();
      forget();
      device?.dispose();
    },
  };
}
