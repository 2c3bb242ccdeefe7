/**
 * How tensors between kernels are stored. Activations and what is passed back for them may be rounded to 16 bits; sums and
 * what follows from sums, weights and constants alone (statistics, norms, losses) are few numbers, and stay as they are.
 */
import type { DataType } from '../graph/tensor';
import type { Node } from './nodes';
import type { Phase } from './program';

export type StorageType = DataType | 'f16';

export const bytesOf: Record<StorageType, number> = { f32: 4, i32: 4, f16: 2, u8: 1 };

/** Four bytes each. */
export const wordsFor = (type: StorageType, elements: number): number => Math.ceil((elements * bytesOf[type]) / 4);

/** How each of a phase's nodes is stored where it is stored in an intermediate. `nodes`: all of them, inputs first. */
export function storageIn({ intermediates = 'f32' }: Pick<Phase, 'intermediates'>, nodes: readonly Node[]): (node: Node) => StorageType {
  // What holds activations: computed from a kernel's result or from what was gathered, and no sum.
  const activations = new Set<Node>();
  for (const node of intermediates === 'f32' ? [] : nodes) {
    const { kind } = node.tensor.operation;
    const derived = (kind === 'elementwise' || kind === 'view') && node.inputs.some((input) => activations.has(input));
    if (kind === 'kernel' || kind === 'gather' || derived) activations.add(node);
  }
  return (node) => (node.tensor.type === 'f32' && activations.has(node) ? 'f16' : node.tensor.type);
}
