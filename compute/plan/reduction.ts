/**
 * Writes reductions. The order in which elements are combined is fixed by the shapes and the device's profile alone: an
 * invocation an output, or a workgroup an output, and parts that a second kernel combines where outputs are few.
 */
import { sizeOf } from '../graph/tensor';
import type { Form } from './index-form';
import { KernelWriter } from './kernel-writer';
import type { Node } from './nodes';
import type { PlacedOutput } from './placement';
import { foldDispatch, u, writeOutputs, type KernelOptions, type PlannedKernel, type Triple } from './planned-kernel';

export interface Reduction {
  readonly name: string;
  /** The node whose elements are the results, before the epilogue. */
  readonly root: Node;
  readonly outputs: readonly PlacedOutput[];
  readonly options: KernelOptions;
  /** Sizes of the nested loops over what is combined, outermost first. */
  readonly runs: readonly number[];
  readonly initial: string;
  readonly combine: (accumulator: string, value: string) => string;
  /** WGSL of one element, by the number of the output and the place in each run. */
  readonly element: (writer: KernelWriter, outer: Form, inner: readonly Form[]) => string;
}

const divideUp = (a: number, b: number): number => Math.ceil(a / b);

export function writeReduction(reduction: Reduction): PlannedKernel[] {
  const { runs, root, options } = reduction;
  const outputs = sizeOf(root.tensor.shape);
  const length = runs.reduce((product, size) => product * size, 1);
  if (options.profile.software) {
    const outermost = runs[0] ?? 1;
    const wanted = outputs >= 64 || length <= 512 ? 1 : Math.min(outermost, divideUp(128, outputs));
    return serial(reduction, wanted);
  }
  if (length <= 64 || (outputs >= 16384 && length <= 1024)) return serial(reduction, 1);
  return byWorkgroups(reduction, outputs < 128 && length >= 16384 ? Math.min(64, divideUp(length, 4096)) : 1);
}

/** A second kernel over the parts, which stand side by side for each output. */
function combineParts(reduction: Reduction, parts: number, load: (writer: KernelWriter, index: Form) => string): PlannedKernel[] {
  return writeReduction({
    ...reduction,
    name: `${reduction.name}, parts`,
    runs: [parts],
    element: (writer, outer, [part]) =>
      load(writer, writer.forms.add(writer.forms.multiply(outer, parts), part ?? writer.forms.constant(0))),
  });
}

/** One invocation an output, or a part of one: the outermost loop is cut. */
function serial(reduction: Reduction, wantedParts: number): PlannedKernel[] {
  const { name, root, outputs: placed, options, runs, initial, combine, element } = reduction;
  const outputs = sizeOf(root.tensor.shape);
  const outermost = runs[0] ?? 1;
  const chunk = divideUp(outermost, wantedParts);
  const parts = divideUp(outermost, chunk);
  const writer = new KernelWriter({ placementOf: options.placementOf });
  const { forms } = writer;
  writer.line(`if (global.x >= ${u(outputs * parts)}) { return; }`);
  writer.line(parts === 1 ? 'let o = global.x;' : `let o = global.x / ${u(parts)};`);
  if (parts > 1) writer.line(`let firstInPart = (global.x % ${u(parts)}) * ${u(chunk)};`);
  writer.line(`var accumulator = ${initial};`);
  const outer = forms.variable('o', outputs);
  for (const _ of runs) writer.open();
  const inner = runs.map((size, number) => forms.variable(`r${String(number)}`, size, number + 1));
  writer.line(`accumulator = ${combine('accumulator', element(writer, outer, inner))};`);
  for (let number = runs.length - 1; number >= 0; number--) {
    const lines = writer.close();
    const name = `r${String(number)}`;
    const size = u(runs[number] ?? 1);
    const cut = number === 0 && parts > 1;
    const from = cut ? 'firstInPart' : '0u';
    const until = cut ? `min(firstInPart + ${u(chunk)}, ${size})` : size;
    writer.line(`for (var ${name} = ${from}; ${name} < ${until}; ${name}++) {`);
    for (const line of lines) writer.line(`  ${line}`);
    writer.line('}');
  }
  const partial = parts === 1 ? null : options.allocate(outputs * parts);
  if (partial) {
    writer.line(writer.storeAt(partial, 'global.x', 'accumulator'));
  } else {
    writer.give(root, 'accumulator');
    writeOutputs(writer, placed, outer);
  }
  const size = options.profile.software ? 16 : 64;
  const workgroups: Triple = [divideUp(outputs * parts, size), 1, 1];
  const dispatch = foldDispatch(workgroups, options.profile.maximumWorkgroupsPerDimension);
  const source = writer.module({ declarations: [], workgroupSize: [size, 1, 1], workgroups, dispatch, body: writer.lines });
  const kernel: PlannedKernel = {
    name,
    variant: parts === 1 ? 'serial' : `serial-${String(parts)}`,
    source,
    bindings: writer.bindings,
    dispatch,
  };
  return partial
    ? [kernel, ...combineParts(reduction, parts, (inside, index) => inside.loadAt(partial, inside.indexText(index)))]
    : [kernel];
}

/** One workgroup an output, or a part of one: invocations stride through the elements, then combine theirs pairwise. */
function byWorkgroups(reduction: Reduction, wantedParts: number): PlannedKernel[] {
  const { name, root, outputs: placed, options, runs, initial, combine, element } = reduction;
  const outputs = sizeOf(root.tensor.shape);
  const length = runs.reduce((product, size) => product * size, 1);
  const chunk = divideUp(length, wantedParts);
  const parts = divideUp(length, chunk);
  const width = Math.min(256, options.profile.maximumWorkgroupInvocations, 2 ** Math.ceil(Math.log2(Math.max(32, chunk / 4))));
  const writer = new KernelWriter({ placementOf: options.placementOf });
  const { forms } = writer;
  writer.line(parts === 1 ? 'let o = group.x;' : `let o = group.x / ${u(parts)};`);
  writer.line(parts === 1 ? 'let firstInPart = 0u;' : `let firstInPart = (group.x % ${u(parts)}) * ${u(chunk)};`);
  writer.line(`var accumulator = ${initial};`);
  const outer = forms.variable('o', outputs);
  writer.open();
  writer.line(`accumulator = ${combine('accumulator', element(writer, outer, forms.unravel(forms.variable('r', length, 1), runs)))};`);
  const lines = writer.close();
  writer.line(`for (var r = firstInPart + local.x; r < min(firstInPart + ${u(chunk)}, ${u(length)}); r += ${u(width)}) {`);
  for (const line of lines) writer.line(`  ${line}`);
  writer.line('}');
  writer.line('shares[local.x] = accumulator;');
  writer.line('workgroupBarrier();');
  writer.line(`for (var distance = ${u(width / 2)}; distance > 0u; distance >>= 1u) {`);
  writer.line(`  if (local.x < distance) { shares[local.x] = ${combine('shares[local.x]', 'shares[local.x + distance]')}; }`);
  writer.line('  workgroupBarrier();');
  writer.line('}');
  writer.line('if (local.x > 0u) { return; }');
  writer.line('let total = shares[0];');
  const partial = parts === 1 ? null : options.allocate(outputs * parts);
  if (partial) {
    writer.line(writer.storeAt(partial, 'group.x', 'total'));
  } else {
    writer.give(root, 'total');
    writeOutputs(writer, placed, outer);
  }
  const workgroups: Triple = [outputs * parts, 1, 1];
  const dispatch = foldDispatch(workgroups, options.profile.maximumWorkgroupsPerDimension);
  const type = root.tensor.type === 'i32' ? 'i32' : 'f32';
  const source = writer.module({
    declarations: [`var<workgroup> shares: array<${type}, ${String(width)}>;`],
    workgroupSize: [width, 1, 1],
    workgroups,
    dispatch,
    body: writer.lines,
  });
  const variant = `workgroup-${String(width)}${parts === 1 ? '' : `-parts-${String(parts)}`}`;
  const kernel: PlannedKernel = { name, variant, source, bindings: writer.bindings, dispatch };
  return partial
    ? [kernel, ...combineParts(reduction, parts, (inside, index) => inside.loadAt(partial, inside.indexText(index)))]
    : [kernel];
}
