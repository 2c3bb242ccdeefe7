/**
 * Chooses among the variants that an operation offers by measuring them once for each shape and device. What was measured is
 * kept by whoever opened the device: with the same memory the same program gets the same kernels, and so the same bytes.
 */
import { attributesOf, sizeOf, type KernelOperation, type Tensor } from '../../graph/tensor';
import type { Arena, Program } from '../../plan/program';
import { readState } from '../../plan/program';
import type { VariantChoice } from '../../plan/planned-kernel';
import { compileProgram, type GpuExecutable } from './executable';
import type { GpuContext } from './context';
import { createState } from './state';

/** Names of variants by what they were chosen for. */
export type KernelChoices = Readonly<Record<string, string>>;

export interface KernelMemory {
  /** Choices made before; entries of other devices do no harm. */
  readonly known: KernelChoices;
  /** Told of the choices that were made for a program, all at once. */
  readonly learn: (choices: KernelChoices) => void;
}

export interface Tuner {
  /** The known choice, or the best guess. */
  readonly choose: VariantChoice;
  /** Measures what the program needs and nobody measured before. */
  readonly tune: (context: GpuContext, program: Program) => Promise<void>;
}

/** Another variant than the best guess is taken only if it takes less than this share of its time: clocks are not exact. */
const worthwhile = 0.9;
const rounds = 3;
/** Time that one measurement should last at least. */
const enoughMilliseconds = 2;
/** Products of more bytes than this are not measured: their copies might not fit. */
const mostBytes = 2 ** 29;

/** The operation, its inputs and its attributes, on one device. */
const keyOf = (device: string, { operation, inputs, attributes }: Tensor): string =>
  [device, operation.name, ...inputs.map(({ shape, type }) => `${type} ${shape.join('×')}`), JSON.stringify(attributes)].join('; ');

/** The tensors of a program that operations with kernels of their own make. */
function kernelTensors({ phases }: Program): Tensor[] {
  const seen = new Set<Tensor>();
  const stack = phases.flatMap(({ assignments }) => assignments.map(({ value }) => value));
  for (let tensor = stack.pop(); tensor; tensor = stack.pop()) {
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    stack.push(...tensor.inputs);
  }
  return [...seen].filter(({ operation }) => operation.kind === 'kernel');
}

/** How many variants an operation offers for a tensor. */
function variantsOf(tensor: Tensor, { profile }: GpuContext): number {
  const operation = tensor.operation as KernelOperation<never>; // of kind `kernel`
  const { inputs } = tensor;
  return operation.kernels({ inputs, output: tensor, profile, load: () => '0.0', store: () => ';' }, attributesOf(tensor)).length;
}

/** The fastest variant's name. */
async function measure(context: GpuContext, tensor: Tensor, count: number): Promise<string> {
  const names = tensor.inputs.map((_, number) => `input ${String(number)}`);
  const arenas: Arena[] = [
    ...tensor.inputs.map(({ shape, type }, number) => ({ name: names[number] ?? '', type, size: sizeOf(shape) })),
    { name: 'result', type: tensor.type, size: sizeOf(tensor.shape) },
  ];
  const inputs = tensor.inputs.map(({ shape, type }, number) => readState({ arena: names[number] ?? '', offset: 0, shape, type }));
  const target = { arena: 'result', offset: 0, shape: tensor.shape, type: tensor.type };
  // The same operation with the same attributes of inputs of the same types: what was inferred holds.
  const program: Program = { name: 'measurement', phases: [{ assignments: [{ target, value: { ...tensor, inputs } }] }] };
  const state = createState(context, arenas);
  const offered: string[] = [];
  // All at once: drivers compile on several cores.
  const executables = await Promise.all(
    Array.from({ length: count }, (_, variant) => {
      const chooseVariant: VariantChoice = (_operation, variants) => {
        offered[variant] = variants[variant] ?? '';
        return variant;
      };
      return compileProgram({ ...context, chooseVariant }, program, [state]);
    }),
  );
  const time = async (executable: GpuExecutable, times: number): Promise<number> => {
    const started = performance.now();
    executable.run(times);
    await context.device.queue.onSubmittedWorkDone();
    return performance.now() - started;
  };
  const best = executables.map(() => Infinity);
  const repeats: number[] = [];
  for (const executable of executables) {
    await time(executable, 1);
    repeats.push(Math.max(1, Math.min(100, Math.ceil(enoughMilliseconds / (await time(executable, 1))))));
  }
  // In turns, so that what else the machine does disturbs all alike.
  for (let round = 0; round < rounds; round++) {
    for (const [variant, executable] of executables.entries()) {
      const times = repeats[variant] ?? 1;
      best[variant] = Math.min(best[variant] ?? Infinity, (await time(executable, times)) / times);
    }
  }
  for (const executable of executables) executable.dispose();
  state.dispose();
  const fastest = best.indexOf(Math.min(...best));
  return offered[(best[fastest] ?? 0) < worthwhile * (best[0] ?? 0) ? fastest : 0] ?? '';
}

export function createTuner(device: string, { known, learn }: KernelMemory): Tuner {
  const choices = new Map(Object.entries(known));
  return {
    choose: (_operation, variants, tensor) => Math.max(0, variants.indexOf(choices.get(keyOf(device, tensor)) ?? '')),
    async tune(context, program) {
      const learned: Record<string, string> = {};
      for (const tensor of kernelTensors(program)) {
        const key = keyOf(device, tensor);
        const bytes = 4 * [tensor, ...tensor.inputs].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
        if (choices.has(key) || bytes > mostBytes) continue;
        const count = variantsOf(tensor, context);
        if (count < 2) continue;
        const name = await measure(context, tensor, count);
        choices.set(key, name);
        learned[key] = name;
      }
      if (Object.keys(learned).length > 0) learn(learned);
    },
  };
}
