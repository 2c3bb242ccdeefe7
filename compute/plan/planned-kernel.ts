/** What the writers of kernels share: the result, what they need to know, and how outputs are stored. */
import type { DeviceProfile, Tensor } from '../graph/tensor';
import { flopsOf } from '../ops/flops';
import type { Form } from './index-form';
import type { Binding, Placement } from './kernel-bindings';
import type { KernelWriter } from './kernel-writer';
import type { Node } from './nodes';
import type { PlacedOutput } from './placement';

export type Triple = readonly [number, number, number];

export interface PlannedKernel {
  /** For error messages, statistics and captures. */
  readonly name: string;
  readonly variant: string;
  readonly source: string;
  /** In the order of their binding numbers. */
  readonly bindings: readonly Binding[];
  readonly dispatch: Triple;
  readonly work: KernelWork;
}

/** What one run of a kernel does, counted from the operations in it; what is computed twice counts once. */
export interface KernelWork {
  /** Floating-point operations. */
  readonly flops: number;
  /** Bytes of the tensors that it reads and writes, each counted once. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** Floating-point operations of everything that is computed for these nodes and not found stored. */
export function flopsFor(roots: readonly Node[], placementOf: KernelOptions['placementOf']): number {
  const seen = new Set<Node>();
  const visit = (node: Node): number => {
    if (seen.has(node) || placementOf(node) !== null) return 0;
    seen.add(node);
    return node.inputs.reduce((sum, input) => sum + visit(input), flopsOf(node.tensor));
  };
  return roots.reduce((sum, node) => sum + visit(node), 0);
}

/** Picks one of the variants that an operation offers for a tensor, by its place in the list. */
export type VariantChoice = (operation: string, variants: readonly string[], tensor: Tensor) => number;

export interface KernelOptions {
  readonly chooseVariant: VariantChoice;
  readonly profile: DeviceProfile;
  /** Where another kernel or the state keeps a node; null for nodes computed in this group. */
  readonly placementOf: (node: Node) => Placement | null;
  /** Whether the phase keeps the node in 16 bits. */
  readonly isRounded: (node: Node) => boolean;
  /** Makes an intermediate of so many elements. */
  readonly allocate: (elements: number) => Placement;
}

/** Workgroup counts that a device takes: where an axis is too long, all workgroups are numbered through and stand in rows. */
export function foldDispatch([x, y, z]: Triple, limit: number): Triple {
  if (Math.max(x, y, z) <= limit) return [x, y, z];
  const count = x * y * z;
  const rows = Math.ceil(count / limit);
  if (rows > limit) throw new RangeError(`${String(x)}×${String(y)}×${String(z)} workgroups are more than a device takes`);
  return [Math.ceil(count / rows), rows, 1];
}

export const u = (value: number): string => `${String(value)}u`;

/** The statements that compute the outputs at an index over their elements and store them. All are read before any is written. */
export function writeOutputs(writer: KernelWriter, outputs: readonly PlacedOutput[], linear: Form): void {
  const values = outputs.map(({ node }) => writer.value(node, writer.forms.unravel(linear, node.tensor.shape)).name);
  const index = writer.indexText(linear);
  outputs.forEach(({ placement }, position) => {
    writer.line(writer.storeAt(placement, index, values[position] ?? ''));
  });
}
