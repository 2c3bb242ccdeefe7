/**
 * A network that lives on a device: its arenas, the data set beside them, and programs compiled once and kept. Owns what
 * it makes until it is disposed of. It knows no training loop.
 */
import type { Device, DeviceState, Executable } from '../devices/device';
import type { Arena, Program } from '../plan/program';
import type { Dataset } from './dataset';
import type { PlacedDataset } from './dataset-placement';
import type { Model } from './model';
import { writeStatistics } from './preparation';
import { modelArenas } from './programs';
import { NO_STATISTICS } from './statistics';

export interface NetworkOnDevice {
  readonly device: Device;
  readonly model: Model;
  readonly dataset: Dataset;
  /** Where the data set lies on the device. */
  readonly placed: PlacedDataset;
  /** Arenas of programs.ts: weights, buffers, gradients, optimizer slots, counters, ring. */
  readonly state: DeviceState;
  /** More arenas, disposed of with the network. */
  createState(arenas: readonly Arena[]): DeviceState;
  /** Compiles against the network, the data set and these; disposed of with the network. */
  compile(program: Program, more?: readonly DeviceState[]): Promise<Executable>;
  /** What `make` gave the first time it was asked for under this key; a failure is not kept. */
  once<Value>(key: string, make: () => Promise<Value>): Promise<Value>;
  dispose(): void;
}

export function placeOnDevice(device: Device, model: Model, placed: PlacedDataset): NetworkOnDevice {
  const { dataset, state: data } = placed;
  const owned: { dispose(): void }[] = [];
  const kept = new Map<string, Promise<unknown>>();
  let disposed = false;

  const own = <Resource extends { dispose(): void }>(resource: Resource): Resource => {
    // What is still compiling when the network goes comes too late to be kept.
    if (disposed) resource.dispose();
    else owned.push(resource);
    return resource;
  };

  const state = own(device.createState(modelArenas(model, dataset)));
  // Until somebody knows the training split's numbers, samples are taken as they are.
  writeStatistics(state, model.preparation, NO_STATISTICS);
  return {
    device,
    model,
    dataset,
    placed,
    state,
    createState: (arenas) => own(device.createState(arenas)),
    compile: async (program, more = []) => own(await device.compile(program, [state, data, ...more])),
    once<Value>(key: string, make: () => Promise<Value>): Promise<Value> {
      // One key, one maker: the type under a key is always the same.
      const present = kept.get(key) as Promise<Value> | undefined;
      if (present !== undefined) return present;
      const made = make();
      kept.set(key, made);
      made.catch(() => kept.delete(key));
      return made;
    },
    dispose() {
      disposed = true;
      for (const resource of owned.splice(0).reverse()) resource.dispose();
    },
  };
}
