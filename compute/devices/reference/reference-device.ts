/**
 * The reference device: programs interpreted in float64 on the CPU, slow and obvious. Tests hold other devices against
 * it, and machines without WebGPU can train on it. Runs are done when `run` returns.
 */
import type { Arena, Program } from '../../plan/program';
import type { Device, DeviceState, Executable, StateData } from '../device';
import { requireFullPrecision } from '../full-precision';
import { arrayFor, type Numbers } from './arrays';
import { compilePhase } from './execution';

const NAME = 'Reference (float64)';

interface ReferenceState extends DeviceState {
  readonly arrays: ReadonlyMap<string, Numbers>;
}

function range(name: string, array: Numbers, offset: number, length: number): readonly [number, number] {
  if (!Number.isInteger(offset) || !Number.isInteger(length) || offset < 0 || length < 0 || offset + length > array.length) {
    throw new RangeError(`${String(length)} elements at ${String(offset)} do not lie in the ${String(array.length)} elements of ${name}.`);
  }
  return [offset, offset + length];
}

function checkData(name: string, array: Numbers, data: StateData): void {
  const fits =
    array instanceof Float64Array
      ? data instanceof Float64Array || data instanceof Float32Array
      : array instanceof Int32Array
        ? data instanceof Int32Array
        : data instanceof Uint8Array;
  if (!fits) throw new TypeError(`The arena ${name} cannot take a ${data.constructor.name}.`);
}

export function openReferenceDevice(): Device {
  const counters = { buffers: 0, bindGroups: 0, pipelines: 0 };
  const states = new WeakMap<DeviceState, ReferenceState>();
  let reportLoss: (loss: { readonly reason: 'disposed'; readonly message: string }) => void = () => undefined;
  const lost = new Promise<{ readonly reason: 'disposed'; readonly message: string }>((resolve) => {
    reportLoss = resolve;
  });

  function createState(arenas: readonly Arena[]): DeviceState {
    const arrays = new Map(arenas.map((arena) => [arena.name, arrayFor(arena)]));
    counters.buffers += arrays.size;
    const arrayOf = (name: string): Numbers => {
      const array = arrays.get(name);
      if (array === undefined) throw new RangeError(`The state has no arena ${name}.`);
      return array;
    };
    const state: ReferenceState = {
      arenas,
      arrays,
      write: (name, data, offset = 0) => {
        const array = arrayOf(name);
        checkData(name, array, data);
        range(name, array, offset, data.length);
        array.set(data, offset);
      },
      // An async function, so that a wrong range rejects as it does on other devices.
      read: async (name, offset = 0, length) => {
        const array = arrayOf(name);
        return await Promise.resolve(array.slice(...range(name, array, offset, length ?? array.length - offset)));
      },
      dispose: () => {
        arrays.clear();
      },
    };
    states.set(state, state);
    return state;
  }

  async function compile(program: Program, given: readonly DeviceState[]): Promise<Executable> {
    const started = performance.now();
    requireFullPrecision(program, NAME);
    const arenas = new Map<string, Numbers>();
    for (const state of given) {
      for (const [name, array] of states.get(state)?.arrays ?? []) {
        if (arenas.has(name)) throw new RangeError(`Two states have an arena ${name}.`);
        arenas.set(name, array);
      }
    }
    const phases = program.phases.map((phase) => compilePhase(phase, arenas));
    counters.pipelines += 1;
    counters.buffers += phases.reduce((sum, { buffers }) => sum + buffers, 0);
    return await Promise.resolve({
      program,
      statistics: {
        dispatches: phases.reduce((sum, { nodes }) => sum + nodes, 0),
        workspaceBytes: phases.reduce((sum, { workspaceBytes }) => sum + workspaceBytes, 0),
        variants: [],
        compileMilliseconds: performance.now() - started,
        kernels: [],
      },
      profile: () => Promise.resolve(null),
      run: (times = 1) => {
        for (let repeat = 0; repeat < times; repeat++) for (const { run } of phases) run();
      },
      dispose: () => undefined,
    });
  }

  return {
    description: { kind: 'reference', name: NAME, software: true, backend: 'cpu', maximumBufferBytes: 2 ** 31 },
    lost,
    createState,
    compile,
    finish: () => Promise.resolve(),
    counters,
    dispose: () => {
      reportLoss({ reason: 'disposed', message: 'The reference device was closed.' });
    },
  };
}
