/**
 * The tensors of a phase as a graph of nodes: equal expressions are one node, what nothing needs is not there, and operations that a
 * device does better by others are replaced.
 */
import { attributesOf, type DeviceProfile, type Operation, type Tensor } from '../graph/tensor';
import type { Phase } from './program';

export interface Node {
  /** Inputs have smaller numbers. */
  readonly id: number;
  readonly tensor: Tensor;
  readonly inputs: readonly Node[];
  /** Distinct nodes that have this one as an input. */
  readonly consumers: Node[];
}

export interface NodeGraph {
  /** In an order in which inputs come first. */
  readonly nodes: readonly Node[];
  /** The value of each assignment, in order. */
  readonly values: readonly Node[];
}

/** What stands for a tensor on a device: another that computes the same, or itself. */
function onDevice(tensor: Tensor, profile: DeviceProfile | null): Tensor {
  const { operation, inputs } = tensor;
  if (profile === null || operation.kind !== 'kernel' || !operation.decompose) return tensor;
  return operation.decompose(inputs, attributesOf(tensor), profile) ?? tensor;
}

/** Joins equal expressions: the same operation with the same attributes on the same nodes. */
export function buildNodes(phase: Phase, profile: DeviceProfile | null): NodeGraph {
  const nodes: Node[] = [];
  const byTensor = new Map<Tensor, Node>();
  const replacements = new Map<Tensor, Tensor>();
  const byStructure = new Map<string, Node>();
  const operations = new Map<Operation, number>();

  const numberOf = (operation: Operation): number => {
    const known = operations.get(operation) ?? operations.size;
    operations.set(operation, known);
    return known;
  };

  const make = (tensor: Tensor): Node => {
    const inputs = tensor.inputs.map((input) => {
      const node = byTensor.get(input);
      if (!node) throw new Error('an input was not visited before its consumer');
      return node;
    });
    const key = `${String(numberOf(tensor.operation))}|${inputs.map((input) => input.id).join(',')}|${JSON.stringify(tensor.attributes)}`;
    const same = byStructure.get(key);
    if (same) return same;
    const node: Node = { id: nodes.length, tensor, inputs, consumers: [] };
    nodes.push(node);
    byStructure.set(key, node);
    for (const input of new Set(inputs)) input.consumers.push(node);
    return node;
  };

  const replacementOf = (tensor: Tensor): Tensor => {
    const known = replacements.get(tensor) ?? onDevice(tensor, profile);
    replacements.set(tensor, known);
    return known;
  };

  // Depth first without recursion: a deep network is a deep graph.
  const visit = (root: Tensor): Node => {
    const stack: Tensor[] = [root];
    for (let tensor = stack.at(-1); tensor; tensor = stack.at(-1)) {
      const replacement = replacementOf(tensor);
      const needed = replacement === tensor ? tensor.inputs : [replacement];
      const missing = byTensor.has(tensor) ? [] : needed.filter((input) => !byTensor.has(input));
      if (missing.length > 0) {
        stack.push(...missing.reverse());
        continue;
      }
      stack.pop();
      if (!byTensor.has(tensor)) byTensor.set(tensor, byTensor.get(replacement) ?? make(tensor));
    }
    const node = byTensor.get(root);
    if (!node) throw new Error('the root was not visited');
    return node;
  };

  const values = phase.assignments.map(({ value }) => visit(value));
  return { nodes, values };
}
