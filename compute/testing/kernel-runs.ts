/** Runs the plan of one operation on one thread, for tests: what may not be read is NaN, what may not be written is watched. */
import { sizeOf, type TensorType } from '../graph/tensor';
import { ModuleWriter } from '../devices/cpu/assembly/module-writer';
import type { OperationPlan } from '../devices/cpu/kernel';

interface PreparedPlan {
  /** Throws if a task of the last stage does not fill the part of the output that the plan says, or changes another's. */
  readonly run: () => void;
  /** The output's elements, a view of the memory. */
  readonly output: Float32Array;
  readonly inputs: readonly Float32Array[];
  /** Throws if anything but the output and the scratch has been written. */
  readonly watch: () => void;
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;
/** Left free after each piece of memory. */
const slack = 64;
const watched = 0x7fc12345;

/** Lays out inputs of 32 bits, output and scratch, all but the inputs filled with NaN, and compiles the stages. */
export async function preparePlan(plan: OperationPlan, inputs: readonly TensorType[], output: TensorType): Promise<PreparedPlan> {
  let next = 64;
  const take = (bytes: number): number => {
    const address = next;
    next = align(next + bytes + slack);
    return address;
  };
  const inputAddresses = inputs.map(({ shape }) => take(4 * sizeOf(shape)));
  const outputAddress = take(4 * sizeOf(output.shape));
  const watchedEnd = next;
  const scratch = plan.sharedScratch.map(take);
  const own = take(plan.threadScratch);
  const pages = Math.ceil(next / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const words = new Uint32Array(memory.buffer);
  words.fill(watched);
  const places = { inputs: inputAddresses, output: outputAddress, scratch };
  const module = new ModuleWriter({ initial: pages, maximum: pages, shared: false });
  const stages = plan.stages(places);
  stages.forEach((stage, number) => {
    module.function(
      ['i32', 'i32'],
      null,
      (writer) => {
        stage.write(writer, writer.intParameter(0), writer.intParameter(1));
      },
      String(number),
    );
  });
  const { exports } = new WebAssembly.Instance(await WebAssembly.compile(module.bytes), { host: { memory } });
  // What a module exports is typed by its own text only.
  const functions = stages.map((_, number) => exports[String(number)] as (task: number, scratch: number) => void);
  const viewOf = (address: number, { shape }: TensorType): Float32Array => new Float32Array(memory.buffer, address, sizeOf(shape));
  const inside = (word: number): boolean =>
    [...inputs.map((type, index) => [inputAddresses[index]!, type] as const), [outputAddress, output] as const].some(
      ([address, { shape }]) => word * 4 >= address && word * 4 < address + 4 * sizeOf(shape),
    );
  const { filled } = plan;
  const bits = new Int32Array(memory.buffer, outputAddress, sizeOf(output.shape));
  return {
    run: () => {
      const parts = new Map<number, Int32Array>();
      stages.forEach(({ tasks }, number) => {
        // Backwards: tasks may come in any order.
        for (let task = tasks - 1; task >= 0; task--) {
          functions[number]!(task, own);
          if (number === stages.length - 1 && filled !== null) parts.set(task * filled, bits.slice(task * filled, (task + 1) * filled));
        }
      });
      let count = 0;
      for (const [first, part] of parts) {
        count += part.length;
        const changed = part.findIndex((value, index) => value !== bits[first + index]);
        if (changed >= 0) throw new Error(`element ${String(first + changed)} of the output was filled by another task`);
      }
      if (filled !== null && stages.length > 0 && count !== bits.length) throw new Error('the tasks do not fill the output');
    },
    output: viewOf(outputAddress, output),
    inputs: inputs.map((type, index) => viewOf(inputAddresses[index]!, type)),
    watch: () => {
      for (let word = 0; word < watchedEnd / 4; word++) {
        if (words[word] !== watched && !inside(word)) throw new Error(`the word at ${String(word * 4)} was written`);
      }
    },
  };
}
