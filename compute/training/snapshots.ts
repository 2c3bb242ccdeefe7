/** The snapshots in memory: the newest whose every number is finite, the one before it, and that of the best epoch. */
import type { SafetensorsEntry } from '../graph/safetensors';
import type { Snapshot } from './snapshot';

const isFinite = ({ data }: SafetensorsEntry): boolean => data.every(Number.isFinite);

export interface Snapshots {
  readonly latest: Snapshot | null;
  /** Begins anew with this one. */
  begin(snapshot: Snapshot): void;
  /** Keeps it if it is no older than the latest and all finite; false if a number is not. */
  keep(snapshot: Snapshot): boolean;
  /** The one that a step back from here leads to: the newest before this step, or the oldest there is. */
  before(step: number): Snapshot | null;
}

export function createSnapshots(): Snapshots {
  let latest: Snapshot | null = null;
  let former: Snapshot | null = null;
  return {
    get latest() {
      return latest;
    },
    begin(snapshot) {
      latest = snapshot;
      former = null;
    },
    keep(snapshot) {
      if (![...snapshot.weights, ...snapshot.optimizer].every(isFinite)) return false;
      if (latest !== null && snapshot.cursor.step < latest.cursor.step) return true;
      if (latest !== null && snapshot.cursor.step > latest.cursor.step) former = latest;
      latest = snapshot;
      return true;
    },
    before: (step) => (latest !== null && latest.cursor.step < step ? latest : (former ?? latest)),
  };
}
