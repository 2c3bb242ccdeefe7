/** Writes the kernels of one group: elementwise, reduction, or an operation's own kernel with its epilogue. */
import { attributesOf, sizeOf, type KernelSource } from '../graph/tensor';
import type { Job } from './jobs';
import type { Placement } from './kernel-bindings';
import { KernelWriter } from './kernel-writer';
import type { Node } from './nodes';
import type { PlacedGroup, PlacedOutput } from './placement';
import { flopsFor, foldDispatch, u, writeOutputs, type KernelOptions, type PlannedKernel, type Triple } from './planned-kernel';
import { writeReduction, type Accumulation } from './reduction';
import { inputIndex, loopSizes } from './reduction-loops';

export interface WrittenGroup {
  readonly before: readonly PlannedKernel[];
  /** The last kernel, where others may join it. */
  readonly last: Job | null;
}

const nameOf = ({ group, outputs }: PlacedGroup): string => {
  const last = outputs.at(-1)?.node.tensor.operation.name ?? 'nothing';
  const root = group.roots[0]?.tensor.operation.name;
  return root === undefined ? last : root === last ? root : `${root} + ${last}`;
};

const groupFlops = ({ outputs }: PlacedGroup, placementOf: KernelOptions['placementOf']): number =>
  flopsFor(
    outputs.map(({ node }) => node),
    placementOf,
  );

/** Bytes, four of which share a word that one invocation writes. Only views and gathers give bytes, so they stand alone. */
function byteKernel(placed: PlacedGroup, options: KernelOptions): PlannedKernel {
  const { profile } = options;
  const words = Math.ceil(placed.group.size / 4);
  const writer = new KernelWriter(options);
  const { forms } = writer;
  writer.line('let i = global.x;');
  writer.line(`if (i >= ${u(words)}) { return; }`);
  for (const { node, placement } of placed.outputs) {
    const bytes = [0, 1, 2, 3].map((byte) => {
      const linear = forms.add(forms.multiply(forms.variable('i', words), 4), forms.constant(byte));
      return `(${writer.value(node, forms.unravel(linear, node.tensor.shape)).name} << ${u(byte * 8)})`;
    });
    // Parts of an arena are aligned to far more than a word, and nothing lies between the last byte and the next part.
    writer.line(writer.storeAt(placement, 'i', bytes.join(' | ')));
  }
  const workgroups: Triple = [Math.ceil(words / 64), 1, 1];
  const dispatch = foldDispatch(workgroups, profile.maximumWorkgroupsPerDimension);
  const source = writer.module({ declarations: [], workgroupSize: [64, 1, 1], workgroups, dispatch, body: writer.lines });
  return { name: nameOf(placed), variant: 'bytes', source, bindings: writer.bindings, dispatch, work: { flops: 0, ...writer.traffic } };
}

function elementwiseKernel(placed: PlacedGroup, options: KernelOptions): PlannedKernel {
  const { profile, placementOf } = options;
  const { size } = placed.group;
  const workgroup = 64;
  // On a CPU an invocation does several elements, so that what they share is computed once.
  const repeats = profile.software ? Math.max(1, Math.min(8, Math.floor(size / (workgroup * 16)))) : 1;
  const writer = new KernelWriter(options);
  if (repeats === 1) {
    writer.line(`let i = global.x;`);
    writer.line(`if (i >= ${u(size)}) { return; }`);
    writeOutputs(writer, placed.outputs, writer.forms.variable('i', size));
  } else {
    writer.open();
    writeOutputs(writer, placed.outputs, writer.forms.variable('i', size, 1));
    const lines = writer.close();
    writer.line(`let first = group.x * ${u(workgroup * repeats)} + local.x;`);
    writer.line(`for (var i = first; i < min(first + ${u(workgroup * repeats)}, ${u(size)}); i += ${u(workgroup)}) {`);
    for (const line of lines) writer.line(`  ${line}`);
    writer.line('}');
  }
  const workgroups: Triple = [Math.ceil(size / (workgroup * repeats)), 1, 1];
  const dispatch = foldDispatch(workgroups, profile.maximumWorkgroupsPerDimension);
  const source = writer.module({ declarations: [], workgroupSize: [workgroup, 1, 1], workgroups, dispatch, body: writer.lines });
  const work = { flops: groupFlops(placed, placementOf), ...writer.traffic };
  return { name: nameOf(placed), variant: 'elementwise', source, bindings: writer.bindings, dispatch, work };
}

/** A function `storeResult(i0, i1, …, value)` that runs the epilogue and stores, or that stores a partial result. */
function storeFunction(
  writer: KernelWriter,
  root: Node,
  outputs: readonly PlacedOutput[],
  partial: { placement: Placement; splits: number } | null,
): string[] {
  const { shape, type } = root.tensor;
  const sizes = partial ? [partial.splits, ...shape] : shape;
  const parameters = sizes.map((_, axis) => `i${String(axis)}: u32`);
  const lines = writer.inFunction(() => {
    const index = sizes.map((size, axis) => writer.forms.variable(`i${String(axis)}`, size));
    const linear = writer.forms.ravel(index, sizes);
    if (partial) {
      writer.line(writer.storeAt(partial.placement, writer.indexText(linear), 'value'));
      return;
    }
    writer.give(root, writer.asStored(root, 'value'));
    const values = outputs.map(({ node }) => {
      const own = node.tensor.shape;
      const aligned = own.length === shape.length && own.every((size, axis) => size === shape[axis]);
      return writer.value(node, aligned ? index : writer.forms.unravel(linear, own)).name;
    });
    const text = writer.indexText(linear);
    outputs.forEach(({ placement }, position) => {
      writer.line(writer.storeAt(placement, text, values[position] ?? ''));
    });
  });
  return [
    `fn storeResult(${[...parameters, `value: ${type === 'i32' ? 'i32' : 'f32'}`].join(', ')}) {`,
    ...lines.map((line) => `  ${line}`),
    '}',
  ];
}

function operationKernels(placed: PlacedGroup, root: Node, options: KernelOptions): WrittenGroup {
  const { operation } = root.tensor;
  if (operation.kind !== 'kernel') throw new Error(`${operation.name} has no kernel of its own`);
  const writer = new KernelWriter(options);
  const placements = root.inputs.map((input) => {
    const placement = options.placementOf(input);
    if (!placement) throw new Error(`an input of ${operation.name} is not stored`);
    return placement;
  });
  const context = {
    inputs: root.inputs.map((input) => input.tensor),
    output: root.tensor,
    profile: options.profile,
    load: (input: number, linear: string): string => {
      const placement = placements[input];
      if (!placement) throw new Error(`${operation.name} has no input ${String(input)}`);
      return writer.loadAt(placement, linear);
    },
    store: (index: readonly string[], value: string): string => `storeResult(${[...index, value].join(', ')});`,
  };
  const kernels: readonly KernelSource[] = operation.kernels(context, attributesOf(root.tensor));
  const kernel =
    kernels[
      options.chooseVariant(
        operation.name,
        kernels.map(({ variant }) => variant),
        root.tensor,
      )
    ];
  if (!kernel) throw new Error(`${operation.name} offers no kernel`);

  const size = sizeOf(root.tensor.shape);
  const partial = kernel.splits === undefined ? null : { placement: options.allocate(kernel.splits * size), splits: kernel.splits };
  const store = storeFunction(writer, root, placed.outputs, partial);
  const dispatch = foldDispatch(kernel.workgroups, options.profile.maximumWorkgroupsPerDimension);
  const source = writer.module({
    declarations: [...store, ...(kernel.declarations === undefined ? [] : [kernel.declarations])],
    workgroupSize: kernel.workgroupSize,
    workgroups: kernel.workgroups,
    dispatch,
    body: kernel.body.split('\n'),
  });
  const name = partial ? operation.name : nameOf(placed);
  const work = { flops: groupFlops(placed, options.placementOf), ...writer.traffic };
  const first: PlannedKernel = { name, variant: kernel.variant, source, bindings: writer.bindings, dispatch, work };
  if (!partial) return { before: [first], last: null };

  const { splits, placement } = partial;
  const { before, last } = writeReduction({
    name: `${nameOf(placed)}, splits`,
    accumulations: [
      {
        root,
        initial: '0.0f',
        combine: (accumulator, value) => `${accumulator} + ${value}`,
        element: (inner, outer, [split]) =>
          inner.loadAt(placement, inner.indexText(inner.forms.add(inner.forms.multiply(split ?? inner.forms.constant(0), size), outer))),
      },
    ],
    outputs: placed.outputs,
    options,
    runs: [splits],
    flops: splits * size,
  });
  return { before: [first, ...before], last };
}

function reductionKernels(placed: PlacedGroup, options: KernelOptions): WrittenGroup {
  const accumulations = placed.group.roots.map((root): Accumulation => {
    const { operation } = root.tensor;
    const input = root.inputs[0];
    if (operation.kind !== 'reduce' || !input) throw new Error(`${operation.name} is no reduction`);
    return {
      root,
      initial: operation.initial.wgsl,
      combine: operation.combine.wgsl,
      element: (writer, outer, inner) => writer.value(input, inputIndex(root, writer.forms, outer, inner)).name,
    };
  });
  const first = placed.group.roots[0];
  if (!first) throw new Error('a reduction reduces nothing');
  const flops = groupFlops(placed, options.placementOf);
  return writeReduction({ name: nameOf(placed), accumulations, outputs: placed.outputs, options, runs: loopSizes(first), flops });
}

/** The kernels of a group, in order. */
export function writeKernels(placed: PlacedGroup, options: KernelOptions): WrittenGroup {
  const { kind, roots } = placed.group;
  const root = roots[0];
  if (kind === 'elementwise' || !root) {
    const bytes = placed.outputs.some(({ placement }) => placement.type === 'u8');
    return { before: [bytes ? byteKernel(placed, options) : elementwiseKernel(placed, options)], last: null };
  }
  return kind === 'kernel' ? operationKernels(placed, root, options) : reductionKernels(placed, options);
}
