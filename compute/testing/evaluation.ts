/** Computes tensors of given inputs on any device, once or again with other inputs. */
import { sizeOf, type DataType, type Shape, type Tensor } from '../graph/tensor';
import { readState, type Arena, type Phase, type StateReference } from '../plan/program';
import type { Device, StateData } from '../devices/device';

export interface GivenTensor {
  readonly shape: Shape;
  readonly type: DataType;
  readonly data: Float64Array;
}

export interface Evaluator {
  /** Replaces the numbers of an input; `element` alone if given. */
  write(input: number, data: Float64Array, element?: number): void;
  /** All results for the current inputs. */
  run(): Promise<Float64Array[]>;
  dispose(): void;
}

function stateData(type: DataType, data: Float64Array): StateData {
  switch (type) {
    case 'f32':
      return data;
    case 'i32':
      return Int32Array.from(data);
    case 'u8':
      return Uint8Array.from(data);
    default:
      return type satisfies never;
  }
}

const sourceOf = ({ shape, type }: GivenTensor, position: number): StateReference => ({
  arena: `input${String(position)}`,
  offset: 0,
  shape,
  type,
});

/** The tensors that `build` is called with; for asking what it would make of them. */
export const inputTensors = (inputs: readonly GivenTensor[]): Tensor[] =>
  inputs.map((input, position) => readState(sourceOf(input, position)));

/** Compiles what `build` makes of the inputs; each input and result lies in an arena of its own. */
export async function evaluator(
  device: Device,
  inputs: readonly GivenTensor[],
  build: (inputs: readonly Tensor[]) => readonly Tensor[],
  intermediates: Phase['intermediates'] = 'f32',
): Promise<Evaluator> {
  const sources = inputs.map(sourceOf);
  const results = build(sources.map(readState));
  const targets = results.map(({ shape, type }, position): StateReference => ({
    arena: `result${String(position)}`,
    offset: 0,
    shape,
    type,
  }));
  const arenas = [...sources, ...targets].map(({ arena, shape, type }): Arena => ({ name: arena, type, size: sizeOf(shape) }));
  const state = device.createState(arenas);
  inputs.forEach(({ type, data }, position) => {
    state.write(`input${String(position)}`, stateData(type, data));
  });
  const phase = {
    assignments: results.map((value, position) => ({ target: targets[position] ?? { arena: '', offset: 0, ...value }, value })),
    intermediates,
  };
  const executable = await device.compile({ name: 'evaluation', phases: [phase] }, [state]);
  return {
    write: (input, data, element = 0) => {
      state.write(`input${String(input)}`, stateData(inputs[input]?.type ?? 'f32', data), element);
    },
    run: async () => {
      executable.run();
      const arrays: Float64Array[] = [];
      for (const { arena } of targets) arrays.push(Float64Array.from(await state.read(arena)));
      return arrays;
    },
    dispose: () => {
      executable.dispose();
      state.dispose();
    },
  };
}

/** Computes once and lets go. */
export async function evaluateOnce(
  device: Device,
  inputs: readonly GivenTensor[],
  build: (inputs: readonly Tensor[]) => readonly Tensor[],
  intermediates: Phase['intermediates'] = 'f32',
): Promise<Float64Array[]> {
  const compiled = await evaluator(device, inputs, build, intermediates);
  const results = await compiled.run();
  compiled.dispose();
  return results;
}
